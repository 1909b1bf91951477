// combination.hpp — the trials of several results folders as one table, or a part of them; the folders stay
// untouched.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "results/table.hpp"
#include "results/trial.hpp"

namespace symopt {

/// Which trials; an empty list: all.
struct TrialSelection {
  std::vector<std::string> datasets, networks;
  std::vector<std::string> optimizers;      ///< names, or labels with settings
  std::vector<std::pair<int, int>> trials;  ///< numbers, from … to
  bool everything() const {
    return datasets.empty() && networks.empty() && optimizers.empty() && trials.empty();
  }
};

/// "0-4,7" → {0, 4}, {7, 7}. UsageError.
std::vector<std::pair<int, int>> parse_trial_numbers(const std::string& text);

/// sources.csv: what was taken from a folder.
struct SourceRow {
  std::string folder;
  int trials = 0;    ///< finished ones that it holds
  int taken = 0;     ///< those in the table
  int repeated = 0;  ///< those that an earlier folder has, too
};
template <>
const Columns<SourceRow>& columns_of();

struct Combination {
  std::vector<TrialRecord> records;  ///< in the order of the folders, and of their plans
  std::vector<SourceRow> sources;
  std::vector<std::string> cautions;  ///< what differs between the trials beside optimizers, a line each
};
/// The folders' finished trials that are selected. Of trials with one hash the first folder's stands.
/// UserError where a name of the selection is nowhere, where nothing is left, or where two data sets of one
/// name are not the same bytes.
Combination combine(const std::vector<std::filesystem::path>& folders, const TrialSelection& selection);

}  // namespace symopt
