// singular_values.hpp — the singular values of a square matrix, without its vectors.
#pragma once
#include "core/arrays.hpp"

namespace symopt {

/// A: n×n → n values, in decreasing order, each to a small multiple of ε times the largest one.
Eigen::VectorXd singular_values(const Eigen::MatrixXd& A);

}  // namespace symopt
