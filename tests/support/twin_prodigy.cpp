// twin_prodigy.cpp — prodigy, replayed from the start: the estimate d of the way to go, and Adam's moments of
// the gradients times d.
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

Vector prodigy_step(const Past& past) {
  const size_t n = past.theta[0].size();
  const double b1 = past.number("beta1"), b2 = past.number("beta2"), b3 = std::sqrt(b2),
               d0 = past.number("d0");
  double d = d0, numerator = 0;
  Vector m(n, 0.0), v(n, 0.0), s(n, 0.0), theta;
  for (size_t t = 0; t < past.grad.size(); ++t) {
    theta = past.theta[t];
    const Vector& g = past.grad[t];
    const double now = d, rate = now * past.rate[t];
    double along = 0, length = 0;
    for (size_t i = 0; i < n; ++i) {
      along += g[i] * (past.theta[0][i] - theta[i]);
      m[i] = b1 * m[i] + (1 - b1) * now * g[i];
      v[i] = b2 * v[i] + (1 - b2) * now * now * g[i] * g[i];
      s[i] = b3 * s[i] + now / d0 * rate * g[i];
      length += std::abs(s[i]);
    }
    numerator = b3 * numerator + now / d0 * rate * along;
    d = std::max(d, past.number("coefficient") * numerator / length);
    for (size_t i = 0; i < n; ++i)
      theta[i] -=
          rate * (m[i] / (std::sqrt(v[i]) + d * past.number("eps")) + past.number("weight-decay") * theta[i]);
  }
  return theta;
}

}  // namespace

// At d0 = 1e-6 and a rate of 1 the first steps would be lost in the weights' rounding.
Twin prodigy() {
  return {.name = "prodigy",
          .step = prodigy_step,
          .settings = {"", "beta1=0.5 beta2=0.9 weight-decay=0.01 d0=1e-05 coefficient=0.5",
                       "eps=0.01 d0=0.0001"},
          .roundings = 20,
          .rate = 300,
          .steps = 3};
}

}  // namespace symopt::test::twin
