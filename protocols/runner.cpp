// runner.cpp — threads over trials.
#include "protocols/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

#include "core/parallel.hpp"

namespace symopt {

namespace {

// What the threads share: the caller's monitor, and whether the run has ended.
class Gate final : public Monitor {
 public:
  explicit Gate(RunMonitor& monitor) : monitor_(monitor) {}

  void epoch(const TrialSpec& spec, const char* phase, int done, int total) override {
    monitor_.epoch(spec, phase, done, total);
  }
  void note(const std::string& line) override {
    const std::lock_guard lock(mutex_);
    monitor_.note(line);
  }
  bool cancelled() const override { return ended_ || monitor_.cancelled(); }

  void started(const TrialSpec& spec) {
    const std::lock_guard lock(mutex_);
    monitor_.started(spec);
  }
  void finished(const TrialRecord& record) {
    const std::lock_guard lock(mutex_);
    monitor_.finished(record);
  }
  void end() { ended_ = true; }
  void end(std::exception_ptr fault) {
    const std::lock_guard lock(mutex_);
    if (!fault_) fault_ = std::move(fault);
    ended_ = true;
  }
  // Once the threads are done: true where no one ended it early.
  bool whole() const {
    if (fault_) std::rethrow_exception(fault_);
    return !cancelled();
  }

 private:
  RunMonitor& monitor_;
  std::mutex mutex_;
  std::atomic<bool> ended_{false};
  std::exception_ptr fault_;  // the first one that ends the run
};

TrialRecord run_caught(const TrialSpec& spec, const Dataset& data, Monitor& monitor,
                       const TrialControl& control) {
  TrialRecord record;
  try {
    record = run_trial(spec, data, monitor, control);
  } catch (const FileError&) {
    throw;  // the disk's fault, not the trial's
  } catch (const std::exception& e) {
    record.spec = spec;
    record.status = Status::failed;
    record.learning_rate = std::numeric_limits<double>::quiet_NaN();
    record.message = failure_text(e);
  }
  std::replace(record.message.begin(), record.message.end(), '\n', ' ');  // one line, whoever wrote it
  return record;
}

}  // namespace

bool is_left(const TrialSpec& spec, const Store& store, const RunControl& control) {
  const TrialRecord* record = store.find(spec);
  if (record == nullptr) return true;
  if (control.keep_parameters && record->status == Status::completed && !store.parameters().has(spec.hash()))
    return true;
  return control.retry_failed && (record->status == Status::failed || record->status == Status::timed_out);
}

bool run_trials(const std::vector<TrialSpec>& specs, const DatasetTable& data, Store& store, int jobs,
                RunMonitor& monitor, const RunControl& control) {
  std::vector<const TrialSpec*> left;
  for (const TrialSpec& spec : specs)
    if (is_left(spec, store, control)) left.push_back(&spec);

  Gate gate(monitor);
  const TrialControl trial{control.timeout, &store.checkpoints(), control.checkpoint_every,
                           control.keep_parameters ? &store.parameters() : nullptr, control.threads};
  const size_t threads = std::clamp<size_t>(left.size(), 1, static_cast<size_t>(jobs));
  // In the plan's order, so that what was begun first is ended first.
  const size_t started = parallel_for(left.size(), threads, [&](size_t i) {
    if (gate.cancelled()) return;
    const TrialSpec& spec = *left[i];
    try {
      gate.started(spec);
      const TrialRecord record = run_caught(spec, *data.at(spec.dataset), gate, trial);
      store.put(record);
      gate.finished(record);
      if (control.fail_fast && record.status == Status::failed) gate.end();
    } catch (const Cancelled&) {
      gate.end();
    } catch (...) {
      gate.end(std::current_exception());
    }
  });
  if (started < threads)
    gate.note(fmt::format("{} trials at a time were expected, and {} ran: the system started no more threads",
                          threads, started));
  return gate.whole();
}

}  // namespace symopt
