// correlation.hpp — how far two quantities rise together over n pairs (Pearson 1895).
#pragma once
#include <span>

#include "results/intervals.hpp"

namespace symopt {

struct Correlation {
  int pairs = 0;
  double r = 0;             ///< Pearson's; NaN where one of the two does not vary, or a value is not finite
  Interval interval{0, 0};  ///< 95 %, by Fisher's z = atanh r ± 1.96/√(n − 3); NaN for n < 4
  double p = 1;  ///< two-sided, of r = 0 by Student's t with n − 2 degrees of freedom; NaN for n < 3
};

/// x and y must have the same length.
Correlation correlation(std::span<const double> x, std::span<const double> y);

}  // namespace symopt
