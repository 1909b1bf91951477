// intervals.cpp — Student's t and the studentized bootstrap (Efron 1981; Hall 1988).
#include "results/intervals.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

constexpr Interval kNoInterval = {std::numeric_limits<double>::quiet_NaN(),
                                  std::numeric_limits<double>::quiet_NaN()};

// Indices below n. A number below n^k has k digits in base n, independent and uniform: k indices for one
// draw. Kept below 2^32, where division is quick.
class Indices {
 public:
  Indices(Stream stream, std::size_t n) : stream_(std::move(stream)), n_(static_cast<std::uint32_t>(n)) {
    assert(n <= std::numeric_limits<std::uint32_t>::max());
    range_ = n_;
    while (range_ * n_ <= std::numeric_limits<std::uint32_t>::max()) range_ *= n_, ++digits_;
  }
  std::uint32_t next() {
    if (left_-- == 0) drawn_ = static_cast<std::uint32_t>(stream_.below(range_)), left_ = digits_ - 1;
    const std::uint32_t index = drawn_ % n_;
    drawn_ /= n_;
    return index;
  }

 private:
  Stream stream_;
  std::uint32_t n_, drawn_ = 0;
  std::uint64_t range_;
  int digits_ = 1, left_ = 0;
};

// t of a sample with mean 0 in the population, from Σ y and Σ y². Σ (y − ȳ)² is their difference, which is
// rounding alone where a resample is one value again and again.
double studentized(double sum, double squares, double n) {
  const double spread = squares - sum * sum / n;
  if (spread <= 4 * n * std::numeric_limits<double>::epsilon() * squares)
    return sum == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), sum);
  return sum / std::sqrt(spread * n / (n - 1));
}

}  // namespace

std::string to_text(IntervalKind kind) {
  switch (kind) {
    case IntervalKind::t:
      return "t";
    case IntervalKind::bootstrap_t:
      return "bootstrap-t";
    case IntervalKind::t_instead:
      return "t-instead";
  }
  return "";
}

const std::vector<std::string>& interval_names() {
  static const std::vector<std::string> names = {to_text(IntervalKind::t),
                                                 to_text(IntervalKind::bootstrap_t)};
  return names;
}

IntervalKind parse_interval(std::string_view text) {
  for (const IntervalKind kind : {IntervalKind::t, IntervalKind::bootstrap_t})
    if (to_text(kind) == text) return kind;
  throw unknown_value("interval", std::string(text), interval_names());
}

Interval t_interval(double mean, double standard_error, std::size_t n, double level) {
  if (n < 2 || !std::isfinite(standard_error)) return kNoInterval;
  const boost::math::students_t distribution(static_cast<double>(n - 1));
  const double reach =
      standard_error * boost::math::quantile(boost::math::complement(distribution, (1 - level) / 2));
  return {mean - reach, mean + reach};
}

Interval t_interval(std::span<const double> x, double level) {
  return t_interval(mean(x), std::sqrt(variance(x) / static_cast<double>(x.size())), x.size(), level);
}

Interval bootstrap_t_interval(std::span<const double> x, std::uint64_t seed, int resamples, double level) {
  const double center = mean(x), n = static_cast<double>(x.size());
  const double standard_error = std::sqrt(variance(x) / n);
  if (x.size() < 2 || !std::isfinite(standard_error) || standard_error == 0) return kNoInterval;
  Indices indices(Stream(seed).fork(Purpose::bootstrap), x.size());
  std::vector<double> t(static_cast<std::size_t>(resamples));
  for (double& resample : t) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double y = x[indices.next()] - center;
      sum += y, squares += y * y;
    }
    resample = studentized(sum, squares, n);
  }
  const double tail = (1 - level) / 2;
  return {center - standard_error * quantile(t, 1 - tail), center - standard_error * quantile(t, tail),
          IntervalKind::bootstrap_t};
}

Interval mean_interval(std::span<const double> x, const IntervalRule& rule) {
  Interval interval = t_interval(x);
  if (rule.kind == IntervalKind::t || std::isnan(interval.low)) return interval;
  if (x.size() >= kFewestResampled) {
    const Interval resampled = bootstrap_t_interval(x, rule.seed);
    if (std::isfinite(resampled.low) && std::isfinite(resampled.high)) return resampled;
  }
  interval.kind = IntervalKind::t_instead;
  return interval;
}

std::string interval_words(const std::set<std::string>& kinds) {
  const bool resampled = kinds.contains(to_text(IntervalKind::bootstrap_t)),
             instead = kinds.contains(to_text(IntervalKind::t_instead));
  if (!resampled && !instead) return "Student's t";
  return fmt::format("bootstrap-t, {} resamples{}", kResamples,
                     instead ? fmt::format("; Student's t instead where there are fewer than {} values or "
                                           "too many resamples do not vary",
                                           kFewestResampled)
                             : "");
}

}  // namespace symopt
