// runner.cpp — OpenMP over trials.
#include "protocols/runner.hpp"

#include <algorithm>
#include <exception>
#include <mutex>

namespace symopt {

namespace {

TrialRecord run_caught(const TrialSpec& spec, const Dataset& data, Monitor& monitor) {
  try {
    return run_trial(spec, data, monitor);
  } catch (const std::exception& e) {
    TrialRecord record;
    record.spec = spec;
    record.status = Status::failed;
    record.learning_rate = std::numeric_limits<double>::quiet_NaN();
    record.message = e.what();
    std::replace(record.message.begin(), record.message.end(), '\n', ' ');  // one line, whoever wrote it
    return record;
  }
}

}  // namespace

bool run_trials(const std::vector<TrialSpec>& specs, const DatasetTable& data, Store& store, int jobs,
                RunMonitor& monitor) {
  std::vector<const TrialSpec*> left;
  for (const TrialSpec& spec : specs)
    if (store.find(spec) == nullptr) left.push_back(&spec);

  std::mutex mutex;
  std::exception_ptr fault;  // the first one that ends the run
  bool ended = false;
  const auto running = [&] {
    const std::lock_guard lock(mutex);
    return !ended;
  };
  const int threads = static_cast<int>(std::clamp<size_t>(left.size(), 1, static_cast<size_t>(jobs)));
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (size_t i = 0; i < left.size(); ++i) {
    if (!running() || monitor.cancelled()) continue;
    const TrialSpec& spec = *left[i];
    try {
      {
        const std::lock_guard lock(mutex);
        monitor.started(spec);
      }
      const TrialRecord record = run_caught(spec, *data.at(spec.dataset), monitor);
      store.put(record);
      const std::lock_guard lock(mutex);
      monitor.finished(record);
    } catch (const Cancelled&) {
      const std::lock_guard lock(mutex);
      ended = true;
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!fault) fault = std::current_exception();
      ended = true;
    }
  }
  if (fault) std::rethrow_exception(fault);
  return !ended && !monitor.cancelled();
}

}  // namespace symopt
