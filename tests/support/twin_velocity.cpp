// twin_velocity.cpp — the velocity as the sum of all gradients so far, each μ times fainter per step since;
// the rate of the step moves by all of it, and nesterov by what the velocity will be after one more step
// without a gradient, and the newest gradient once more.
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

double gradient(const Past& past, size_t t, size_t i) {
  return past.grad[t][i] + past.number("weight-decay") * past.theta[t][i];
}

// Σ_t μ^(last + ahead − t) g_t
double velocity(const Past& past, size_t i, int ahead) {
  double sum = 0;
  const size_t last = past.grad.size() - 1;
  for (size_t t = 0; t <= last; ++t)
    sum += std::pow(past.number("momentum"), static_cast<double>(last - t) + ahead) * gradient(past, t, i);
  return sum;
}

Vector momentum_step(const Past& past) {
  Vector theta = past.theta.back();
  for (size_t i = 0; i < theta.size(); ++i) theta[i] -= past.rate.back() * velocity(past, i, 0);
  return theta;
}

Vector nesterov_step(const Past& past) {
  Vector theta = past.theta.back();
  for (size_t i = 0; i < theta.size(); ++i)
    theta[i] -= past.rate.back() * (gradient(past, past.grad.size() - 1, i) + velocity(past, i, 1));
  return theta;
}

}  // namespace

Twin momentum() {
  return {.name = "momentum", .step = momentum_step, .settings = {"", "momentum=0.5 weight-decay=0.1"}};
}
Twin nesterov() {
  return {.name = "nesterov", .step = nesterov_step, .settings = {"", "momentum=0.5 weight-decay=0.1"}};
}

}  // namespace symopt::test::twin
