// least_squares.cpp — by Eigen's complete orthogonal decomposition.
#include "core/algebra/least_squares.hpp"

#include <Eigen/QR>

namespace symopt {

using Decomposition = Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd>;

LeastSquares least_squares(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B) {
  const Decomposition decomposition(A);
  return {decomposition.solve(B), decomposition.rank()};
}

Eigen::MatrixXd pseudo_inverse(const Eigen::MatrixXd& A) { return Decomposition(A).pseudoInverse(); }

}  // namespace symopt
