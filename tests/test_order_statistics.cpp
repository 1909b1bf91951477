// test_order_statistics.cpp — the expected lowest of k values against the list of all subsets and of all
// draws.
#include <algorithm>
#include <cmath>
#include <functional>

#include "results/order_statistics.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

const std::vector<double> kErrors = {0.011, 0.012, 0.012, 0.02, 0.05, 0.3, 1, 1};

// The lowest of every subset of k.
std::vector<double> lowest_of_subsets(std::size_t k) {
  std::vector<double> list;
  std::vector<char> taken(kErrors.size(), 0);
  std::fill(taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(k), 1);
  do {
    const auto first = std::find(taken.begin(), taken.end(), 1);
    list.push_back(kErrors[static_cast<std::size_t>(first - taken.begin())]);
  } while (std::prev_permutation(taken.begin(), taken.end()));
  return list;
}

// The mean of the lowest over all 8^k draws.
double mean_over_draws(std::size_t k) {
  double sum = 0;
  std::function<void(std::size_t, double)> draw = [&](std::size_t left, double lowest) {
    if (left == 0) {
      sum += lowest;
      return;
    }
    for (const double x : kErrors) draw(left - 1, std::min(lowest, x));
  };
  draw(k, 2);
  return sum / std::pow(kErrors.size(), k);
}

}  // namespace

// Sums of up to 8^5 terms up to 1: their rounding stays below 1e-11.
TEST_CASE("expected lowest: of every subset, and of every draw with replacement") {
  for (std::size_t k = 1; k <= kErrors.size(); ++k) {
    const std::vector<double> all = lowest_of_subsets(k);
    double mean = 0, square = 0;
    for (const double x : all) mean += x / static_cast<double>(all.size());
    for (const double x : all) square += (x - mean) * (x - mean) / static_cast<double>(all.size());
    const ExpectedLowest best = expected_lowest(kErrors, k);
    CAPTURE(k, best.mean, mean, best.deviation, std::sqrt(square));
    CHECK(std::abs(best.mean - mean) < 1e-13);
    CHECK(std::abs(best.deviation - std::sqrt(square)) < 1e-8);  // the root of a difference
    if (k <= 5) CHECK(std::abs(best.replaced - mean_over_draws(k)) < 1e-11);
  }
}

TEST_CASE("expected lowest: of all it is the lowest to the bit, and of one value that") {
  std::vector<double> many;
  for (int i = 0; i < 5000; ++i) many.push_back(0.01 + i * 1e-4);
  CHECK(expected_lowest(many, many.size()).mean == many[0]);
  CHECK(expected_lowest(many, many.size()).deviation == 0);
  double before = 2;
  for (const std::size_t k : budgets_up_to(many.size())) {
    const double mean = expected_lowest(many, k).mean;
    CHECK(mean < before);
    before = mean;
  }
  // Of 0, 1, … n − 1 the lowest of k is (n − k)/(k + 1) on average.
  CHECK(std::abs(expected_lowest(many, 9).mean - (0.01 + 1e-4 * (5000 - 9) / 10.0)) < 1e-12);
  const double one = 0.25;
  CHECK(expected_lowest({&one, 1}, 1).mean == one);
}

TEST_CASE("budgets: all, or some evenly in the logarithm with both ends") {
  CHECK(budgets_up_to(4) == std::vector<std::size_t>{1, 2, 3, 4});
  CHECK(budgets_up_to(1000, 10) == std::vector<std::size_t>{1, 2, 5, 10, 22, 46, 100, 215, 464, 1000});
  CHECK(budgets_up_to(1) == std::vector<std::size_t>{1});
}
