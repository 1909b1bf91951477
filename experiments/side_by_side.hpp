// side_by_side.hpp — training without a protocol: the loss of every step, on batches that depend on the seed
// alone.
#pragma once
#include "experiments/request.hpp"

namespace symopt {

struct StepRun {
  std::string optimizer;
  std::string start;
  int run = 0;
  std::vector<double> loss;     ///< of the batch, before each step; in nats
  std::vector<double> seconds;  ///< of the steps up to each, evaluation apart
  std::string message;          ///< where it left the finite numbers; the losses end there
};

/// One run of `steps` steps. Starting values from (seed, run) and `start`; batches of the training samples
/// from (seed, run). `precision` float or double.
StepRun run_steps(const TrialSpec& spec, const Dataset& data, int steps);

}  // namespace symopt
