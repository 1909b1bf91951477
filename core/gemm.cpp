// gemm.cpp — the three matrix products of a layer, on Eigen's kernels.
#include "core/gemm.hpp"

namespace symopt {
namespace {

template <class Real>
using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class Real>
auto view(const Real* data, Index rows, Index cols) {
  return Eigen::Map<const Matrix<Real>>(data, rows, cols);
}

template <class Real>
auto view(Real* data, Index rows, Index cols) {
  return Eigen::Map<Matrix<Real>>(data, rows, cols);
}

}  // namespace

template <class Real>
void multiply_nt(Index B, Index O, Index I, const Real* X, const Real* W, Real* Z, Scratch<Real>&) {
  view(Z, B, O).noalias() = view(X, B, I) * view(W, O, I).transpose();
}

template <class Real>
void multiply_tn(Index O, Index I, Index B, const Real* dZ, const Real* X, Real* dW, Scratch<Real>&) {
  view(dW, O, I).noalias() = view(dZ, B, O).transpose() * view(X, B, I);
}

template <class Real>
void multiply_nn(Index B, Index I, Index O, const Real* dZ, const Real* W, Real* dX, Scratch<Real>&) {
  view(dX, B, I).noalias() = view(dZ, B, O) * view(W, O, I);
}

template void multiply_nt(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_nt(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);
template void multiply_tn(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_tn(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);
template void multiply_nn(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_nn(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);

}  // namespace symopt
