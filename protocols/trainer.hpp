// trainer.hpp — one trial by the protocol: learning-rate search, full training, outcome.
#pragma once
#include <exception>
#include <string>

#include "core/data/dataset.hpp"
#include "results/checkpoint.hpp"
#include "results/parameters.hpp"
#include "results/trial.hpp"

namespace symopt {

/// What a trial tells while it runs. Called from the trial's thread.
class Monitor {
 public:
  virtual ~Monitor() = default;
  /// After every epoch. `phase`: "search" (of all candidates) or "train".
  virtual void epoch(const TrialSpec&, const char* /*phase*/, int /*done*/, int /*total*/) {}
  /// One line that a person should read.
  virtual void note(const std::string& /*line*/) {}
  /// True: the trial ends with Cancelled, unfinished, after the epoch that it is in.
  virtual bool cancelled() const { return false; }
};
struct Cancelled {};

/// How a trial is run. Nothing here changes the result of one that ends by itself.
struct TrialControl {
  /// Seconds that a trial may take, search included and all of its parts where it was interrupted; looked at
  /// before every step. 0: any.
  double timeout = 0;
  /// Where a trial leaves its state and goes on from; null: nowhere.
  const CheckpointFolder* checkpoints = nullptr;
  /// At the first end of an epoch so many seconds after the last one, and where a trial is cancelled. 0:
  /// never.
  double checkpoint_every = 60;
  /// Where a trial leaves the parameters and running statistics that its full training ended with; null:
  /// nowhere.
  const ParameterFolder* parameters = nullptr;
  /// That its network's passes may use.
  int threads = 1;
};

/// What a failed trial's message says of the error that ended it.
std::string failure_text(const std::exception& error);

/// Runs the trial. Everything drawn depends on (spec.seed, spec.trial) only, never on the optimizer, so that
/// trials with one number are paired. Numerical trouble is a status of the record, never an exception, and so
/// is a time limit that was reached, or any error of a trial that has begun: its curve up to there stays.
/// FileError where a checkpoint cannot be written; one that cannot be used is set aside with a note.
TrialRecord run_trial(const TrialSpec& spec, const Dataset& data, Monitor& monitor,
                      const TrialControl& control = {});

}  // namespace symopt
