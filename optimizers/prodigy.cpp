// prodigy.cpp — Prodigy (Mishchenko and Defazio 2023, algorithm 4): Adam at a rate that grows with a lower
// bound d on the distance of the solution from the start θ₀.
//   r ← √β₂ r + (d/d₀) dλ ⟨g, θ₀−θ⟩,   s ← √β₂ s + (d/d₀) dλ g,   d' = max(d, coefficient r/‖s‖₁)
//   m ← β₁ m + (1−β₁) d g,   v ← β₂ v + (1−β₂) d² g²,   θ ← θ − λd (m/(√v + d'ε) + decay θ)
// As in the authors' reference code: no bias correction, all parameters together have one d, and the factor
// (1−√β₂)/d₀ of r and s, of which d does not depend, is left as there. No gradient so far: no step.
#include "optimizers/adam_rule.hpp"

namespace symopt::optimizers {

struct ProdigySettings : AdamSettings {
  double d0 = 1e-6, coefficient = 1;
};

template <class Real>
class Prodigy final : public Optimizer<Real> {
 public:
  explicit Prodigy(const ProdigySettings& settings) : settings_(settings) {}

  void bind(const ParamLayout&, std::span<Real> theta) override {
    start_.assign(theta.begin(), theta.end());
    for (Buffer<Real>* buffer : {&m_, &v_, &s_}) buffer->assign(theta.size(), Real(0));
    bound_ = {static_cast<Real>(settings_.d0), Real(0)};
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    Real &d = bound_[0], &r = bound_[1];
    const Real old = d, rate = old * s.learning_rate, beta3 = static_cast<Real>(std::sqrt(settings_.beta2)),
               scale = old / static_cast<Real>(settings_.d0) * rate;
    const auto g = as_array(s.grad), start = as_array(std::span<const Real>(start_));
    const auto at = as_array(std::span<const Real>(theta));
    auto sum = as_array(std::span<Real>(s_));
    Real along = 0, length = 0;
    constexpr Index kNear = 1024;  // parameters that stay near from one sum to the next
    for (Index i = 0; i < g.size(); i += kNear) {
      const Index n = std::min(kNear, g.size() - i);
      along += (g.segment(i, n) * (start.segment(i, n) - at.segment(i, n))).sum();
      sum.segment(i, n) = beta3 * sum.segment(i, n) + scale * g.segment(i, n);
      length += sum.segment(i, n).abs().sum();
    }
    r = beta3 * r + scale * along;
    if (length == 0) return;
    d = std::max(old, static_cast<Real>(settings_.coefficient) * r / length);
    move(s, old, rate, theta);
  }

  std::vector<std::span<Real>> state() override { return {start_, m_, v_, s_, bound_}; }

 private:
  void move(const Step<Real>& s, Real old, Real rate, std::span<Real> theta) {
    const Real b1 = static_cast<Real>(settings_.beta1), b2 = static_cast<Real>(settings_.beta2),
               r1 = static_cast<Real>(1 - settings_.beta1) * old,
               r2 = static_cast<Real>(1 - settings_.beta2) * old * old,
               eps = bound_[0] * static_cast<Real>(settings_.eps),
               keep = 1 - rate * static_cast<Real>(settings_.weight_decay);
    const Real* __restrict g = s.grad.data();
    Real* __restrict m = m_.data();
    Real* __restrict v = v_.data();
    Real* __restrict w = theta.data();
    for (size_t i = 0; i < theta.size(); ++i) {
      m[i] = b1 * m[i] + r1 * g[i];
      v[i] = b2 * v[i] + r2 * (g[i] * g[i]);
      w[i] = keep * w[i] - rate * m[i] / (std::sqrt(v[i]) + eps);
    }
  }

  ProdigySettings settings_;
  Buffer<Real> start_, m_, v_, s_;
  Buffer<Real> bound_;  // d and r
};

OptimizerEntry prodigy() {
  using S = ProdigySettings;
  using O = Option<S>;
  const std::string mishchenko = "Mishchenko and Defazio 2023";
  std::vector<O> options = adam_options<S>();
  for (O& option : options) option.source = mishchenko;
  options.push_back(O{.name = "weight-decay",
                      .field = &S::weight_decay,
                      .low = 0,
                      .high = 100,
                      .help = "times the step's rate: the share that each parameter loses",
                      .source = mishchenko + "; the default is that of the authors' code"});
  options.push_back(O{.name = "d0",
                      .field = &S::d0,
                      .low = 1e-12,
                      .high = 1e3,
                      .help = "the bound on the distance at the start",
                      .source = mishchenko});
  options.push_back(O{.name = "coefficient",
                      .field = &S::coefficient,
                      .low = 1e-3,
                      .high = 1e3,
                      .help = "times the estimate of the distance",
                      .source = mishchenko + ", the authors' code"});
  return make_entry<Prodigy, S>("prodigy", "Adam whose rate grows with an estimate of the way to go",
                                mishchenko + "; at the learning rate 1, or searched", "he",
                                std::move(options));
}

}  // namespace symopt::optimizers
