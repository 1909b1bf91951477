// decompositions.hpp — Eigen's decompositions behind functions: their templates take up to half a minute to
// compile in each file that names them.
#pragma once
#include <Eigen/Core>

#include "core/random.hpp"

namespace symopt::test {

/// S = V Λ Vᵀ of a symmetric S: n×n.
struct SymmetricParts {
  Eigen::VectorXd values;   ///< Λ, the lowest first
  Eigen::MatrixXd vectors;  ///< V: n×n, one in each column
};
SymmetricParts symmetric_parts(const Eigen::MatrixXd& S);

/// min(rows, cols) values, the largest first.
Eigen::VectorXd singular_values(const Eigen::MatrixXd& A);

/// n×n, orthogonal, from n² standard normal draws.
Eigen::MatrixXd random_rotation(Eigen::Index n, Stream& stream);

/// X of A X = B, for an A: n×n of full rank.
Eigen::MatrixXd dense_solve(const Eigen::MatrixXd& A, const Eigen::MatrixXd& B);

}  // namespace symopt::test
