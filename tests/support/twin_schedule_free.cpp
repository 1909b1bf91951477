// twin_schedule_free.cpp — schedule-free-sgd and schedule-free-adamw, replayed from the start: the points z,
// and their mean x weighted by the square of the largest rate so far.
#include "tests/support/twin_moments.hpp"

namespace symopt::test::twin {

namespace {

// Step t of parameter i: where z goes from z, at the rate `rate`, given that θ was y.
using Descent = double (*)(const Past& until_then, size_t i, double z, double y, double rate);

Vector averaged(const Past& past, double beta, const Vector& rates, Descent descent) {
  Vector theta = past.theta[0];
  for (size_t i = 0; i < theta.size(); ++i) {
    double z = past.theta[0][i], x = z, largest = 0, weights = 0;
    Past then = past;
    then.grad.clear();
    for (size_t t = 0; t < past.grad.size(); ++t) {
      then.grad.push_back(past.grad[t]);
      z = descent(then, i, z, past.theta[t][i], rates[t]);
      largest = std::max(largest, rates[t]);
      weights += largest * largest;
      x += largest * largest / weights * (z - x);
    }
    theta[i] = (1 - beta) * z + beta * x;
  }
  return theta;
}

double sgd_descent(const Past& then, size_t i, double z, double y, double rate) {
  return z - rate * (then.grad.back()[i] + then.number("weight-decay") * y);
}

double adamw_descent(const Past& then, size_t i, double z, double y, double rate) {
  const double v = mean_power(then, i, then.number("beta2"), 2);
  return z -
         rate * (then.grad.back()[i] / (std::sqrt(v) + then.number("eps")) + then.number("weight-decay") * y);
}

Vector schedule_free_adamw_step(const Past& past) {
  Vector rates;
  for (size_t t = 0; t < past.rate.size(); ++t)
    rates.push_back(past.rate[t] * std::sqrt(1 - std::pow(past.number("beta2"), static_cast<double>(t + 1))));
  return averaged(past, past.number("beta1"), rates, adamw_descent);
}

}  // namespace

Twin schedule_free_sgd() {
  return {
      .name = "schedule-free-sgd",
      .step = [](const Past& past) { return averaged(past, past.number("beta"), past.rate, sgd_descent); },
      .settings = {"", "beta=0.5 weight-decay=0.1"}};
}
Twin schedule_free_adamw() {
  return {.name = "schedule-free-adamw",
          .step = schedule_free_adamw_step,
          .settings = {"", "beta1=0.5 beta2=0.9 weight-decay=0.5", "eps=0.01"}};
}

}  // namespace symopt::test::twin
