// twin_moments.hpp — running means of gradients, each from its whole history, for the twins of optimizers
// that remember more than a velocity.
#pragma once
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

/// Σ over the past of (1−β) β^(steps since) g^power, of parameter i.
inline double mean_power(const Past& past, size_t i, double beta, int power) {
  double sum = 0;
  const size_t n = past.grad.size();
  for (size_t t = 0; t < n; ++t)
    sum += (1 - beta) * std::pow(beta, static_cast<double>(n - 1 - t)) * std::pow(past.grad[t][i], power);
  return sum;
}

/// m̂/(√v̂ + ε) of parameter i, by the options beta1, beta2 and eps.
inline double adam_direction(const Past& past, size_t i) {
  const double b1 = past.number("beta1"), b2 = past.number("beta2"),
               n = static_cast<double>(past.grad.size());
  const double m = mean_power(past, i, b1, 1) / (1 - std::pow(b1, n)),
               v = mean_power(past, i, b2, 2) / (1 - std::pow(b2, n));
  return m / (std::sqrt(v) + past.number("eps"));
}

/// Filters or class vectors.
inline bool is_matrix(const Block& block) {
  return block.role == Role::filters || block.role == Role::class_vectors;
}

/// The parameters of a block, as a vector.
inline Vector all_of(const Vector& flat, const Block& block) {
  return {flat.begin() + block.offset, flat.begin() + block.offset + block.size()};
}

}  // namespace symopt::test::twin
