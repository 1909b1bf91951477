// schedule_free.hpp — descent without a schedule of the rate (Defazio et al. 2024): z descends, x is the mean
// of its points, and the gradient is taken between the two.
//   y = (1−β) z + β x   (θ, where the gradient is)     x ← (1−c) x + c z,   c_t = λ_t²/Σ λ²
// x is what a training leaves, and where it is evaluated. Of the rates, the largest so far counts, as in the
// authors' code: with a rate that falls, the paper's weights would hold x where it was.
#pragma once
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

/// The points z and x of all parameters.
template <class Real>
class Averaged {
 public:
  void bind(std::span<const Real> theta) {
    z_.assign(theta.begin(), theta.end());
    x_ = z_;
    progress_.assign(2, Real(0));
  }

  /// c of a step at this rate.
  Real share(double rate) {
    Real &largest = progress_[0], &count = progress_[1];  // count: Σ λ² over the largest λ²
    const Real now = static_cast<Real>(rate);
    if (!(now <= largest)) {
      count *= (largest / now) * (largest / now);
      largest = now;
    }
    if (largest == 0) return 0;
    count += 1;
    return 1 / count;
  }

  /// The step that takes z_i to descend(i, z_i), all i at once.
  template <class Descend>
  void step(Real c, double beta, std::span<Real> theta, Descend descend) {
    const Real keep = 1 - c, b = static_cast<Real>(beta), rest = static_cast<Real>(1 - beta);
    Real* __restrict z = z_.data();
    Real* __restrict x = x_.data();
    Real* __restrict y = theta.data();
    for (size_t i = 0; i < theta.size(); ++i) {
      z[i] = descend(i, z[i], y[i]);
      x[i] = keep * x[i] + c * z[i];
      y[i] = b * x[i] + rest * z[i];
    }
  }

  std::span<const Real> x() const { return x_; }
  std::vector<std::span<Real>> state() { return {z_, x_, progress_}; }

 private:
  Buffer<Real> z_, x_, progress_;
};

}  // namespace symopt::optimizers
