// runner.hpp — trials side by side: one thread each, nothing mutable shared; the store skips those that are
// done.
#pragma once
#include <map>

#include "protocols/trainer.hpp"
#include "results/store.hpp"

namespace symopt {

/// Told about whole trials; calls are serialized.
class RunMonitor : public Monitor {
 public:
  virtual void started(const TrialSpec&) {}
  virtual void finished(const TrialRecord&) {}
};

using DatasetTable = std::map<std::string, std::shared_ptr<const Dataset>>;

/// Runs every spec that `store` does not hold, `jobs` at a time, and puts each record when it is finished. A
/// trial that throws becomes a record with status failed and its message. UserError from the store ends the
/// run; what was put stays. Returns false where the monitor cancelled.
bool run_trials(const std::vector<TrialSpec>& specs, const DatasetTable& data, Store& store, int jobs,
                RunMonitor& monitor);

}  // namespace symopt
