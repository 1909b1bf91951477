// manifold.hpp — the oblique manifold: matrices W whose rows have unit norm (Absil and Gallivan 2006).
// w, g: one row; tangent space at w: {ξ : ξ·w = 0}.
#pragma once
#include <cmath>
#include <limits>

#include "core/arrays.hpp"

namespace symopt {

/// g ← g − (g·w) w: the Riemannian gradient, for a unit row w.
template <class W, class G>
void project_to_tangent(const W& w, G&& g) {
  const auto radial = g.dot(w);
  g -= radial * w;
}

/// w ← w/‖w‖. A row of zeros, or with a NaN or an infinity, becomes NaN.
template <class W>
void normalize_row(W&& w) {
  using std::sqrt;
  auto square = w.squaredNorm();
  using Limits = std::numeric_limits<decltype(square)>;
  // A sum of squares that left the format would give a row of zeros.
  if (!(square >= Limits::min() && square <= Limits::max())) {
    w /= w.cwiseAbs().maxCoeff();
    square = w.squaredNorm();
  }
  w *= 1 / sqrt(square);
}

/// w ← the point that the geodesic from w with initial velocity ξ (tangent) reaches at time 1:
/// cos‖ξ‖ w + sin‖ξ‖ ξ/‖ξ‖, normalized against rounding.
template <class W, class Xi>
void geodesic(W&& w, const Xi& xi) {
  using std::cos, std::sin, std::sqrt;
  const auto angle = sqrt(xi.squaredNorm());
  if (angle == 0) return;
  w = cos(angle) * w + (sin(angle) / angle) * xi;
  normalize_row(w);
}

}  // namespace symopt
