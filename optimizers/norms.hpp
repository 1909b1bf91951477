// norms.hpp — norms of whole blocks, and ratios of them, for steps that are measured by their block.
#pragma once
#include <cmath>

#include "core/arrays.hpp"

namespace symopt {

/// √x of a squared norm. NaN where that left the format: a step over an infinite norm would silently be none.
template <class Real>
Real finite_root(Real square) {
  const Real norm = std::sqrt(square);
  return norm + 0 * norm;
}
/// ‖x‖, the same way.
template <class X>
auto finite_norm(const X& x) {
  return finite_root(x.matrix().squaredNorm());
}

/// ‖a‖/‖b‖ of two norms; 1 where either is 0, so that weights of 0 leave it and a gradient of 0 moves
/// nothing.
template <class Real>
Real ratio_of_norms(Real a, Real b) {
  return a == 0 || b == 0 ? Real(1) : a / b;
}

}  // namespace symopt
