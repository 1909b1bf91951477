// twin_normalized_sgd.cpp — of README's example: λ times the unit vector of the whole gradient.
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

Vector normalized_step(const Past& past) {
  double square = 0;
  for (const double g : past.grad.back()) square += g * g;
  Vector theta = past.theta.back();
  for (size_t i = 0; i < theta.size(); ++i)
    theta[i] -= past.rate.back() * past.grad.back()[i] / std::sqrt(square);
  return theta;
}

}  // namespace

Twin normalized_sgd() { return {.name = "normalized-sgd", .step = normalized_step}; }

}  // namespace symopt::test::twin
