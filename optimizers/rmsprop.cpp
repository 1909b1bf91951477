// rmsprop.cpp — RMSprop (Tieleman and Hinton 2012, lecture 6.5):
//   s ← ρ s + (1−ρ) g²,  θ ← θ − λ g / (√s + ε), for every parameter.
#include <cmath>

#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct RmsPropSettings {
  double decay = 0.9, eps = 1e-8;
};

template <class Real>
class RmsProp final : public Optimizer<Real> {
 public:
  explicit RmsProp(const RmsPropSettings& settings)
      : decay_(static_cast<Real>(settings.decay)),
        rest_(static_cast<Real>(1 - settings.decay)),
        eps_(static_cast<Real>(settings.eps)) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    mean_.assign(static_cast<size_t>(layout.size), Real(0));
  }

  void step(const Step<Real>& step, std::span<Real> theta) override {
    const Real rate = step.learning_rate, decay = decay_, rest = rest_, eps = eps_;
    const Real* __restrict g = step.grad.data();
    Real* __restrict s = mean_.data();
    Real* __restrict w = theta.data();
    for (size_t i = 0; i < theta.size(); ++i) {
      s[i] = decay * s[i] + rest * (g[i] * g[i]);
      w[i] -= rate * g[i] / (std::sqrt(s[i]) + eps);
    }
  }

  std::vector<std::span<Real>> state() override { return {mean_}; }

 private:
  Real decay_, rest_, eps_;
  Buffer<Real> mean_;  // of squared gradients, running
};

OptimizerEntry rmsprop() {
  using O = Option<RmsPropSettings>;
  return make_entry<RmsProp, RmsPropSettings>(
      "rmsprop", "gradients divided by their running root mean square", "Tieleman and Hinton 2012", "he",
      {{O{.name = "decay",
          .field = &RmsPropSettings::decay,
          .low = 0,
          .high = 0.999999,
          .help = "share of the mean square that a step keeps",
          .source = "Tieleman and Hinton 2012"},
        O{.name = "eps",
          .field = &RmsPropSettings::eps,
          .low = 1e-30,
          .high = 1,
          .help = "added to the root mean square",
          .source = "PyTorch; the lecture has none"}}});
}

}  // namespace symopt::optimizers
