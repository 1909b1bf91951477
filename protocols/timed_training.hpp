// timed_training.hpp — a trial's training whose epochs are timed, on some of the training samples and without
// a protocol around it.
#pragma once
#include <chrono>

#include "protocols/phase.hpp"
#include "protocols/training.hpp"

namespace symopt {

template <class Real>
class TimedTraining {
 public:
  /// Epochs of `samples` samples, or of all that there are, from spec's starting values.
  TimedTraining(const TrialSpec& spec, const Dataset& data, size_t samples)
      : batches_(some_samples(spec, data, samples), spec.protocol.batch,
                 trial_stream(spec).fork(Purpose::batches)),
        training_(spec, data, [] {}) {
    training_.start(batches_, trial_stream(spec).fork(Purpose::init),
                    trial_stream(spec).fork(Purpose::labels));
  }
  TimedTraining(const TimedTraining&) = delete;

  /// Seconds of one more epoch, gradients and updates as a trial takes them.
  double run_epoch(double rate) {
    const auto start = std::chrono::steady_clock::now();
    double cost = 0;
    training_.train_epoch(batches_, ++epoch_, rate, cost);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  int steps() const { return static_cast<int>(batches_.count()); }  ///< of an epoch
  const ParamLayout& layout() { return training_.network().layout(); }

 private:
  static std::vector<std::uint32_t> some_samples(const TrialSpec& spec, const Dataset& data, size_t samples) {
    const size_t count = std::min(samples, data.train.count());
    return draw_split(data.train.count(), static_cast<int>(count), 0, trial_stream(spec).fork(Purpose::split))
        .train;
  }

  Batches batches_;
  Training<Real> training_;
  int epoch_ = 0;
};

}  // namespace symopt
