// rotation.cpp — Cayley's transform.
#include "core/symmetry/rotation.hpp"

#include <Eigen/LU>

namespace symopt {

Matrix<double> draw_rotation(Index n, Stream& stream, double size) {
  Matrix<double> S = Matrix<double>::Zero(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < i; ++j) {
      S(i, j) = size / 2 * stream.normal();
      S(j, i) = -S(i, j);
    }
  const Matrix<double> I = Matrix<double>::Identity(n, n);
  return (I - S).partialPivLu().solve(I + S);
}

}  // namespace symopt
