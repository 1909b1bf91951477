// power.hpp — how many pairs a two-sided paired t test needs to see a difference: power by the noncentral t
// distribution, exact for normal differences. Distributions from Boost.Math.
#pragma once
#include <cstdint>
#include <optional>

#include "results/intervals.hpp"

namespace symopt {

/// A test and what is asked of it. `level` and `power` in (0, 1).
struct PowerRule {
  double level = 0.05;  ///< of the two-sided test
  double power = 0.8;   ///< with which it is to see the difference
};

/// Probability that the test of n ≥ 2 pairs, whose differences have mean `difference` and standard deviation
/// `deviation` > 0, has p < level: both tails of T with n − 1 degrees of freedom and noncentrality
/// √n·difference/deviation.
double paired_power(std::int64_t pairs, double difference, double deviation, double level);

/// No answer is larger.
inline constexpr std::int64_t kMostPairsNeeded = 1'000'000'000;
/// The fewest pairs, at least 2, with which the power is reached; nothing where that takes more than
/// kMostPairsNeeded. 2 where the differences do not vary. NaN deviation: nothing.
std::optional<std::int64_t> pairs_needed(double difference, double deviation, const PowerRule& rule);

/// The smallest difference that `pairs` ≥ 2 pairs see, in the unit of `deviation`, to 10 digits. NaN for
/// fewer pairs or a NaN deviation; 0 where the differences do not vary.
double detectable_difference(std::int64_t pairs, double deviation, const PowerRule& rule);

/// Of the standard deviation of normal values, from that of n of them: (n − 1)s²/σ² is χ² with n − 1 degrees
/// of freedom. NaN for n < 2.
Interval deviation_interval(double deviation, std::int64_t n, double level = 0.95);

}  // namespace symopt
