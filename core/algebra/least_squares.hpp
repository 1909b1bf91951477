// least_squares.hpp — least squares of least norm, whatever the rank (Penrose 1955).
#pragma once
#include <Eigen/Core>

namespace symopt {

struct LeastSquares {
  Eigen::MatrixXd X;        ///< A⁺ B
  Eigen::Index rank_A = 0;  ///< as found by the decomposition, to rounding
};

/// Of all X with the least |A X − B| the one with the least norm. A: m×n, B: m×k, X: n×k.
LeastSquares least_squares(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B);

/// A⁺: n×m of A: m×n.
Eigen::MatrixXd pseudo_inverse(const Eigen::MatrixXd& A);

}  // namespace symopt
