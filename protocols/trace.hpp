// trace.hpp — the first steps of a trial's full training, kept: what an outsider needs to repeat them by
// other means.
#pragma once
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"
#include "core/network/params.hpp"
#include "results/trial.hpp"

namespace symopt {

/// One array of a trace, over all steps.
struct TraceArray {
  std::string quantity;  ///< theta, gradient, loss, …
  std::string part;      ///< the block or the layer that it is of; empty: of all
  std::string role;      ///< of the block: filters, bias, …; else empty
  std::string axes;      ///< of its indices, comma-separated: step,filter,input
  NpyArray array;
};

struct Trace {
  std::vector<TraceArray> arrays;
  std::int64_t steps = 0;        ///< taken
  std::int64_t epoch_steps = 0;  ///< steps an epoch
  std::string divergence;        ///< why it ended before the steps that were asked for; else empty
  ParamLayout layout;
};

/// Most steps of a trace of so many parameters: about 2 GiB of them.
std::int64_t most_trace_steps(const TrialSpec& spec);

/// Steps 1 … `steps` of phase 2 of the trial at spec.protocol.learning_rate, as run_trial() takes them to the
/// bit, without its stopping rules. For a spec that check_spec() has seen, and `steps` of 1 to
/// most_trace_steps().
Trace trace_training(const TrialSpec& spec, const Dataset& data, std::int64_t steps);

}  // namespace symopt
