// power.cpp — noncentral t, and the bisections that invert its power.
#include "results/power.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace symopt {

namespace {

// From here on, with as many degrees of freedom, t is normal but for less than 1e-6 of the power: its
// distance falls as 1/df, and the series of the noncentral distribution would take ever longer.
constexpr double kAsGoodAsNormal = 1e7;

}  // namespace

double paired_power(std::int64_t pairs, double difference, double deviation, double level) {
  const double n = static_cast<double>(pairs), df = n - 1;
  const double shift = std::sqrt(n) * std::abs(difference) / deviation;
  using boost::math::complement;
  if (df >= kAsGoodAsNormal) {
    const boost::math::normal z;
    const double bound = quantile(complement(z, level / 2));
    return cdf(complement(z, bound - shift)) + cdf(z, -bound - shift);
  }
  const double bound = quantile(complement(boost::math::students_t(df), level / 2));
  // Beyond this many deviations nothing of either tail is left in a double.
  if (shift > 40 + 40 * bound) return 1;
  const boost::math::non_central_t t(df, shift);
  return std::min(1.0, cdf(complement(t, bound)) + cdf(t, -bound));
}

std::optional<std::int64_t> pairs_needed(double difference, double deviation, const PowerRule& rule) {
  if (std::isnan(deviation) || difference == 0) return std::nullopt;
  const auto seen = [&](std::int64_t pairs) {
    return deviation == 0 || paired_power(pairs, difference, deviation, rule.level) >= rule.power;
  };
  std::int64_t high = 2;
  while (!seen(high))
    if ((high *= 2) > kMostPairsNeeded) return std::nullopt;
  std::int64_t low = high / 2;  // not seen, or 1
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (seen(middle) ? high : low) = middle;
  }
  return high;
}

double detectable_difference(std::int64_t pairs, double deviation, const PowerRule& rule) {
  if (pairs < 2 || std::isnan(deviation)) return std::numeric_limits<double>::quiet_NaN();
  if (deviation == 0) return 0;
  double low = 0, high = 1;  // in deviations
  while (paired_power(pairs, high, 1, rule.level) < rule.power) low = high, high *= 2;
  while (high - low > 1e-10 * high) {
    const double middle = (low + high) / 2;
    (paired_power(pairs, middle, 1, rule.level) < rule.power ? low : high) = middle;
  }
  return high * deviation;
}

Interval deviation_interval(double deviation, std::int64_t n, double level) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (n < 2 || std::isnan(deviation)) return {nan, nan};
  const double df = static_cast<double>(n - 1), tail = (1 - level) / 2;
  const boost::math::chi_squared distribution(df);
  return {deviation * std::sqrt(df / quantile(boost::math::complement(distribution, tail))),
          deviation * std::sqrt(df / quantile(distribution, tail))};
}

}  // namespace symopt
