// side_by_side.hpp — training without a protocol: the loss of every step, on batches that depend on the seed
// alone.
#pragma once
#include "experiments/plan/request.hpp"

namespace symopt {

struct StepRun {
  std::vector<double> loss;     ///< of the batch, before each step; in nats
  std::vector<double> seconds;  ///< of the steps up to each, evaluation apart
  std::string message;          ///< where it left the finite numbers; the losses end there
  std::string remark;           ///< what the optimizer has to say about its numerics
};

/// One run of `steps` steps. Starting values from (seed, run) and `start`; batches of the training samples
/// from (seed, run). `precision` float or double.
StepRun run_steps(const TrialSpec& spec, const Dataset& data, std::int64_t steps);

/// Steps of protocol.max_epochs epochs.
std::int64_t steps_of(const ProtocolSettings& protocol);

/// The plan of a study that runs by itself: no trials, once every spec is seen to be one that can run.
std::vector<TrialSpec> no_trials(const Request& request, const Dataset& data);

}  // namespace symopt
