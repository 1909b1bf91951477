// velocity.hpp — gradient descent with a velocity, the rate outside it, as PyTorch has it:
//   v ← μ v + g;   momentum: θ ← θ − λ v;   nesterov: θ ← θ − λ (g + μ v)
// At one rate that is the rule of Sutskever, Martens, Dahl and Hinton 2013, whose velocity is −λ v, and for
// nesterov θ is their point ahead, where they take the gradient. When λ changes, here the whole step has the
// new one, while their velocity goes on at the old ones.
#pragma once
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct VelocitySettings {
  double momentum = 0.9;
  double weight_decay = 0;
};

template <class Real, bool ahead>
class Velocity : public Optimizer<Real> {
 public:
  explicit Velocity(const VelocitySettings& settings)
      : momentum_(static_cast<Real>(settings.momentum)), decay_(static_cast<Real>(settings.weight_decay)) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    velocity_.assign(static_cast<size_t>(layout.size), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    if (decay_ == Real(0))
      move(s, theta, [](Real g, Real) { return g; });
    else
      move(s, theta, [decay = decay_](Real g, Real w) { return g + decay * w; });
  }

  std::vector<std::span<Real>> state() override { return {velocity_}; }

 private:
  // `gradient` of the loss and of ½ decay ‖θ‖².
  template <class Gradient>
  void move(const Step<Real>& s, std::span<Real> theta, Gradient gradient) {
    const Real mu = momentum_, rate = s.learning_rate;
    const Real* __restrict g = s.grad.data();
    Real* __restrict v = velocity_.data();
    Real* __restrict w = theta.data();
    for (size_t i = 0; i < theta.size(); ++i) {
      const Real all = gradient(g[i], w[i]);
      v[i] = mu * v[i] + all;
      w[i] -= rate * (ahead ? all + mu * v[i] : v[i]);
    }
  }

  Real momentum_, decay_;
  Buffer<Real> velocity_;
};

inline Options<VelocitySettings> velocity_options() {
  using O = Option<VelocitySettings>;
  return {{O{.name = "momentum",
             .field = &VelocitySettings::momentum,
             .low = 0,
             .high = 0.9999,
             .help = "share of the velocity that a step keeps",
             .source = "Polyak 1964; the default is the customary one"},
           O{.name = "weight-decay",
             .field = &VelocitySettings::weight_decay,
             .low = 0,
             .high = 1,
             .help = "this times w is added to g, of every parameter",
             .source = "Krogh and Hertz 1992; SegNet's is 0.0005"}}};
}

}  // namespace symopt::optimizers
