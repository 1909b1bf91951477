// decompositions.cpp — eigenvalues of symmetric matrices, singular values by them, Householder's orthogonal
// matrix, LU with full pivoting.
#include "tests/support/decompositions.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>

namespace symopt::test {

SymmetricParts symmetric_parts(const Eigen::MatrixXd& S) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(S);
  return {eigen.eigenvalues(), eigen.eigenvectors()};
}

// The eigenvalues of (0, A; Aᵀ, 0) are the singular values, their negatives, and zeros (Jordan, Wielandt):
// each as exact, relative to the largest, as the eigenvalues are, where those of AᵀA would lose half of the
// digits.
Eigen::VectorXd singular_values(const Eigen::MatrixXd& A) {
  const Eigen::Index m = A.rows(), n = A.cols();
  Eigen::MatrixXd both = Eigen::MatrixXd::Zero(m + n, m + n);
  both.topRightCorner(m, n) = A;
  both.bottomLeftCorner(n, m) = A.transpose();
  return symmetric_parts(both).values.tail(std::min(m, n)).reverse().cwiseMax(0);
}

Eigen::MatrixXd random_rotation(Eigen::Index n, Stream& stream) {
  const Eigen::MatrixXd random = Eigen::MatrixXd::NullaryExpr(n, n, [&] { return stream.normal(); });
  return Eigen::HouseholderQR<Eigen::MatrixXd>(random).householderQ();
}

Eigen::MatrixXd dense_solve(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B) {
  return A.fullPivLu().solve(B);
}

}  // namespace symopt::test
