// statistics.hpp — the numbers that a comparison rests on. Distributions from Boost.Math. n values; every sum
// in the order given, so a result does not depend on who computes it.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "results/intervals.hpp"

namespace symopt {

double mean(std::span<const double> x);      ///< NaN for n = 0
double variance(std::span<const double> x);  ///< sample variance, 1/(n−1); NaN for n < 2
/// Quantile q in [0, 1] by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
/// NaN for n = 0 or where a value is NaN; values may be infinite.
double quantile(std::vector<double> x, double q);
double median(std::vector<double> x);
/// The least-squares slope of log y against log x, positive and of one length: p of a law y ∝ xᵖ. NaN for n
/// < 2.
double log_slope(std::span<const double> x, std::span<const double> y);

/// Paired comparison of a and b by differences d = a − b, which must have the same length. Where the
/// differences do not vary, as of one pair, there is nothing to judge them by: all but `pairs`,
/// `mean_difference` and `zeros` is NaN.
struct PairedTest {
  int pairs = 0;
  double mean_difference = 0;
  double standard_error = 0;  ///< of the mean difference
  Interval interval{0, 0};    ///< 95 % of the mean difference; Student's excludes 0 exactly where p_t < 0.05
  double t = 0;
  double p_t = 1;       ///< two-sided
  double p_t_less = 1;  ///< one-sided, alternative: mean of a below mean of b
  double w = 0;         ///< Wilcoxon's W+: the rank sum of the positive differences, ties at their mean rank
  int zeros = 0;        ///< differences of 0, which Wilcoxon's test drops
  /// Two-sided. Of up to 50 differences beside the zeros exact: over all their signs, given the ranks that
  /// are there, tied or not. Of more normal with corrections for ties and continuity, as R's wilcox.test.
  double p_wilcoxon = 1;
  double d_z = 0;  ///< Cohen's d_z: mean over standard deviation of the differences
};
/// Differences equal up to the rounding of their operands (4ε times the largest |a|, |b|) count as equal:
/// error rates are counts over a common number, and 0.0140 − 0.0137 ties with 0.0158 − 0.0155. All NaN for n
/// = 0 or non-finite d. The rule's seed serves as it is.
PairedTest paired_test(std::span<const double> a, std::span<const double> b, const IntervalRule& rule);
/// Why a comparison has no test: "no pair", "1 pair", "differences that do not vary"; "" where it has one.
std::string untested_reason(int pairs, double p_t);

/// Equivalence of two paired means within ±margin by two one-sided t tests (Schuirmann 1987). NaN where the t
/// test is.
struct Equivalence {
  double p_within;    ///< the larger of the two p: below the level, the difference lies within ±margin
  double p_beyond;    ///< the smaller p of the opposite tests: below the level, it lies beyond one of them
  Interval interval;  ///< of 1 − 2·level: within ±margin exactly where p_within < level
};
Equivalence equivalence(const PairedTest& test, double margin, double level = 0.05);

/// Holm 1979: adjusted p-values in the order given. NaN stays NaN and is not counted.
std::vector<double> holm(std::span<const double> p);

}  // namespace symopt
