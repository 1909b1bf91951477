// twin_lion.cpp — the sign of a mix of the newest gradient and the mean of those before it.
#include "tests/support/twin_moments.hpp"

namespace symopt::test::twin {

namespace {

Vector lion_step(const Past& past) {
  Vector theta = past.theta.back();
  Past before = past;  // what the mean has seen
  before.grad.pop_back();
  const double b1 = past.number("beta1"), rate = past.rate.back();
  for (size_t i = 0; i < theta.size(); ++i) {
    const double u = b1 * mean_power(before, i, past.number("beta2"), 1) + (1 - b1) * past.grad.back()[i];
    const double sign = u == 0 ? 0 : std::copysign(1.0, u);
    theta[i] -= rate * (sign + past.number("weight-decay") * theta[i]);
  }
  return theta;
}

}  // namespace

Twin lion() {
  return {.name = "lion", .step = lion_step, .settings = {"", "beta1=0.5 beta2=0.75 weight-decay=0.1"}};
}

}  // namespace symopt::test::twin
