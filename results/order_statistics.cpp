// order_statistics.cpp — probabilities of the order statistics, by their ratios.
#include "results/order_statistics.hpp"

#include <algorithm>
#include <cmath>

namespace symopt {

ExpectedLowest expected_lowest(std::span<const double> sorted, std::size_t k) {
  const double n = static_cast<double>(sorted.size()), draws = static_cast<double>(k);
  ExpectedLowest result;
  double square = 0, weight = draws / n;  // of the lowest
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double rank = static_cast<double>(i + 1), x = sorted[i] - sorted[0];
    result.mean += weight * x, square += weight * x * x;
    result.replaced += x * (std::pow((n - rank + 1) / n, draws) - std::pow((n - rank) / n, draws));
    weight *= rank < n ? std::max(0.0, n - rank - draws + 1) / (n - rank) : 0;
  }
  result.deviation = std::sqrt(std::max(0.0, square - result.mean * result.mean));
  result.mean += sorted[0], result.replaced += sorted[0];
  return result;
}

std::vector<std::size_t> budgets_up_to(std::size_t n, std::size_t most) {
  std::vector<std::size_t> list;
  for (std::size_t i = 1; i <= std::min(n, most); ++i)
    list.push_back(n <= most ? i
                             : static_cast<std::size_t>(std::lround(
                                   std::pow(static_cast<double>(n),
                                            static_cast<double>(i - 1) / static_cast<double>(most - 1)))));
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

}  // namespace symopt
