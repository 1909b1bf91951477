// twin_rotational.cpp — rotational-momentum and rotational-adamw, replayed from the start: of every step so
// far a row's direction loses its mean and what points along the row, and its mean square sets the angle.
#include "tests/support/twin_moments.hpp"
#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

namespace {

using Settings = std::map<std::string, std::string>;

Vector without_mean(const Settings& options, const Vector& x) {
  if (options.at("zero-mean") != "true" || x.size() == 1) return x;
  double mean = 0;
  for (double value : x) mean += value / static_cast<double>(x.size());
  return combine(1, x, -mean, Vector(x.size(), 1.0));
}

Vector turning_bind(const ParamLayout& layout, const Settings& options, const Vector& start) {
  Vector theta = start;
  for (const Block& block : layout.blocks)
    for (Index i = 0; i < block.rows && is_matrix(block); ++i) {
      const Vector w = row(start, block, i);
      const Vector u = unit(without_mean(options, w));
      set_row(theta, block, i, combine(std::sqrt(dot(w, w)), u, 0, u));
    }
  return theta;
}

// The first `steps` steps of the past.
Past until(const Past& past, size_t steps) {
  Past some = past;
  some.theta.resize(steps), some.grad.resize(steps), some.rate.resize(steps);
  return some;
}

double velocity_of(const Past& past, size_t i) {
  double v = 0;
  for (const Vector& g : past.grad) v = past.number("momentum") * v + g[i];
  return v;
}

using Direction = double (*)(const Past&, size_t);

Vector turned(const Past& past, Direction direction, double angle) {
  Vector theta = past.theta.back();
  const double beta = past.number("norm-decay"), n = static_cast<double>(past.grad.size());
  for (const Block& block : past.layout.blocks)
    for (Index i = 0; i < block.rows && is_matrix(block); ++i) {
      const Vector first = row(past.theta[0], block, i);
      const double norm = std::sqrt(dot(first, first));
      double square = 0;
      Vector d;
      for (size_t t = 1; t <= past.grad.size(); ++t) {
        const Past then = until(past, t);
        const Vector w = row(then.theta.back(), block, i);
        d.clear();
        for (Index j = 0; j < block.cols; ++j) d.push_back(direction(then, at(block, i, j)));
        const double whole = dot(d, d);
        d = without_mean(past.options, d);
        d = combine(1, d, -dot(d, w) / (norm * norm), w);
        if (dot(d, d) < std::exp2(-20) * whole) d.assign(d.size(), 0.0);
        square = beta * square + (1 - beta) * dot(d, d);
      }
      if (square == 0) continue;
      const double mean_length = std::sqrt(square / (1 - std::pow(beta, n)));
      const Vector w = unit(combine(1, row(past.theta.back(), block, i), -angle * norm / mean_length, d));
      set_row(theta, block, i, combine(norm, w, 0, w));
    }
  return theta;
}

Vector rotational_momentum_step(const Past& past) {
  const double rate = past.rate.back(), decay = past.number("weight-decay"), mu = past.number("momentum");
  Vector theta = turned(past, velocity_of, std::sqrt(2 * rate * decay / (1 + mu)));
  for (const Block& block : past.layout.blocks)
    for (Index j = 0; j < block.size() && !is_matrix(block); ++j) {
      double v = 0;
      for (size_t t = 0; t < past.grad.size(); ++t)
        v = mu * v + past.grad[t][at(block, 0, j)] + decay * past.theta[t][at(block, 0, j)];
      theta[at(block, 0, j)] -= rate * v;
    }
  return theta;
}

Vector rotational_adamw_step(const Past& past) {
  const double rate = past.rate.back(), decay = past.number("weight-decay"), b1 = past.number("beta1");
  Vector theta = turned(past, adam_direction, std::sqrt(2 * rate * decay * (1 - b1) / (1 + b1)));
  for (const Block& block : past.layout.blocks)
    for (Index j = 0; j < block.size() && !is_matrix(block); ++j)
      theta[at(block, 0, j)] -=
          rate * (adam_direction(past, at(block, 0, j)) + decay * past.theta.back()[at(block, 0, j)]);
  return theta;
}

}  // namespace

Twin rotational_momentum() {
  return {.name = "rotational-momentum",
          .step = rotational_momentum_step,
          .bind = turning_bind,
          .settings = {"", "momentum=0.5 weight-decay=0.1 norm-decay=0.5", "zero-mean=false"}};
}
Twin rotational_adamw() {
  return {
      .name = "rotational-adamw",
      .step = rotational_adamw_step,
      .bind = turning_bind,
      .settings = {"", "beta1=0.5 beta2=0.9 weight-decay=0.1 norm-decay=0.5", "eps=0.01 zero-mean=false"}};
}

}  // namespace symopt::test::twin
