// schedule_free_adamw.cpp — Schedule-Free AdamW (Defazio et al. 2024, appendix; schedule_free.hpp):
//   v ← β₂ v + (1−β₂) g²,   γ = λ √(1−β₂ᵗ),   z ← z − γ (g/(√v + ε) + decay y)
// γ is the rate of the step, and the one that the mean's weights are of. β₁ is the β of schedule_free.hpp. No
// warm-up of its own: that is the protocol's.
#include "optimizers/adam_rule.hpp"
#include "optimizers/schedule_free.hpp"

namespace symopt::optimizers {

template <class Real>
class ScheduleFreeAdamW final : public Optimizer<Real> {
 public:
  explicit ScheduleFreeAdamW(const AdamSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    points_.bind(theta);
    square_.assign(static_cast<size_t>(layout.size), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const double gamma = static_cast<double>(s.learning_rate) *
                         std::sqrt(1 - std::pow(settings_.beta2, static_cast<double>(s.t + 1)));
    const Real rate = static_cast<Real>(gamma), c = points_.share(gamma),
               decay = static_cast<Real>(settings_.weight_decay), eps = static_cast<Real>(settings_.eps),
               b2 = static_cast<Real>(settings_.beta2), r2 = static_cast<Real>(1 - settings_.beta2);
    const Real* __restrict g = s.grad.data();
    Real* __restrict v = square_.data();
    points_.step(c, settings_.beta1, theta, [=](size_t i, Real z, Real y) {
      v[i] = b2 * v[i] + r2 * (g[i] * g[i]);
      return z - rate * (g[i] / (std::sqrt(v[i]) + eps) + decay * y);
    });
  }

  std::vector<std::span<Real>> state() override {
    auto state = points_.state();
    state.push_back(square_);
    return state;
  }
  std::span<const Real> evaluation_point(std::span<const Real>) const override { return points_.x(); }

 private:
  AdamSettings settings_;
  Averaged<Real> points_;
  Buffer<Real> square_;
};

OptimizerEntry schedule_free_adamw() {
  using O = Option<AdamSettings>;
  const std::string defazio = "Defazio et al. 2024";
  std::vector<O> options = adam_options<AdamSettings>();
  options[0].help = "where the gradient is taken: 0 at the newest point, towards 1 at the mean";
  options.push_back(O{.name = "weight-decay",
                      .field = &AdamSettings::weight_decay,
                      .low = 0,
                      .high = 100,
                      .help = "times the rate: the share of θ that a step takes from the newest point",
                      .source = defazio + "; the default is that of the authors' code"});
  for (O& option : options) option.source = defazio;
  return make_entry<ScheduleFreeAdamW, AdamSettings>(
      "schedule-free-adamw", "AdamW without momentum, evaluated at the mean of its points", defazio, "he",
      std::move(options));
}

}  // namespace symopt::optimizers
