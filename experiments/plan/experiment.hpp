// experiment.hpp — a study: which trials it asks for by default, and what it says at the end.
#pragma once
#include <string_view>

#include "experiments/plan/request.hpp"
#include "protocols/runner.hpp"
#include "results/dictionary.hpp"

namespace symopt {

/// A size of a study, by name.
struct Preset {
  std::string name, description;
  void (*apply)(Request& request);
};

struct ExperimentEntry {
  std::string name, description;
  /// Sets the defaults of the study. They come before the file and the command line.
  void (*defaults)(Request& request);
  /// `--quick`: the same in under half a minute, for a first look. Also before the command line.
  void (*quick)(Request& request);
  /// The text that ends the run, from the finished records in plan order; may write CSVs of its own to
  /// `folder`, and run what is no trial.
  std::string (*conclude)(const Request& request, const std::vector<TrialRecord>& records,
                          const Dataset& data, const std::filesystem::path& folder);
  /// The trials in their order; none where the study runs by itself in conclude().
  std::vector<TrialSpec> (*plan)(const Request& request, const Dataset& data) = expand;
  /// The CSVs of its own beside panels.csv and lines.csv, for the dictionary.
  std::vector<TableInfo> tables = {};
  /// `--preset NAME`: behind the defaults, before the command line.
  std::vector<Preset> presets = {};
  /// Trials are large: one at a time, with all cores, parameters kept; time is estimated before the start.
  bool large = false;
  /// conclude() of records on several data sets; none where the study is of one.
  std::string (*conclude_several)(const Request& request, const std::vector<TrialRecord>& records,
                                  const DatasetTable& data, const std::filesystem::path& folder) = nullptr;
};

/// Every experiment: one line each in experiment.cpp.
const std::vector<ExperimentEntry>& experiment_registry();
const ExperimentEntry& find_experiment(std::string_view name);

// One function a study, in its own file.
ExperimentEntry paper_experiment();
ExperimentEntry teleport_experiment();
ExperimentEntry generalization_experiment();
ExperimentEntry parameterizations_experiment();
ExperimentEntry unbalanced_experiment();
ExperimentEntry natural_experiment();
ExperimentEntry conservation_experiment();
ExperimentEntry orbits_experiment();
ExperimentEntry segnet_experiment();

}  // namespace symopt
