// twin_adaptive.cpp — adagrad, rmsprop, adam and adamw, each parameter from its whole history of gradients.
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

// Σ over the past of (1−β) β^(steps since) gᵖ.
double running(const Past& past, size_t i, double beta, int p) {
  double sum = 0;
  for (size_t t = 0; t < past.grad.size(); ++t)
    sum += (1 - beta) * std::pow(beta, static_cast<double>(past.grad.size() - 1 - t)) *
           std::pow(past.grad[t][i], p);
  return sum;
}

Vector adagrad_step(const Past& past) {
  Vector theta = past.theta.back();
  for (size_t i = 0; i < theta.size(); ++i) {
    double sum = 0;
    for (const Vector& g : past.grad) sum += g[i] * g[i];
    theta[i] -= past.rate.back() * past.grad.back()[i] / (std::sqrt(sum) + past.number("eps"));
  }
  return theta;
}

Vector rmsprop_step(const Past& past) {
  Vector theta = past.theta.back();
  for (size_t i = 0; i < theta.size(); ++i)
    theta[i] -= past.rate.back() * past.grad.back()[i] /
                (std::sqrt(running(past, i, past.number("decay"), 2)) + past.number("eps"));
  return theta;
}

Vector adam_step(const Past& past, double decay) {
  Vector theta = past.theta.back();
  const double b1 = past.number("beta1"), b2 = past.number("beta2"),
               n = static_cast<double>(past.grad.size());
  for (size_t i = 0; i < theta.size(); ++i) {
    const double m = running(past, i, b1, 1) / (1 - std::pow(b1, n));
    const double v = running(past, i, b2, 2) / (1 - std::pow(b2, n));
    theta[i] -= past.rate.back() * (m / (std::sqrt(v) + past.number("eps")) + decay * theta[i]);
  }
  return theta;
}

}  // namespace

Twin adagrad() { return {.name = "adagrad", .step = adagrad_step, .settings = {"", "eps=0.01"}}; }
Twin rmsprop() {
  return {.name = "rmsprop", .step = rmsprop_step, .settings = {"", "decay=0.5", "decay=0.99 eps=0.01"}};
}
Twin adam() {
  return {.name = "adam",
          .step = [](const Past& past) { return adam_step(past, 0); },
          .settings = {"", "beta1=0.5 beta2=0.9", "eps=0.01"}};
}
Twin adamw() {
  return {.name = "adamw",
          .step = [](const Past& past) { return adam_step(past, past.number("weight-decay")); },
          .settings = {"", "beta1=0.5 beta2=0.9 weight-decay=0.5", "eps=0.01"}};
}

}  // namespace symopt::test::twin
