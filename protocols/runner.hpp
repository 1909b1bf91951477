// runner.hpp — trials side by side, each with threads of its own, nothing mutable shared; the store skips
// those that are done.
#pragma once
#include <map>

#include "protocols/trainer.hpp"
#include "results/store.hpp"

namespace symopt {

/// Told about whole trials and, by note(), in lines: one call at a time. epoch() comes from the trials' own
/// threads, at the same time.
class RunMonitor : public Monitor {
 public:
  virtual void started(const TrialSpec&) {}
  virtual void finished(const TrialRecord&) {}
};

using DatasetTable = std::map<std::string, std::shared_ptr<const Dataset>>;

/// How a run goes about its trials.
struct RunControl {
  double timeout = 0;            ///< TrialControl's
  double checkpoint_every = 60;  ///< TrialControl's
  bool retry_failed = false;     ///< run those again whose record says failed or timed-out
  bool fail_fast = false;        ///< the first trial that fails ends the run
  /// Each trial leaves its parameters in the store's folder; those that completed without run again.
  bool keep_parameters = false;
  int threads = 1;  ///< of each trial
};

/// Runs every spec that `store` does not hold, `jobs` at a time, and puts each record when it is finished. A
/// trial that throws becomes a record with status failed and its message. UserError from the store, also
/// where a checkpoint cannot be written, ends the run; what was put stays. A run that ends early leaves the
/// trials in flight at the end of their epoch, with a checkpoint. Returns false where it ended early: the
/// monitor cancelled, or a trial failed under fail_fast.
bool run_trials(const std::vector<TrialSpec>& specs, const DatasetTable& data, Store& store, int jobs,
                RunMonitor& monitor, const RunControl& control = {});

/// Whether run_trials would run it.
bool is_left(const TrialSpec& spec, const Store& store, const RunControl& control);

}  // namespace symopt
