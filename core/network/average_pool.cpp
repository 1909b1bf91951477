// average_pool.cpp — a pass over each sample's windows; samples are the shares of threads.
#include "core/network/average_pool.hpp"

#include "core/algebra/convolution.hpp"
#include "core/algebra/dual.hpp"
#include "core/network/pooling.hpp"

namespace symopt {

template <class Real>
AveragePool<Real>::AveragePool(const PictureShape& input, Index kernel, Index stride, Padding padding,
                               Index max_batch, Team& team)
    : input_(input), kernel_(kernel), stride_(stride), team_(team) {
  eigen_assert(padding != Padding::same);  // windows begin inside the picture
  output_ = {Windows(input.height, kernel, stride, padding).count,
             Windows(input.width, kernel, stride, padding).count, input.channels};
  Y_.resize(static_cast<size_t>(max_batch * output_.size()));
}

template <class Real>
void AveragePool<Real>::forward(const Real*, Index B, const Real* X, Mode) {
  const Index C = input_.channels, line = input_.width * C;
  team_.run(B, [&](Index b, int) {
    each_pooling_window(input_, output_, kernel_, stride_, b, [&](const PoolingWindow& w) {
      ArrayView<Real> y(Y_.data() + w.out, C);
      y.setZero();
      for (Index row = 0; row < w.rows; ++row)
        for (Index column = 0; column < w.columns; ++column)
          y += ConstArrayView<Real>(X + w.in + row * line + column * C, C);
      y /= static_cast<Real>(w.rows * w.columns);
    });
  });
}

template <class Real>
void AveragePool<Real>::backward(const Real*, Index B, const Real*, Real* dY, Real*, Real* dX) {
  if (dX == nullptr) return;
  const Index C = input_.channels, line = input_.width * C;
  team_.run(B, [&](Index b, int) {
    ArrayView<Real>(dX + b * input_.size(), input_.size()).setZero();
    each_pooling_window(input_, output_, kernel_, stride_, b, [&](const PoolingWindow& w) {
      ArrayView<Real> dy(dY + w.out, C);
      dy /= static_cast<Real>(w.rows * w.columns);
      for (Index row = 0; row < w.rows; ++row)
        for (Index column = 0; column < w.columns; ++column)
          ArrayView<Real>(dX + w.in + row * line + column * C, C) += dy;
    });
  });
}

template class AveragePool<float>;
template class AveragePool<double>;
template class AveragePool<Dual<double>>;

}  // namespace symopt
