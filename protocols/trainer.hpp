// trainer.hpp — one trial by the protocol: learning-rate search, full training, outcome.
#pragma once
#include <atomic>

#include "optimizers/optimizer.hpp"
#include "protocols/batches.hpp"
#include "results/trial.hpp"

namespace symopt {

/// What a trial tells while it runs. Called from the trial's thread.
class Monitor {
 public:
  virtual ~Monitor() = default;
  /// After every epoch. `phase`: "search" (of all candidates) or "train".
  virtual void epoch(const TrialSpec&, const char* /*phase*/, int /*done*/, int /*total*/) {}
  /// True: the trial ends with Cancelled, unfinished.
  virtual bool cancelled() const { return false; }
};
struct Cancelled {};

/// Candidates 10^-η of the learning-rate search, largest first.
std::vector<double> search_grid(const ProtocolSettings& protocol);

/// The index of the winner: lowest validation error, ties to the larger rate (the earlier one); −1 where all
/// diverged.
int best_candidate(const std::vector<SearchPoint>& search);

/// Refuses, before any training, what cannot run: UsageError naming option, value and bound.
void check_spec(const TrialSpec& spec, const Dataset& data);

/// Runs the trial. Everything drawn depends on (spec.seed, spec.trial) only, never on the optimizer, so that
/// trials with one number are paired. Numerical trouble is a status of the record, never an exception.
TrialRecord run_trial(const TrialSpec& spec, const Dataset& data, Monitor& monitor);

/// True where no value is NaN or infinite.
template <class Real>
bool all_finite(std::span<const Real> values) {
  // x − x is 0 for finite x and NaN else, and NaN survives the sum: one vectorized pass.
  return (as_array(values) - as_array(values)).sum() == Real(0);
}

}  // namespace symopt
