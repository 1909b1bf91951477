// test_bootstrap.cpp — the percentile bootstrap of the mean (Efron 1979), against distributions known
// exactly.
#include <cmath>
#include <tuple>

#include "core/random.hpp"
#include "results/statistics.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

using Values = std::vector<double>;

const Values kErrors = {0.0143, 0.0151, 0.0139, 0.0162, 0.0147, 0.0155, 0.0149, 0.0158, 0.0141, 0.0153};

}  // namespace

TEST_CASE("bootstrap: it depends on its seed and on nothing else") {
  const Interval first = bootstrap_mean(kErrors, 1), again = bootstrap_mean(kErrors, 1),
                 other = bootstrap_mean(kErrors, 2);
  CHECK(first.low == again.low);
  CHECK(first.high == again.high);
  CHECK((first.low != other.low || first.high != other.high));
}

TEST_CASE("bootstrap: that of two values has the binomial's quantiles") {
  // The mean of a resample of {0, 1} is 0, 1/2, 1 with probability 1/4, 1/2, 1/4.
  const Values x = {0, 1};
  const Interval wide = bootstrap_mean(x, 1, 10000, 0.95), narrow = bootstrap_mean(x, 1, 10000, 0.4);
  CHECK(wide.low == 0);
  CHECK(wide.high == 1);
  CHECK(narrow.low == 0.5);
  CHECK(narrow.high == 0.5);
}

TEST_CASE("bootstrap: that of normal values has their standard error, whatever n") {
  // n of 70,000 draws one index a number, 10 draws nine: both ways of drawing. The interval's half width is
  // 1.96 s √((n−1)/n) / √n; the 2.5 % quantile of 10,000 resamples has standard error 0.027 of the standard
  // error of the mean (√(0.025·0.975/10000) over the normal density 0.0584 there). Six of these on each end;
  // for small n the distribution of resampled means is not normal, and n = 10 gets 10 % more.
  Stream stream(5);
  for (const auto& [n, resamples, slack] :
       {std::tuple(10, 10000, 0.10), {300, 10000, 0.02}, {70000, 200, 0.0}}) {
    Values x(static_cast<std::size_t>(n));
    for (double& v : x) v = stream.normal();
    const double error = std::sqrt(variance(x) * (n - 1) / n / n);
    const double allowed = 6 * 0.027 * std::sqrt(10000.0 / resamples) + 1.96 * slack;
    const Interval interval = bootstrap_mean(x, 9, resamples);
    CAPTURE(n, (interval.low - mean(x)) / error, (interval.high - mean(x)) / error, allowed);
    CHECK(std::abs((interval.low - mean(x)) / error + 1.96) < allowed);
    CHECK(std::abs((interval.high - mean(x)) / error - 1.96) < allowed);
  }
}

TEST_CASE("bootstrap: that of too few values is NaN, of equal values their value") {
  CHECK(std::isnan(bootstrap_mean(Values{}, 1).low));
  CHECK(std::isnan(bootstrap_mean(Values{1}, 1).high));
  const Interval interval = bootstrap_mean(Values{0.5, 0.5, 0.5, 0.5}, 1);
  CHECK(interval.low == 0.5);
  CHECK(interval.high == 0.5);
}
