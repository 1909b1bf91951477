// twin_velocity.cpp — momentum: the sum of all steps so far, each μ times fainter per step since. nesterov,
// as Sutskever et al. 2013 write it: y moves by the velocity, and gradients are taken at y + μ v.
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

Vector momentum_step(const Past& past) {
  Vector theta = past.theta.back();
  const size_t last = past.theta.size() - 1;
  for (size_t i = 0; i < theta.size(); ++i)
    for (size_t t = 0; t <= last; ++t)
      theta[i] -=
          std::pow(past.number("momentum"), static_cast<double>(last - t)) * past.rate[t] * past.grad[t][i];
  return theta;
}

Vector nesterov_step(const Past& past) {
  const double mu = past.number("momentum");
  Vector theta = past.theta.back();
  for (size_t i = 0; i < theta.size(); ++i) {
    double y = past.theta[0][i], v = 0;
    for (size_t t = 0; t < past.theta.size(); ++t) {
      v = mu * v - past.rate[t] * past.grad[t][i];
      y += v;
    }
    theta[i] = y + mu * v;
  }
  return theta;
}

}  // namespace

Twin momentum() { return {.name = "momentum", .step = momentum_step, .settings = {"", "momentum=0.5"}}; }
Twin nesterov() { return {.name = "nesterov", .step = nesterov_step, .settings = {"", "momentum=0.5"}}; }

}  // namespace symopt::test::twin
