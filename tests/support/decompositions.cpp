// decompositions.cpp — Jacobi's singular values, Householder's orthogonal matrix, LU with full pivoting.
#include "tests/support/decompositions.hpp"

#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>

namespace symopt::test {

Eigen::VectorXd singular_values(const Eigen::MatrixXd& A) {
  return Eigen::JacobiSVD<Eigen::MatrixXd>(A).singularValues();
}

Eigen::MatrixXd random_rotation(Eigen::Index n, Stream& stream) {
  const Eigen::MatrixXd random = Eigen::MatrixXd::NullaryExpr(n, n, [&] { return stream.normal(); });
  return Eigen::HouseholderQR<Eigen::MatrixXd>(random).householderQ();
}

Eigen::MatrixXd dense_solve(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B) {
  return A.fullPivLu().solve(B);
}

}  // namespace symopt::test
