// singular_values.cpp — A = U B Vᵀ with B bidiagonal, then B's values as eigenvalues (Golub and Kahan 1965).
#include "core/algebra/singular_values.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <stdexcept>

namespace symopt {

// With its rows and columns shuffled together [0 Bᵀ; B 0] is tridiagonal: zeros on the diagonal, b₁₁, b₁₂,
// b₂₂, b₂₃, … beside it. Its eigenvalues are ±σ. Eigen's own SVD, with vectors and two methods, takes four
// times as long to compile.
Eigen::VectorXd singular_values(const Eigen::MatrixXd& A) {
  const Index n = A.cols();
  const double largest = n > 0 ? A.cwiseAbs().maxCoeff() : 0;
  if (!(largest > 0)) return Eigen::VectorXd::Constant(n, largest);
  const Eigen::internal::UpperBidiagonalization<Eigen::MatrixXd> B(A / largest);
  Eigen::VectorXd beside(2 * n - 1);
  for (Index i = 0; i < n; ++i) beside[2 * i] = B.bidiagonal().diagonal()[i];
  for (Index i = 0; i + 1 < n; ++i) beside[2 * i + 1] = B.bidiagonal().diagonal(1)[i];
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen;
  eigen.computeFromTridiagonal(Eigen::VectorXd::Zero(2 * n), beside, Eigen::EigenvaluesOnly);
  if (eigen.info() != Eigen::Success) throw std::runtime_error("singular values: no convergence");
  return largest * eigen.eigenvalues().tail(n).reverse().cwiseMax(0.);
}

}  // namespace symopt
