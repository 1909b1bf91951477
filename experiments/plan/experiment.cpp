// experiment.cpp — the registry of studies.
#include "experiments/plan/experiment.hpp"

namespace symopt {

const std::vector<ExperimentEntry>& experiment_registry() {
  static const std::vector<ExperimentEntry> entries = {
      paper_experiment(),          teleport_experiment(),
      generalization_experiment(), parameterizations_experiment(),
      unbalanced_experiment(),     natural_experiment(),
      conservation_experiment(),   orbits_experiment(),
      segnet_experiment(),
  };
  return entries;
}

const ExperimentEntry& find_experiment(std::string_view name) {
  std::vector<std::string> names;
  for (const ExperimentEntry& entry : experiment_registry()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw unknown_name("experiment", name, names);
}

}  // namespace symopt
