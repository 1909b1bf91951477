// results_folder.hpp — a small experiment in a results folder, for the tests of the store.
#pragma once
#include <map>

#include "results/store.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

namespace symopt::test {

inline const Configuration kConfiguration = {{"experiment", "paper"}, {"optimizers", "un"}, {"trials", "4"}};
inline const std::vector<std::string> kExtendable = {"trials", "optimizers"};

inline std::vector<TrialSpec> make_plan(const std::vector<std::string>& optimizers, int trials) {
  std::vector<TrialSpec> plan;
  for (const std::string& optimizer : optimizers)
    for (int t = 0; t < trials; ++t) plan.push_back(make_spec(optimizer, t));
  return plan;
}
inline const std::vector<TrialSpec> kPlan = make_plan({"un"}, 4);

// A folder that holds the first two trials of the plan.
inline void half_finish(const std::filesystem::path& folder) {
  Store store(folder, kConfiguration, kPlan, kExtendable);
  store.put(make_record(kPlan[0], 3));
  store.put(make_record(kPlan[1], 3));
}

inline std::filesystem::path trial_file(const std::filesystem::path& folder, const TrialSpec& spec) {
  return folder / "trials" / (spec.hash() + ".trial");
}

inline std::string error_of_opening(const std::filesystem::path& folder, const Configuration& configuration,
                                    const std::vector<TrialSpec>& plan) {
  return error_of([&] { Store(folder, configuration, plan, kExtendable); });
}

// Every path under a folder with its bytes; the lock aside, which says who held it last.
inline std::map<std::string, std::string> snapshot(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().filename() != ".lock")
      files[entry.path().string()] = entry.is_regular_file() ? read_text(entry) : "";
  return files;
}

}  // namespace symopt::test
