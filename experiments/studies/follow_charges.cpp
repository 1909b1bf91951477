// follow_charges.cpp — charges along a run, beside what is predicted for them.
#include <algorithm>
#include <cmath>

#include "experiments/studies/conservation.hpp"
#include "optimizers/optimizer.hpp"
#include "protocols/first_steps.hpp"

namespace symopt {

namespace {

// Momentum and decay of what moves by v ← μv + g + kθ, θ ← θ − λv; nothing of other optimizers.
std::optional<std::pair<double, double>> velocity_of(const TrialSpec& spec) {
  if (spec.optimizer == "sgd" || spec.optimizer == "b-sgd") return std::pair(0., 0.);
  if (spec.optimizer != "momentum") return {};
  double momentum = 0.9, decay = 0;
  for (const auto& [name, value] : parse_settings(spec.settings)) {
    if (name == "momentum") momentum = std::stod(value);
    if (name == "weight-decay") decay = std::stod(value);
  }
  return std::pair(momentum, decay);
}

class ChargeFollower final : public StepObserver {
 public:
  ChargeFollower(const TrialSpec& spec, const ConservationLaw& law, Training<double>& training,
                 std::int64_t steps, std::int64_t every, ChargeRun& run)
      : law_(law),
        layout_(layout_of(network_of(spec))),
        training_(training),
        last_(steps),
        every_(every),
        run_(run) {
    const std::vector<double> start = law.charges(layout_, training.theta());
    if (const auto velocity = velocity_of(spec)) {
      prediction_.emplace(law, start, velocity->first, velocity->second);
      decay_ = velocity->second;
    }
    closed_ = start;
    look(start);
  }

  void before_step(std::span<const std::uint32_t>, double rate, double) override {
    rate_ = rate;
    before_.assign(training_.theta().begin(), training_.theta().end());
    const std::vector<double> of_gradient = law_.charges(layout_, training_.gradient());
    const double kept = std::exp(-law_.degree * decay_ * rate);
    for (size_t i = 0; i < closed_.size(); ++i)
      closed_[i] = kept * closed_[i] + (law_.degree == 2 ? rate * rate * of_gradient[i] : 0);
  }
  void after_step() override {
    ++step_;
    const std::vector<double> charges = law_.charges(layout_, training_.theta());
    for (const double q : charges) largest_ = std::max(largest_, std::abs(q));
    if (prediction_) {
      const auto theta = training_.theta();
      for (size_t i = 0; i < before_.size(); ++i) before_[i] = (before_[i] - theta[i]) / rate_;
      prediction_->step(rate_, law_.charges(layout_, before_));
      for (size_t i = 0; i < charges.size(); ++i)
        difference_ = std::max(difference_, std::abs(charges[i] - prediction_->charges()[i]));
      run_.residual = difference_ / largest_;
    }
    if (step_ % every_ == 0 || step_ == last_) look(charges);
  }

 private:
  void look(const std::vector<double>& charges) {
    run_.steps.push_back(step_);
    run_.charges.push_back(charges);
    run_.closed_form.push_back(closed_);
    for (const double q : charges) largest_ = std::max(largest_, std::abs(q));
  }

  const ConservationLaw& law_;
  ParamLayout layout_;
  Training<double>& training_;
  std::int64_t last_, every_, step_ = 0;
  ChargeRun& run_;
  std::optional<ChargePrediction> prediction_;
  std::vector<double> before_, closed_;
  double rate_ = 0, decay_ = 0, largest_ = 0, difference_ = 0;
};

}  // namespace

ChargeRun follow_charges(const TrialSpec& asked, const Dataset& data, const ConservationLaw& law,
                         std::int64_t steps, std::int64_t every) {
  TrialSpec spec = asked;
  spec.protocol.annealing = "constant";
  FirstSteps<double> first(spec, data);
  ChargeRun run;
  ChargeFollower follower(spec, law, first.training(), steps, every, run);
  run.message = first.run(steps, follower);
  return run;
}

}  // namespace symopt
