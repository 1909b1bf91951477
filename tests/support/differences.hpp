// differences.hpp — central differences of a loss, with the tolerance that they themselves give.
//
// D(h) = (L(x+h) − L(x−h))/2h has a truncation error h² L'''/6 + O(h⁴), of which (D(2h) − D(h))/3 is an
// estimate, and a rounding error η/h, η the error of one L. h ~ ε^(1/3) balances the two.
#pragma once
#include <cmath>
#include <limits>
#include <string>

#include "tests/support/catch.hpp"

namespace symopt::test {

inline constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

struct Difference {
  double value, tolerance;
};

// `loss(step)`: L at x + step. η: some 20 roundings of a sum of size `scale`.
template <class Loss>
Difference central_difference(const Loss& loss, double x, double scale) {
  const double h = std::cbrt(kEpsilon) * std::max(1.0, std::abs(x));
  const double near = (loss(h) - loss(-h)) / (2 * h), far = (loss(2 * h) - loss(-2 * h)) / (4 * h);
  return {near, std::abs(far - near) + 20 * kEpsilon * std::max(1.0, scale) / h};
}

// A tolerance that is no small part of the gradient would let a wrong one pass.
inline constexpr double kSharp = 1e-5;

struct Count {
  int checked = 0, skipped = 0, wrong = 0, blunt = 0;
};

// One component of a gradient, with what a failure should print.
inline void compare(Count& count, const std::string& what, double actual, const Difference& expected,
                    double scale) {
  ++count.checked;
  if (expected.tolerance > kSharp * scale) ++count.blunt;
  const double difference = std::abs(actual - expected.value);
  if (difference <= expected.tolerance) return;
  if (++count.wrong == 1)
    UNSCOPED_INFO(what << ": expected " << expected.value << ", actual " << actual << ", difference "
                       << difference << ", tolerance " << expected.tolerance);
}

}  // namespace symopt::test
