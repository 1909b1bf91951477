// singular_values.cpp — by bidiagonalization, divide and conquer (Gu and Eisenstat 1995), in Eigen.
#include "core/algebra/singular_values.hpp"

#include <Eigen/SVD>

namespace symopt {

Eigen::VectorXd singular_values(const Eigen::MatrixXd& A) {
  return Eigen::BDCSVD<Eigen::MatrixXd>(A).singularValues();
}

}  // namespace symopt
