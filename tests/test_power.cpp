// test_power.cpp — the power of the paired t test against quadrature, against the test itself on drawn
// differences, and its inverses; the interval of a deviation; what the table says.
#include <cmath>

#include "core/random.hpp"
#include "experiments/commands/plan_detect.hpp"
#include "results/power.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// 1e-8: Boost's quantile of Student's t is off by up to 4e-9 of the power.
void check_close(double actual, double expected, double tolerance = 1e-8) {
  CAPTURE(actual, expected, actual - expected);
  CHECK(std::abs(actual - expected) <= tolerance * std::abs(expected));
}

std::string single_spaced(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (c != ' ' || !result.ends_with(' ')) result += c;
  return result;
}

}  // namespace

// ∫ [Φ(δ√n − c s) + Φ(−δ√n − c s)] f(s) ds over the density f of √(χ²/(n − 1)), c = t.isf(level/2, n − 1): by
// scipy.integrate.quad (SciPy 1.10.1), without the noncentral t distribution.
TEST_CASE("power: the two tails of noncentral t, against quadrature over the estimated deviation") {
  check_close(paired_power(2, 1, 1, 0.05), 0.09280915505);
  check_close(paired_power(3, 2, 1, 0.05), 0.4707494313);
  check_close(paired_power(10, 0.5, 1, 0.05), 0.2931756065);
  check_close(paired_power(30, 0.5, 1, 0.01), 0.5025554971);
  check_close(paired_power(100, 0.2, 1, 0.05), 0.5082648067);
  check_close(paired_power(10, 1, 1, 0.05 / 9), 0.3953835478);
  CHECK(paired_power(10, 0.001, 0.002, 0.05) == paired_power(10, -0.5, 1, 0.05));
  check_close(paired_power(10, 0, 1, 0.05), 0.05);
  CHECK(paired_power(2, 1e9, 1, 0.05) == 1);
  // Where the normal distribution takes over.
  check_close(paired_power(10'000'001, 1e-3, 1, 0.05), paired_power(10'000'000, 1e-3, 1, 0.05), 1e-6);
}

TEST_CASE("power: the share of drawn samples in which the program's own test has p below the level") {
  constexpr int kSamples = 4000, kPairs = 8;
  Stream stream = Stream(3).fork(Purpose::certificate, 0);
  int seen = 0;
  for (int s = 0; s < kSamples; ++s) {
    std::vector<double> a(kPairs), b(kPairs, 0.0);
    for (double& v : a) v = 0.9 + stream.normal();
    seen += paired_test(a, b, {}).p_t < 0.05;
  }
  const double p = paired_power(kPairs, 0.9, 1, 0.05);
  CAPTURE(seen / static_cast<double>(kSamples), p);
  CHECK(std::abs(seen - p * kSamples) < 4 * std::sqrt(kSamples * p * (1 - p)));
}

// R's power.t.test(delta = 0.5, sd = 1, power = 0.8, type = "paired") has n = 33.37.
TEST_CASE("pairs needed: the first number with the power, and none below it") {
  CHECK(pairs_needed(0.5, 1, {0.05, 0.8}) == 34);
  for (const double difference : {0.01, 0.1, 0.5, 1.0, 3.0})
    for (const double power : {0.5, 0.8, 0.95}) {
      CAPTURE(difference, power);
      const std::int64_t n = pairs_needed(difference, 1, {0.05, power}).value();
      CHECK(paired_power(n, difference, 1, 0.05) >= power);
      if (n > 2) CHECK(paired_power(n - 1, difference, 1, 0.05) < power);
    }
  CHECK(pairs_needed(100, 1, {}) == 2);
  CHECK(pairs_needed(0.1, 0, {}) == 2);
  CHECK_FALSE(pairs_needed(1e-6, 1, {}));
  CHECK_FALSE(pairs_needed(0.1, std::nan(""), {}));
}

TEST_CASE("detectable difference: the one that so many pairs see with the power asked for") {
  for (const std::int64_t n : {2, 3, 10, 100})
    check_close(paired_power(n, detectable_difference(n, 0.3, {0.05, 0.8}), 0.3, 0.05), 0.8);
  CHECK(std::isnan(detectable_difference(1, 1, {})));
  CHECK(detectable_difference(5, 0, {}) == 0);
}

// SciPy 1.10.1: sqrt((n - 1)/chi2.ppf([.975, .025], n - 1)).
TEST_CASE("interval of a deviation: χ² with n − 1 degrees of freedom") {
  const auto check = [](std::int64_t n, double low, double high) {
    const Interval interval = deviation_interval(2, n);
    check_close(interval.low, 2 * low, 1e-12), check_close(interval.high, 2 * high, 1e-12);
  };
  check(2, 0.44614918492071, 31.910159349644);
  check(3, 0.52065826669882, 6.2847346964854);
  check(10, 0.687835206749, 1.8256101825196);
  check(50, 0.83533401031017, 1.2461333601018);
  CHECK(std::isnan(deviation_interval(1, 1).low));
}

TEST_CASE("power table: a row a pair, its ends, and pairs without a deviation with their reason") {
  // The table's own deviation is 1 point: differences of ±√½ points around 0.
  const double a = std::sqrt(0.5) / 100;
  const std::vector<Comparison> comparisons = {
      {"mnist", "archbn-2", "sgd", "un", paired_test(std::vector{a, -a}, std::vector{0.0, 0.0}, {}), 1, 1},
      {"mnist", "archbn-2", "sgd", "sm", paired_test(std::vector{a}, std::vector{0.0}, {}), 1, 1}};
  const std::string text = power_table(comparisons, 0.01, {0.05, 0.8});
  CHECK(contains(text, "a difference of 1 points of test error"));
  // 1 point at a deviation of 1: 10 pairs; 2 pairs see 11.55 deviations.
  const std::string row = single_spaced(text);
  CAPTURE(row);
  CHECK(contains(row, " archbn-2 sgd un 2 1 0.446 – 31.9 10 "));
  CHECK(contains(row, " 10 11.5\n"));
  CHECK(contains(text, "no deviation, 1 pair: sgd − sm on archbn-2"));
  CHECK(contains(text, "--trials 10"));
}

TEST_CASE("power: what is no results folder is refused with how it is written") {
  CHECK(contains(error_of([] { plan_detection("paper", 0.001, {}); }), "symopt plan out/pilot --detect 0.1"));
}
