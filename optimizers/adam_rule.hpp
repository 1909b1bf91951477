// adam_rule.hpp — Adam's step (Kingma and Ba 2015, algorithm 1), with AdamW's decay (Loshchilov and Hutter
// 2019), for whoever moves some parameters by it.
//   m ← β₁ m + (1−β₁) g     v ← β₂ v + (1−β₂) g²     θ ← (1 − λ·decay) θ − λ m̂ / (√v̂ + ε)
//   m̂ = m / (1−β₁ᵗ)         v̂ = v / (1−β₂ᵗ)          t = 1 at the first step
#pragma once
#include <cmath>

#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct AdamSettings {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
};

/// The rule at one step; m̂ / (√v̂ + ε) times λ is rate·m / (root·√v + ε).
template <class Real>
struct AdamRule {
  Real beta1, rest1, beta2, rest2, keep, rate, root, eps;

  AdamRule(const AdamSettings& s, std::int64_t steps_taken, double learning_rate)
      : beta1(static_cast<Real>(s.beta1)),
        rest1(static_cast<Real>(1 - s.beta1)),
        beta2(static_cast<Real>(s.beta2)),
        rest2(static_cast<Real>(1 - s.beta2)),
        keep(static_cast<Real>(1 - learning_rate * s.weight_decay)),
        rate(static_cast<Real>(learning_rate / missing(s.beta1, steps_taken + 1))),
        root(static_cast<Real>(1 / std::sqrt(missing(s.beta2, steps_taken + 1)))),
        eps(static_cast<Real>(s.eps)) {}

  /// n parameters, with their gradients and moments.
  void move(Index n, const Real* __restrict g, Real* __restrict m, Real* __restrict v,
            Real* __restrict theta) const {
    // Copies: the compiler cannot know that the arrays leave the members alone.
    const Real b1 = beta1, r1 = rest1, b2 = beta2, r2 = rest2, k = keep, a = rate, r = root, e = eps;
    for (Index i = 0; i < n; ++i) {
      m[i] = b1 * m[i] + r1 * g[i];
      v[i] = b2 * v[i] + r2 * (g[i] * g[i]);
      theta[i] = k * theta[i] - a * m[i] / (r * std::sqrt(v[i]) + e);
    }
  }

  /// The same moments; the step, without decay, goes to `u` and moves nothing.
  void direction(Index n, const Real* __restrict g, Real* __restrict m, Real* __restrict v,
                 Real* __restrict u) const {
    const Real b1 = beta1, r1 = rest1, b2 = beta2, r2 = rest2, a = rate, r = root, e = eps;
    for (Index i = 0; i < n; ++i) {
      m[i] = b1 * m[i] + r1 * g[i];
      v[i] = b2 * v[i] + r2 * (g[i] * g[i]);
      u[i] = a * m[i] / (r * std::sqrt(v[i]) + e);
    }
  }

 private:
  // 1 − βᵗ: what a running mean that started at 0 has seen.
  static double missing(double beta, std::int64_t t) { return 1 - std::pow(beta, static_cast<double>(t)); }
};

/// beta1, beta2 and eps of a settings struct that derives from AdamSettings.
template <class S>
std::vector<Option<S>> adam_options() {
  using O = Option<S>;
  return {O{.name = "beta1",
            .field = &S::beta1,
            .low = 0,
            .high = 0.999999,
            .help = "share of the mean gradient that a step keeps",
            .source = "Kingma and Ba 2015"},
          O{.name = "beta2",
            .field = &S::beta2,
            .low = 0,
            .high = 0.999999,
            .help = "share of the mean squared gradient that a step keeps",
            .source = "Kingma and Ba 2015"},
          O{.name = "eps",
            .field = &S::eps,
            .low = 1e-30,
            .high = 1,
            .help = "added to the root of the mean square",
            .source = "Kingma and Ba 2015"}};
}

}  // namespace symopt::optimizers
