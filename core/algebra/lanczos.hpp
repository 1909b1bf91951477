// lanczos.hpp — the largest eigenvalue of a symmetric matrix that is known by its products only (Lanczos
// 1950).
#pragma once
#include <functional>
#include <span>

#include "core/arrays.hpp"
#include "core/random.hpp"

namespace symopt {

struct LanczosResult {
  double value = 0;     ///< largest Ritz value: never above the largest eigenvalue, but for rounding
  double residual = 0;  ///< ‖Av − value·v‖ of its unit vector v: an eigenvalue is no farther away
  int steps = 0;        ///< products
};

/// product ← A v, both of n elements.
using SymmetricProduct = std::function<void(std::span<const double> v, std::span<double> product)>;

/// From a random vector; ends where the residual is below `tolerance`·|value|, after `max_steps` products, or
/// where the vectors span all that A reaches. Each vector is orthogonalized twice against all before it:
/// steps·n numbers.
LanczosResult largest_eigenvalue(Index n, const SymmetricProduct& multiply, Stream stream, int max_steps,
                                 double tolerance);

}  // namespace symopt
