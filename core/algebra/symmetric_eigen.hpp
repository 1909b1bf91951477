// symmetric_eigen.hpp — eigenvalues and eigenvectors of symmetric matrices of one size, without allocating:
// Eigen's SelfAdjointEigenSolver in its two parts, since its whole allocates.
#pragma once
#include <Eigen/Eigenvalues>

#include "core/algebra/gemm.hpp"
#include "core/arrays.hpp"

namespace symopt {

/// M = scale · Q T Qᵀ with T = Z Λ Zᵀ tridiagonal. Allocates on construction only.
template <class Real>
class SymmetricEigen {
 public:
  using Columns = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;

  explicit SymmetricEigen(Index n);
  Index size() const { return n_; }
  /// n×n; its lower triangle is what decompose() reads, and it is lost then.
  Columns& matrix() { return Q_; }
  /// The matrix must be finite.
  void decompose();

  Real scale() const { return scale_; }
  /// Λ, of M/scale, in increasing order.
  const Vector& values() const { return tridiagonal_.eigenvalues(); }
  /// Eigenvector i is Q · Z.col(i).
  const Columns& Q() const { return Q_; }
  const Columns& Z() const { return tridiagonal_.eigenvectors(); }
  /// rows: n×n gets eigenvector i as row i.
  void vectors(Real* rows);

 private:
  void multiply_reflections();

  Index n_;
  Real scale_ = Real(1);
  Columns Q_;
  Vector reflections_, diagonal_, subdiagonal_, workspace_;
  Eigen::SelfAdjointEigenSolver<Columns> tridiagonal_;
  Scratch<Real> scratch_;
};

}  // namespace symopt
