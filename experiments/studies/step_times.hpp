// step_times.hpp — what a step of one optimizer costs beside another's, the two measured in turns: whatever
// else the machine does meanwhile falls on both.
#pragma once
#include "core/data/dataset.hpp"
#include "results/trial.hpp"

namespace symopt {

/// Seconds of equally long blocks of steps, by repeat; block i of the one beside block i of the other.
using Blocks = std::vector<std::vector<double>>;

struct StepRatio {
  double first, second;     ///< median seconds a step
  double ratio, low, high;  ///< first over second of each repeat's medians: their median, lowest and highest
  int repeats;
};
/// From blocks of `steps` steps.
StepRatio step_ratio(const Blocks& first, const Blocks& second, int steps);

/// Steps (gradient and update, as a trial takes them) of both from their starting values, in blocks by turns
/// on one thread: some 2,300 steps of each.
StepRatio time_steps(const TrialSpec& first, const TrialSpec& second, const Dataset& data);

}  // namespace symopt
