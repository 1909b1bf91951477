// singular_values.hpp — the singular values of a matrix, without its vectors.
#pragma once
#include "core/arrays.hpp"

namespace symopt {

/// In decreasing order: as many as the smaller side of A.
Eigen::VectorXd singular_values(const Eigen::MatrixXd& A);

}  // namespace symopt
