// velocity.hpp — gradient descent with a velocity, as written by Sutskever, Martens, Dahl and Hinton 2013.
//   v ← μ v − λ g;   momentum: θ ← θ + v;   nesterov: θ ← θ + μ v − λ g
// Nesterov's gradient belongs to the point ahead, y + μ v. What is held here is that point, θ = y + μ v, so
// gradients are taken where the parameters are, and y ← y + v, θ ← y + μ v is the line above, also while λ
// changes.
#pragma once
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct VelocitySettings {
  double momentum = 0.9;
};

template <class Real, bool ahead>
class Velocity : public Optimizer<Real> {
 public:
  explicit Velocity(const VelocitySettings& settings) : momentum_(static_cast<Real>(settings.momentum)) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    velocity_.assign(static_cast<size_t>(layout.size), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real mu = momentum_, rate = s.learning_rate;
    const Real* __restrict g = s.grad.data();
    Real* __restrict v = velocity_.data();
    Real* __restrict w = theta.data();
    for (size_t i = 0; i < theta.size(); ++i) {
      v[i] = mu * v[i] - rate * g[i];
      w[i] += ahead ? mu * v[i] - rate * g[i] : v[i];
    }
  }

  std::vector<std::span<Real>> state() override { return {velocity_}; }

 private:
  Real momentum_;
  Buffer<Real> velocity_;
};

inline Options<VelocitySettings> velocity_options() {
  using O = Option<VelocitySettings>;
  return {{O{.name = "momentum",
             .field = &VelocitySettings::momentum,
             .low = 0,
             .high = 0.9999,
             .help = "share of the velocity that a step keeps",
             .source = "Sutskever, Martens, Dahl, Hinton 2013"}}};
}

}  // namespace symopt::optimizers
