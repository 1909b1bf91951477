// estimate.hpp — how long a plan will take, from finished trials or from a short timing.
#pragma once
#include <array>
#include <filesystem>
#include <map>

#include "experiments/session/tuning.hpp"

namespace symopt {

/// Trials of one data set, network and optimizer, whatever their settings.
struct PlanRows {
  std::string dataset, network, optimizer;
  size_t settings = 0, trials = 0, finished = 0;
  double seconds = 0;   ///< of a trial; NaN where nothing was timed
  size_t measured = 0;  ///< finished trials that `seconds` is the mean of; 0: a timing
};

/// What a network and optimizer take; NaN where nothing was timed.
struct StepTiming {
  double step = 0, sample = 0;  ///< seconds of a training step, of evaluating a sample
};
/// By data set, network and optimizer: so that each is timed once, also for several plans.
using StepTimings = std::map<std::array<std::string, 3>, StepTiming>;

struct PlanEstimate {
  std::vector<PlanRows> rows;  ///< in the order of the plan
  size_t trials = 0, finished = 0;
  double seconds = 0;  ///< of the trials that are left, one at a time
};

/// Counts the plan, and which of its trials `folder` holds; where it is empty, none. Nothing is timed.
PlanEstimate count_plan(const Session& session, const std::filesystem::path& folder);

/// The seconds of each row's trials: the mean over finished ones of `folder` (up to 20), else a timing of 20
/// steps (3 of a network with convolutions) with so many threads, kept in `timings`, scaled to a trial that
/// trains all its epochs: one that stops early takes less.
void estimate_time(PlanEstimate& estimate, const Session& session, const std::filesystem::path& folder,
                   StepTimings& timings, int threads);

/// A part of a tuning. Its rows know of no finished trials, since who goes on to it is not known; `finished`
/// is how many its folder has.
struct PartEstimate {
  std::filesystem::path folder;  ///< below the tuning's
  int epochs = 0;
  size_t settings = 0;
  PlanEstimate plan;
};
/// Of each part of a tuning in `folder`, which counts only where it is this tuning's; with times where
/// `timed`.
std::vector<PartEstimate> estimate_tuning(const Tuning& tuning, const Session& session,
                                          const std::filesystem::path& folder, bool timed, int threads);

}  // namespace symopt
