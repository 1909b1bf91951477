// first_steps.hpp — the first steps of a trial's full training, each told to an observer: no search, no
// stopping rule, nothing evaluated.
#pragma once
#include "protocols/annealing.hpp"
#include "protocols/phase.hpp"
#include "protocols/training.hpp"

namespace symopt {

template <class Real>
class FirstSteps {
 public:
  FirstSteps(const TrialSpec& spec, const Dataset& data)
      : protocol_(spec.protocol), phase_(full_training(spec, data)), training_(spec, data, [this] {
          if (training_.steps() == last_) throw Enough{};
        }) {
    training_.start(phase_.batches, phase_.init, phase_.labels);
  }
  FirstSteps(const FirstSteps&) = delete;

  Training<Real>& training() { return training_; }
  /// Begins anew from these values, in the place of those that the trial draws.
  void start_at(std::span<const double> theta) { training_.start_at(phase_.batches, theta, phase_.labels); }
  std::int64_t epoch_steps() const { return static_cast<std::int64_t>(phase_.batches.count()); }

  /// Takes `steps` steps, at rates as the protocol's schedule has them. Why it diverged before; empty: it did
  /// not.
  std::string run(std::int64_t steps, StepObserver& observer) {
    last_ = steps;
    training_.observe(observer);
    std::vector<double> costs;
    double rate = rate_after(protocol_, protocol_.learning_rate, protocol_.learning_rate, costs);
    try {
      for (int epoch = 1;; ++epoch) {
        double cost = 0;
        if (!training_.train_epoch(phase_.batches, epoch, rate, cost)) return training_.divergence();
        observer.after_epoch(phase_.batches);
        costs.push_back(cost);
        rate = rate_after(protocol_, protocol_.learning_rate, rate, costs);
      }
    } catch (const Enough&) {
      return "";
    }
  }

 private:
  struct Enough {};

  const ProtocolSettings& protocol_;
  Phase phase_;
  std::int64_t last_ = 0;
  Training<Real> training_;
};

}  // namespace symopt
