// statistics.cpp — moments, quantiles, the bootstrap (Efron 1979), paired t, Wilcoxon (1945) signed ranks,
// Holm (1979). n values x, or n differences d = a − b of pairs.
#include "results/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.hpp"

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

Interval bootstrap_mean(std::span<const double> x, std::uint64_t seed, int resamples, double level) {
  if (x.size() < 2 || !all_finite(x)) return {kNaN, kNaN};
  Stream stream = Stream(seed).fork(Purpose::bootstrap);
  // A number below n^k has k digits in base n, independent and uniform: k indices for one draw.
  // Kept below 2^32, where division is quick.
  assert(x.size() <= std::numeric_limits<std::uint32_t>::max());
  const auto n = static_cast<std::uint32_t>(x.size());
  std::uint64_t range = n;
  int digits = 1;
  while (range * n <= std::numeric_limits<std::uint32_t>::max()) range *= n, ++digits;

  std::vector<double> means(static_cast<std::size_t>(resamples));
  std::uint32_t drawn = 0;
  int left = 0;
  for (double& resample : means) {
    double sum = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (left-- == 0) drawn = static_cast<std::uint32_t>(stream.below(range)), left = digits - 1;
      sum += x[drawn % n];
      drawn /= n;
    }
    resample = sum / static_cast<double>(n);
  }
  const double tail = (1 - level) / 2;
  return {quantile(means, tail), quantile(means, 1 - tail)};
}

namespace {

// P(W+ ≤ w) for n ranks without ties: of the 2^n sets of ranks, those with a sum of at most w. Counts up to
// 2^50 are exact in double.
double signed_rank_probability(int n, int w) {
  const int total = n * (n + 1) / 2;
  std::vector<double> sets(static_cast<std::size_t>(total) + 1, 0.0);
  sets[0] = 1;
  for (int rank = 1; rank <= n; ++rank)
    for (int sum = rank * (rank + 1) / 2; sum >= rank; --sum)
      sets[static_cast<std::size_t>(sum)] += sets[static_cast<std::size_t>(sum - rank)];
  return std::ldexp(std::accumulate(sets.begin(), sets.begin() + w + 1, 0.0), -n);
}

struct SignedRanks {
  double w = 0;  // rank sum of the positive differences
  double p = 1;  // two-sided
};

// `tolerance`: differences this near to each other tie, this near to 0 are zeros. As R's wilcox.test: zeros
// are dropped; with ties, zeros or n > 50 W+ is taken as normal, its variance corrected for ties and its
// distance by 1/2.
SignedRanks wilcoxon(std::span<const double> d, double tolerance) {
  std::vector<double> kept;
  for (const double v : d)
    if (std::abs(v) > tolerance) kept.push_back(v);
  std::sort(kept.begin(), kept.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  const std::size_t n = kept.size();
  if (n == 0) return {};

  SignedRanks result;
  double tied = 0;  // Σ (t³ − t) over groups of t ties
  for (std::size_t first = 0, last; first < n; first = last) {
    for (last = first + 1; last < n && std::abs(kept[last]) - std::abs(kept[last - 1]) <= tolerance;) ++last;
    const double t = static_cast<double>(last - first);
    const double rank = static_cast<double>(first + last + 1) / 2;  // mean of first + 1 … last
    for (std::size_t i = first; i < last; ++i)
      if (kept[i] > 0) result.w += rank;
    tied += t * t * t - t;
  }

  const double m = static_cast<double>(n);
  const double expected = m * (m + 1) / 4;
  if (tied == 0 && n == d.size() && n <= 50) {
    const double smaller = std::min(result.w, 2 * expected - result.w);  // the distribution is symmetric
    result.p = std::min(1.0, 2 * signed_rank_probability(static_cast<int>(n), static_cast<int>(smaller)));
    return result;
  }
  const double deviation = std::sqrt(m * (m + 1) * (2 * m + 1) / 24 - tied / 48);
  const double distance = std::max(0.0, std::abs(result.w - expected) - 0.5);
  result.p = 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), distance / deviation));
  return result;
}

}  // namespace

PairedTest paired_test(std::span<const double> a, std::span<const double> b, std::uint64_t seed) {
  assert(a.size() == b.size());
  const std::size_t n = a.size();
  std::vector<double> d(n);
  double scale = 0;
  for (std::size_t i = 0; i < n; ++i) {
    d[i] = a[i] - b[i];
    scale = std::max({scale, std::abs(a[i]), std::abs(b[i])});
  }
  PairedTest test{static_cast<int>(n), mean(d), {kNaN, kNaN}, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN};
  if (n == 0 || !all_finite(d)) return test;

  test.interval = bootstrap_mean(d, seed);
  // Each operand is rounded by at most ε/2 times itself, their difference by less than ε/2 of both.
  const double tolerance = 4 * std::numeric_limits<double>::epsilon() * scale;
  const SignedRanks ranks = wilcoxon(d, tolerance);
  test.w = ranks.w, test.p_wilcoxon = ranks.p;

  const auto [lowest, highest] = std::minmax_element(d.begin(), d.end());
  if (n < 2 || *highest - *lowest <= tolerance) return test;
  const double deviation = std::sqrt(variance(d));
  test.d_z = test.mean_difference / deviation;
  test.t = test.d_z * std::sqrt(static_cast<double>(n));
  const boost::math::students_t distribution(static_cast<double>(n - 1));
  test.p_t = 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(test.t)));
  test.p_t_less = boost::math::cdf(distribution, test.t);
  return test;
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
