// test_intervals.cpp — Student's t and bootstrap-t intervals of a mean: coverage on normal data, agreement
// with the p-value beside them, distributions known exactly.
#include <cmath>

#include "core/random.hpp"
#include "results/statistics.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

using Values = std::vector<double>;

const double nan_value = std::numeric_limits<double>::quiet_NaN();
const Values kErrors = {0.0143, 0.0151, 0.0139, 0.0162, 0.0147, 0.0155, 0.0149, 0.0158, 0.0141, 0.0153};
const IntervalRule kResampled{1, IntervalKind::bootstrap_t};

Values normals(Stream& stream, std::size_t n, double mean, double deviation) {
  Values x(n);
  for (double& v : x) v = mean + deviation * stream.normal();
  return x;
}

// How often an interval of n normal values holds their mean, less 0.95, in standard deviations of that count.
template <class IntervalOf>
double coverage_excess(std::size_t n, int samples, IntervalOf interval_of) {
  Stream stream = Stream(20).fork(Purpose::certificate, n);
  int held = 0;
  for (int s = 0; s < samples; ++s) {
    const Interval interval = interval_of(normals(stream, n, 3, 0.5), s);
    held += interval.low <= 3 && 3 <= interval.high;
  }
  CAPTURE(n, held / static_cast<double>(samples));
  return (held - 0.95 * samples) / std::sqrt(samples * 0.95 * 0.05);
}

}  // namespace

// Four standard deviations of a binomial: one seed of 16,000 would be further away. The percentile
// bootstrap's 1/2 and 3/4 at n = 2 and 3, where it is lowest to highest, and .84, .90 and .93 after them are
// 292, 130, 71, 31 and 16 away.
TEST_CASE("intervals: t holds the mean of normal values in 95 % of samples, of however few") {
  for (const std::size_t n : {2, 3, 5, 10, 20}) {
    const double excess =
        coverage_excess(n, 20000, [](const Values& x, int) { return mean_interval(x, {}); });
    CAPTURE(n, excess);
    CHECK(std::abs(excess) < 4);
  }
}

TEST_CASE("intervals: bootstrap-t holds the mean of normal values in 95 % of samples", "[slow]") {
  for (const std::size_t n : {10, 20}) {
    const double excess = coverage_excess(n, 4000, [](const Values& x, int s) {
      return bootstrap_t_interval(x, static_cast<std::uint64_t>(s), 1999);
    });
    CAPTURE(n, excess);
    CHECK(std::abs(excess) < 4);
  }
}

TEST_CASE("intervals: that of a paired difference excludes 0 exactly where p_t < 0.05") {
  Stream stream(4);
  int excluding = 0, all = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::size_t n = 2 + stream.below(19);
    const double shift = stream.uniform(-1, 1);
    Values a = normals(stream, n, shift, 1), b = normals(stream, n, 0, 1);
    if (round % 2 == 0)  // as test errors: on a grid, with ties and zeros
      for (Values* x : {&a, &b})
        for (double& v : *x) v = std::round(4 * v) / 1e4;
    const PairedTest test = paired_test(a, b, {});
    if (std::isnan(test.p_t)) {
      CHECK(std::isnan(test.interval.low));
      continue;
    }
    const bool excludes = test.interval.low > 0 || test.interval.high < 0;
    CAPTURE(n, test.p_t, test.interval.low, test.interval.high);
    CHECK(excludes == (test.p_t < 0.05));
    excluding += excludes, ++all;
  }
  CHECK(excluding > all / 20);  // both happen often
  CHECK(excluding < all / 2);
}

TEST_CASE("intervals: t is the quantile of SciPy times the standard error, at every level") {
  // brentq(lambda x: t.sf(x, 9) - q, 1, 4) for q = 0.025, 0.05 (t.ppf is 3e-11 away from it); mean ± that ×
  // sd/sqrt(10), with the sd of x = 1 … 10, sqrt(55/6)
  Values x;
  for (int i = 1; i <= 10; ++i) x.push_back(i);
  const double error = std::sqrt(55.0 / 6 / 10);
  for (const auto& [level, quantile] :
       {std::pair(0.95, 2.2621571627982040), std::pair(0.90, 1.8331129326562368)}) {
    const Interval interval = t_interval(x, level);
    CAPTURE(level, interval.low, interval.high);
    CHECK(std::abs(interval.high - 5.5 - quantile * error) < 1e-12);
    CHECK(std::abs(interval.low - 5.5 + quantile * error) < 1e-12);
  }
  CHECK(std::isnan(t_interval(Values{}).low));
  CHECK(std::isnan(t_interval(Values{1}).high));
  CHECK(std::isnan(t_interval(Values{1, 2, nan_value}).low));
  const Interval still = t_interval(Values{0.5, 0.5, 0.5, 0.5});
  CHECK((still.low == 0.5 && still.high == 0.5));
}

