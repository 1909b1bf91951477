// statistics.hpp — the numbers that a comparison rests on. Distributions from Boost.Math, resampling seeded.
// n values; every sum in the order given, so a result does not depend on who computes it.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace symopt {

struct Interval {
  double low, high;
};

double mean(std::span<const double> x);      ///< NaN for n = 0
double variance(std::span<const double> x);  ///< sample variance, 1/(n−1); NaN for n < 2
/// Quantile q in [0, 1] by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
/// NaN for n = 0 or where a value is NaN; values may be infinite.
double quantile(std::vector<double> x, double q);
double median(std::vector<double> x);

/// Percentile bootstrap interval of the mean (Efron 1979). Seeded, so the same in every run. NaN for n < 2
/// or where a value is not finite.
Interval bootstrap_mean(std::span<const double> x, std::uint64_t seed, int resamples = 10000,
                        double level = 0.95);

/// Paired comparison of a and b by differences d = a − b, which must have the same length.
struct PairedTest {
  int pairs = 0;
  double mean_difference = 0;
  Interval interval{0, 0};  ///< bootstrap 95 % of the mean difference
  double t = 0;             ///< NaN, and its p-values, where the differences do not vary or n < 2
  double p_t = 1;           ///< two-sided
  double p_t_less = 1;      ///< one-sided, alternative: mean of a below mean of b
  double w = 0;             ///< Wilcoxon's W+: the rank sum of the positive differences, zeros dropped
  double p_wilcoxon = 1;  ///< two-sided; exact without ties and zeros up to n = 50, else normal with tie and
                          ///< continuity correction, as R's wilcox.test; 1 where all differences are zero
  double d_z = 0;         ///< Cohen's d_z: mean over standard deviation of the differences; NaN where t is
};
/// Differences equal up to the rounding of their operands (4ε times the largest |a|, |b|) count as equal:
/// error rates are counts over a common number, and 0.0140 − 0.0137 ties with 0.0158 − 0.0155. All NaN for n
/// = 0 or non-finite d.
PairedTest paired_test(std::span<const double> a, std::span<const double> b, std::uint64_t seed);

/// Holm 1979: adjusted p-values in the order given. NaN stays NaN and is not counted.
std::vector<double> holm(std::span<const double> p);

}  // namespace symopt
