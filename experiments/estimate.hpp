// estimate.hpp — how long a plan will take, from finished trials or from a short timing.
#pragma once
#include <filesystem>
#include <map>

#include "experiments/session.hpp"

namespace symopt {

/// Trials of one network and optimizer, whatever their settings.
struct PlanRows {
  std::string network, optimizer;
  size_t settings = 0, trials = 0, finished = 0;
  double seconds = 0;   ///< of a trial; NaN where nothing was timed
  size_t measured = 0;  ///< finished trials that `seconds` is the mean of; 0: a timing
};

struct PlanEstimate {
  std::vector<PlanRows> rows;  ///< in the order of the plan
  size_t trials = 0, finished = 0;
  double seconds = 0;  ///< of the trials that are left, one at a time
};

/// Counts the plan, and which of its trials `folder` holds. Nothing is timed.
PlanEstimate count_plan(const Session& session, const std::filesystem::path& folder);

/// The seconds of each row's trials: the mean over finished ones of `folder` (up to 20), else a timing of 20
/// steps, scaled to a trial that trains all its epochs: one that stops early takes less.
void estimate_time(PlanEstimate& estimate, const Session& session, const std::filesystem::path& folder);

}  // namespace symopt
