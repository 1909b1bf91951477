// twin_un.cpp — W ← Orth(W − λ (G − diag(diag(G Wᵀ)) W)), the matrices multiplied out; or along the great
// circle.
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

using Options = std::map<std::string, std::string>;

bool on_manifold(const Block& block, const Options& options) {
  return block.role == Role::filters || (block.role == Role::class_vectors && options.at("theta") == "unit");
}

Vector row(const Vector& flat, const Block& block, Index i) {
  Vector values;
  for (Index j = 0; j < block.cols; ++j) values.push_back(flat[at(block, i, j)]);
  return values;
}

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

Vector orth(const Vector& w) {
  Vector unit = w;
  for (double& x : unit) x /= std::sqrt(dot(w, w));
  return unit;
}

Vector bind(const ParamLayout& layout, const Options& options, const Vector& start) {
  Vector theta = start;
  for (const Block& block : layout.blocks)
    for (Index i = 0; i < block.rows && on_manifold(block, options); ++i) {
      const Vector unit = orth(row(start, block, i));
      for (Index j = 0; j < block.cols; ++j) theta[at(block, i, j)] = unit[static_cast<size_t>(j)];
    }
  return theta;
}

Vector step(const Past& past) {
  Vector theta = past.theta.back();
  const double rate = past.rate.back();
  for (const Block& block : past.layout.blocks)
    for (Index i = 0; i < block.rows; ++i) {
      const Vector w = row(past.theta.back(), block, i), g = row(past.grad.back(), block, i);
      Vector moved = w;
      if (!on_manifold(block, past.options)) {
        for (size_t j = 0; j < w.size(); ++j) moved[j] = w[j] - rate * g[j];
      } else {
        Vector tangent = g;
        for (size_t j = 0; j < w.size(); ++j) tangent[j] -= dot(g, w) * w[j];
        const double speed = std::sqrt(dot(tangent, tangent));
        for (size_t j = 0; j < w.size(); ++j)
          moved[j] = past.options.at("retraction") == "exp"
                         ? std::cos(rate * speed) * w[j] - std::sin(rate * speed) * tangent[j] / speed
                         : w[j] - rate * tangent[j];
        moved = orth(moved);
      }
      for (Index j = 0; j < block.cols; ++j) theta[at(block, i, j)] = moved[static_cast<size_t>(j)];
    }
  return theta;
}

}  // namespace

Twin un() {
  return {.name = "un",
          .step = step,
          .bind = bind,
          .settings = {"", "retraction=exp", "theta=unit", "retraction=exp theta=unit"}};
}

}  // namespace symopt::test::twin
