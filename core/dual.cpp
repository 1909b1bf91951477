// dual.cpp — the three products of a layer over dual numbers: values by one real product, derivatives by two.
#include "core/dual.hpp"

#include "core/arrays.hpp"
#include "core/gemm.hpp"

namespace symopt {

namespace {

// The values (part 0) or the derivatives (part 1) of a rows×cols matrix of duals.
template <class Real>
auto part(int which, const Dual<Real>* data, Index rows, Index cols) {
  using Stride = Eigen::Stride<Eigen::Dynamic, 2>;
  return Eigen::Map<const Matrix<Real>, 0, Stride>(reinterpret_cast<const Real*>(data) + which, rows, cols,
                                                   Stride(2 * cols, 2));
}
template <class Real>
auto part(int which, Dual<Real>* data, Index rows, Index cols) {
  using Stride = Eigen::Stride<Eigen::Dynamic, 2>;
  return Eigen::Map<Matrix<Real>, 0, Stride>(reinterpret_cast<Real*>(data) + which, rows, cols,
                                             Stride(2 * cols, 2));
}

}  // namespace

template <>
void multiply_nt(Index B, Index O, Index I, const Dual<double>* X, const Dual<double>* W, Dual<double>* Z,
                 Scratch<Dual<double>>&) {
  part(0, Z, B, O) = part(0, X, B, I) * part(0, W, O, I).transpose();
  part(1, Z, B, O) = part(1, X, B, I) * part(0, W, O, I).transpose();
  part(1, Z, B, O) += part(0, X, B, I) * part(1, W, O, I).transpose();
}

template <>
void multiply_tn(Index O, Index I, Index B, const Dual<double>* dZ, const Dual<double>* X, Dual<double>* dW,
                 Scratch<Dual<double>>&) {
  part(0, dW, O, I) = part(0, dZ, B, O).transpose() * part(0, X, B, I);
  part(1, dW, O, I) = part(1, dZ, B, O).transpose() * part(0, X, B, I);
  part(1, dW, O, I) += part(0, dZ, B, O).transpose() * part(1, X, B, I);
}

template <>
void multiply_nn(Index B, Index I, Index O, const Dual<double>* dZ, const Dual<double>* W, Dual<double>* dX,
                 Scratch<Dual<double>>&) {
  part(0, dX, B, I) = part(0, dZ, B, O) * part(0, W, O, I);
  part(1, dX, B, I) = part(1, dZ, B, O) * part(0, W, O, I);
  part(1, dX, B, I) += part(0, dZ, B, O) * part(1, W, O, I);
}

}  // namespace symopt
