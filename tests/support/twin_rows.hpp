// twin_rows.hpp — rows of a flat array, and the geometry of unit rows, for the twins of optimizers that work
// by rows.
#pragma once
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

inline Vector row(const Vector& flat, const Block& block, Index i) {
  Vector values;
  for (Index j = 0; j < block.cols; ++j) values.push_back(flat[at(block, i, j)]);
  return values;
}

inline void set_row(Vector& flat, const Block& block, Index i, const Vector& values) {
  for (Index j = 0; j < block.cols; ++j) flat[at(block, i, j)] = values[static_cast<size_t>(j)];
}

inline double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

/// a·x + b·y
inline Vector combine(double a, const Vector& x, double b, const Vector& y) {
  Vector sum = x;
  for (size_t j = 0; j < x.size(); ++j) sum[j] = a * x[j] + b * y[j];
  return sum;
}

inline Vector unit(const Vector& w) { return combine(1 / std::sqrt(dot(w, w)), w, 0, w); }

/// z without its component along the unit vector w.
inline Vector tangent(const Vector& z, const Vector& w) { return combine(1, z, -dot(z, w), w); }

/// From w along the tangent vector xi, by normalizing or along the great circle.
inline Vector walk(const Vector& w, const Vector& xi, bool great_circle) {
  const double length = std::sqrt(dot(xi, xi));
  if (great_circle && length == 0) return w;
  return great_circle ? combine(std::cos(length), w, std::sin(length) / length, xi)
                      : unit(combine(1, w, 1, xi));
}

inline Vector unit_filters(const ParamLayout& layout, const Vector& start, bool class_vectors_too = false) {
  Vector theta = start;
  for (const Block& block : layout.blocks)
    for (Index i = 0; i < block.rows; ++i)
      if (block.role == Role::filters || (class_vectors_too && block.role == Role::class_vectors))
        set_row(theta, block, i, unit(row(start, block, i)));
  return theta;
}

}  // namespace symopt::test::twin
