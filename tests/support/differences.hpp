// differences.hpp — central differences of a loss, with the tolerance that they themselves give.
//
// D(h) = (L(x+h) − L(x−h))/2h has a truncation error h² L'''/6 + O(h⁴), of which (D(2h) − D(h))/3 is an
// estimate, and a rounding error η/h, η the error of one L. h ~ ε^(1/3) balances the two.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "tests/support/catch.hpp"

namespace symopt::test {

inline constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

struct Difference {
  double value, tolerance;
};

/// h, of which a difference takes the single and the double on both sides.
inline double step_at(double x) { return std::cbrt(kEpsilon) * std::max(1.0, std::abs(x)); }

// `loss(step)`: L at x + step. η: some 20 roundings of a sum of size `scale`.
template <class Loss>
Difference central_difference(const Loss& loss, double x, double scale) {
  const double h = step_at(x);
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

/// The derivatives of `loss()`, which reads theta, by each parameter. One whose steps leave the `piece` of
/// the function that theta lies on, as `pieces()` names it, is skipped.
template <class Vector, class Loss, class Pieces>
Count compare_gradient(Vector& theta, const Vector& grad, const Loss& loss, const Pieces& pieces) {
  const auto piece = pieces();
  const double scale = loss();
  double most = 0;
  for (double g : grad) most = std::max(most, std::abs(g));
  Count count;
  for (size_t i = 0; i < theta.size(); ++i) {
    const double x = theta[i];
    const double far = 2 * step_at(x);
    bool crosses = false;
    const Difference difference = central_difference(
        [&](double step) {
          theta[i] = x + step;
          // Pieces are named by slow loops. What lies between the two far steps is on their piece; were it
          // not, the component would be compared, and be wrong.
          if (step == far || step == -far) crosses = crosses || pieces() != piece;
          return loss();
        },
        x, scale);
    theta[i] = x;
    if (crosses)
      ++count.skipped;
    else
      compare(count, "parameter " + std::to_string(i), grad[i], difference, most);
  }
  return count;
}

}  // namespace symopt::test
