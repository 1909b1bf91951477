// naive_fisher.hpp — gradients of −log p(k|x_b) for every sample b and class k, from nothing but loss
// gradients of the naive network.
#pragma once
#include "tests/support/naive_network.hpp"

namespace symopt::test {

/// Of one sample and class.
struct NaiveScore {
  double p = 0;          ///< p(k|x_b)
  Vector gradient;       ///< −∇ log p(k|x_b)
  std::vector<Rows> dz;  ///< its gradient at every layer's filters: rows×filters
};

/// scores[b][k]; where the classes are pixels', b goes over all of them. With batch normalization a sample's
/// score reaches the dz of all samples.
std::vector<std::vector<NaiveScore>> naive_scores(const NetworkSpec& spec, const Vector& theta,
                                                  const Rows& X);

/// Σ_b Σ_k p ∇log p ∇log pᵀ / B: P×P.
Rows naive_fisher(const NetworkSpec& spec, const Vector& theta, const Rows& X);

}  // namespace symopt::test
