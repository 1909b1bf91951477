// order_statistics.hpp — the lowest of k values drawn from n: what k trials of a random search would have
// found (Dodge, Gururangan, Card, Schwartz, Smith 2019, arXiv:1909.03004; without replacement: Tang, Lee,
// Xin, Liu, Yu, Lin 2020, arXiv:2004.13705).
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace symopt {

struct ExpectedLowest {
  double mean = 0;       ///< of k different ones of the n values: unbiased, and at k = n the lowest
  double deviation = 0;  ///< standard deviation of that lowest
  double replaced = 0;   ///< mean where each of the k may be any of the n: Dodge et al.; biased upwards
};
/// The i-th lowest value is that of k with probability C(n − i, k − 1)/C(n, k). `sorted`: rising, n ≥ 1; 1 ≤
/// k ≤ n.
ExpectedLowest expected_lowest(std::span<const double> sorted, std::size_t k);

/// 1 … n where they are at most `most`, else as many, evenly in the logarithm, with both ends.
std::vector<std::size_t> budgets_up_to(std::size_t n, std::size_t most = 100);

}  // namespace symopt