TEST_CASE("intervals: bootstrap-t depends on its seed and on nothing else") {
  const Interval first = bootstrap_t_interval(kErrors, 1), again = bootstrap_t_interval(kErrors, 1),
                 other = bootstrap_t_interval(kErrors, 2);
  CHECK(first.low == again.low);
  CHECK(first.high == again.high);
  CHECK((first.low != other.low || first.high != other.high));
}

TEST_CASE("intervals: bootstrap-t of many normal values is Student's, whatever the way of drawing") {
  // n of 70,000 draws one index a number, 200 four. Both ends have t's place within the error of a quantile
  // of B resamples, sqrt(q(1−q)/B)/φ(1.96) = 0.0374 of a standard error at B = 5000 and 0.0837 at B = 1000,
  // and the skewness of the sample, of order 1/√n.
  Stream stream(9);
  for (const auto& [n, resamples, allowed] :
       {std::tuple(200, 5000, 4 * 0.0374 + 4 / std::sqrt(200.0)), std::tuple(70000, 1000, 4 * 0.0837)}) {
    const Values x = normals(stream, static_cast<std::size_t>(n), 1, 2);
    const double error = std::sqrt(variance(x) / n);
    const Interval resampled = bootstrap_t_interval(x, 9, resamples), student = t_interval(x);
    CAPTURE(n, (resampled.low - student.low) / error, (resampled.high - student.high) / error);
    CHECK(std::abs(resampled.low - student.low) < allowed * error);
    CHECK(std::abs(resampled.high - student.high) < allowed * error);
  }
}

TEST_CASE("intervals: bootstrap-t reaches further on the side of the tail, where t is symmetric") {
  // Exponential quantiles: skewed to the right, so the mean is more easily under- than overestimated.
  Values x;
  for (int i = 0; i < 20; ++i) x.push_back(-std::log(1 - (i + 0.5) / 20));
  const Interval interval = bootstrap_t_interval(x, 3);
  CHECK(interval.high - mean(x) > 1.2 * (mean(x) - interval.low));
}

TEST_CASE("intervals: of fewer than 10 values, or where resamples do not vary, t stands in and says so") {
  CHECK(mean_interval(kErrors, {}).kind == IntervalKind::t);
  CHECK(mean_interval(kErrors, kResampled).kind == IntervalKind::bootstrap_t);
  const Values nine(kErrors.begin(), kErrors.begin() + 9);
  // A third of its resamples has the 1 nowhere: no spread.
  const Values lone = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, still(12, 0.25);
  for (const Values& x : {nine, lone, still}) {
    const Interval interval = mean_interval(x, kResampled), student = t_interval(x);
    CHECK(interval.kind == IntervalKind::t_instead);
    CHECK(interval.low == student.low);
    CHECK(interval.high == student.high);
  }
  CHECK(std::isnan(mean_interval(Values{1}, kResampled).low));
}

TEST_CASE("intervals: rounding of equal values is no spread") {
  // Nine times 0.1 do not add up to 0.9: a resample of them alone must not count as one that varies.
  Values x(10, 0.1);
  x[3] = 0.3;
  CHECK(mean_interval(x, kResampled).kind == IntervalKind::t_instead);
}

TEST_CASE("intervals: the caption's words say which they are and why") {
  CHECK(interval_words({}) == "Student's t");
  CHECK(interval_words({"t"}) == "Student's t");
  CHECK(interval_words({"bootstrap-t"}) == "bootstrap-t, 10000 resamples");
  for (const std::set<std::string>& kinds :
       {std::set<std::string>{"t-instead"}, {"bootstrap-t", "t-instead"}}) {
    CHECK(contains(interval_words(kinds), "bootstrap-t"));
    CHECK(contains(interval_words(kinds), "Student's t instead where there are fewer than 10 values"));
  }
  CHECK(parse_interval("t") == IntervalKind::t);
  CHECK(parse_interval("bootstrap-t") == IntervalKind::bootstrap_t);
  CHECK(contains(error_of([] { parse_interval("bca"); }), "bootstrap-t"));
  CHECK_FALSE(error_of([] { parse_interval("t-instead"); }).empty());
}
