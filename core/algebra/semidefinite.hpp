// semidefinite.hpp — solves M x = y for a symmetric positive semi-definite M: by Cholesky, or where M has
// lost rank by the pseudo-inverse (Penrose 1955) from its eigenvalues.
#pragma once
#include "core/algebra/symmetric_eigen.hpp"

namespace symopt {

/// Cholesky is kept while every pivot is above this part of its own diagonal element, a test that scaling
/// rows and columns together does not change: ε^¾, between a product's rounding and what single precision can
/// solve.
template <class Real>
Real rank_tolerance();

/// Allocates on construction only.
template <class Real>
class Semidefinite {
 public:
  /// Matrices of up to capacity×capacity. Eigenvalues up to `rcond` times the largest one are dropped.
  Semidefinite(Index capacity, double rcond);

  /// Only the lower triangle of M: n×n is read. `pseudo`: by eigenvalues even where Cholesky would do.
  /// False, and nothing to solve with, where M has an element that is not finite.
  bool factor(const ConstMatrixView<Real>& M, bool pseudo = false);
  /// rank of the last M: n where Cholesky was kept.
  Index rank() const { return rank_; }
  /// y: n ← M⁻¹ y, or M⁺ y.
  void solve(std::span<Real> y);
  /// out: n×n gets M⁻¹, or M⁺.
  void inverse(MatrixView<Real> out);

 private:
  bool cholesky(const ConstMatrixView<Real>& M);
  void decompose(const ConstMatrixView<Real>& M);

  Index capacity_, n_ = 0, rank_ = 0;
  double rcond_;
  Buffer<Real> factor_;  // n×n: L of M = L Lᵀ; or in its first columns F = V λ^-½, for M⁺ = F Fᵀ
  Array<Real> projected_;
  SymmetricEigen<Real> eigen_;
  bool by_eigenvalues_ = false;
};

}  // namespace symopt
