// statistics.cpp — moments, quantiles, paired t, two one-sided tests (Schuirmann 1987), Wilcoxon (1945)
// signed ranks, Holm (1979). n values x, or n differences d = a − b of pairs.
#include "results/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace symopt {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool all_finite(std::span<const double> x) {
  return std::all_of(x.begin(), x.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

double mean(std::span<const double> x) {
  if (x.empty()) return kNaN;
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double variance(std::span<const double> x) {
  if (x.size() < 2) return kNaN;
  const double m = mean(x);
  double sum = 0;
  for (const double v : x) sum += (v - m) * (v - m);
  return sum / static_cast<double>(x.size() - 1);
}

double quantile(std::vector<double> x, double q) {
  assert(q >= 0 && q <= 1);
  // NaN has no place in an order.
  if (x.empty() || std::any_of(x.begin(), x.end(), [](double v) { return std::isnan(v); })) return kNaN;
  const double position = q * static_cast<double>(x.size() - 1);
  const auto below = x.begin() + static_cast<std::ptrdiff_t>(position);
  const double fraction = position - std::floor(position);
  std::nth_element(x.begin(), below, x.end());
  if (fraction == 0 || below + 1 == x.end()) return *below;
  const double above = *std::min_element(below + 1, x.end());
  return *below == above ? above : *below + fraction * (above - *below);
}

double median(std::vector<double> x) { return quantile(std::move(x), 0.5); }

double log_slope(std::span<const double> x, std::span<const double> y) {
  if (x.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double u = std::log(x[i]), v = std::log(y[i]);
    sx += u, sy += v, sxx += u * u, sxy += u * v;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

namespace {

constexpr std::size_t kMostExact = 50;

// P(W ≤ w) over all signs of the ranks, given doubled so that the mean ranks of ties are whole: of the 2^n
// sets of ranks, those with a sum of at most w. Counts up to 2^50 are exact in double.
double signed_rank_probability(const std::vector<int>& doubled_ranks, int w) {
  std::vector<double> sets(static_cast<std::size_t>(w) + 1, 0.0);
  sets[0] = 1;
  for (const int rank : doubled_ranks)
    for (int sum = w; sum >= rank; --sum)
      sets[static_cast<std::size_t>(sum)] += sets[static_cast<std::size_t>(sum - rank)];
  return std::ldexp(std::accumulate(sets.begin(), sets.end(), 0.0), -static_cast<int>(doubled_ranks.size()));
}

struct SignedRanks {
  double w = 0;  // rank sum of the positive differences
  double p = 1;  // two-sided
  int zeros = 0;
};

// `tolerance`: differences this near to each other tie, this near to 0 are zeros.
SignedRanks wilcoxon(std::span<const double> d, double tolerance) {
  std::vector<double> kept;
  for (const double v : d)
    if (std::abs(v) > tolerance) kept.push_back(v);
  std::sort(kept.begin(), kept.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  const std::size_t n = kept.size();
  SignedRanks result;
  result.zeros = static_cast<int>(d.size() - n);

  std::vector<int> doubled_ranks;
  double tied = 0;  // Σ (t³ − t) over groups of t ties
  for (std::size_t first = 0, last; first < n; first = last) {
    for (last = first + 1; last < n && std::abs(kept[last]) - std::abs(kept[last - 1]) <= tolerance;) ++last;
    const double t = static_cast<double>(last - first);
    const int doubled = static_cast<int>(first + last + 1);  // twice the mean of first + 1 … last
    doubled_ranks.insert(doubled_ranks.end(), last - first, doubled);
    for (std::size_t i = first; i < last; ++i)
      if (kept[i] > 0) result.w += doubled / 2.0;
    tied += t * t * t - t;
  }

  const double m = static_cast<double>(n);
  const double expected = m * (m + 1) / 4;
  if (n <= kMostExact) {
    const double smaller = std::min(result.w, 2 * expected - result.w);  // the distribution is symmetric
    result.p = std::min(1.0, 2 * signed_rank_probability(doubled_ranks, static_cast<int>(2 * smaller)));
    return result;
  }
  const double deviation = std::sqrt(m * (m + 1) * (2 * m + 1) / 24 - tied / 48);
  const double distance = std::max(0.0, std::abs(result.w - expected) - 0.5);
  result.p = 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), distance / deviation));
  return result;
}

// Of mean differences below and above `bound`, one-sided.
double p_below(const PairedTest& test, double bound) {
  const boost::math::students_t distribution(test.pairs - 1.0);
  return boost::math::cdf(distribution, (test.mean_difference - bound) / test.standard_error);
}
double p_above(const PairedTest& test, double bound) {
  const boost::math::students_t distribution(test.pairs - 1.0);
  return boost::math::cdf(
      boost::math::complement(distribution, (test.mean_difference - bound) / test.standard_error));
}

}  // namespace

PairedTest paired_test(std::span<const double> a, std::span<const double> b, const IntervalRule& rule) {
  assert(a.size() == b.size());
  const std::size_t n = a.size();
  std::vector<double> d(n);
  double scale = 0;
  for (std::size_t i = 0; i < n; ++i) {
    d[i] = a[i] - b[i];
    scale = std::max({scale, std::abs(a[i]), std::abs(b[i])});
  }
  PairedTest test;
  test.pairs = static_cast<int>(n), test.mean_difference = mean(d);
  test.interval = {kNaN, kNaN};
  test.standard_error = test.t = test.p_t = test.p_t_less = test.w = test.p_wilcoxon = test.d_z = kNaN;
  if (n == 0 || !all_finite(d)) return test;

  // Each operand is rounded by at most ε/2 times itself, their difference by less than ε/2 of both.
  const double tolerance = 4 * std::numeric_limits<double>::epsilon() * scale;
  const SignedRanks ranks = wilcoxon(d, tolerance);
  test.zeros = ranks.zeros;
  const auto [lowest, highest] = std::minmax_element(d.begin(), d.end());
  if (n < 2 || *highest - *lowest <= tolerance) return test;

  test.interval = mean_interval(d, rule);
  test.w = ranks.w, test.p_wilcoxon = ranks.p;
  const double deviation = std::sqrt(variance(d));
  test.standard_error = deviation / std::sqrt(static_cast<double>(n));
  test.d_z = test.mean_difference / deviation;
  test.t = test.d_z * std::sqrt(static_cast<double>(n));
  test.p_t_less = p_below(test, 0);
  test.p_t = 2 * std::min(test.p_t_less, p_above(test, 0));
  return test;
}

std::string untested_reason(int pairs, double p_t) {
  if (!std::isnan(p_t)) return "";
  return pairs == 0 ? "no pair" : pairs == 1 ? "1 pair" : "differences that do not vary";
}

Equivalence equivalence(const PairedTest& test, double margin, double level) {
  if (std::isnan(test.p_t)) return {kNaN, kNaN, {kNaN, kNaN}};
  return {std::max(p_below(test, margin), p_above(test, -margin)),
          std::min(p_above(test, margin), p_below(test, -margin)),
          t_interval(test.mean_difference, test.standard_error, static_cast<std::size_t>(test.pairs),
                     1 - 2 * level)};
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return p[i] < p[j]; });
  std::vector<double> adjusted(p.begin(), p.end());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace symopt
