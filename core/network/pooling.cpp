// pooling.cpp — a pass over each sample's pixels; samples are the shares of threads.
#include "core/network/pooling.hpp"

#include <algorithm>

#include "core/algebra/dual.hpp"

namespace symopt {

template <class Real>
MaxPool<Real>::MaxPool(const PictureShape& input, Index kernel, Index stride, Padding padding,
                       Index max_batch, Team& team)
    : input_(input), kernel_(kernel), stride_(stride), team_(team) {
  const Windows rows(input.height, kernel, stride, padding), columns(input.width, kernel, stride, padding);
  output_ = {rows.count, columns.count, input.channels};
  above_ = rows.before, before_ = columns.before;
  Y_.resize(static_cast<size_t>(max_batch * output_.size()));
  winner_.resize(Y_.size());
}

template <class Real>
void MaxPool<Real>::forward(const Real*, Index B, const Real* X, Mode) {
  const Index C = input_.channels;
  team_.run(B, [&](Index b, int) {
    const Real* sample = X + b * input_.size();
    Real* __restrict y = Y_.data() + b * output_.size();
    std::uint8_t* __restrict winner = winner_.data() + b * output_.size();
    for (Index row = 0; row < output_.height; ++row)
      for (Index column = 0; column < output_.width; ++column, y += C, winner += C) {
        bool first = true;
        for (Index ky = 0; ky < kernel_; ++ky)
          for (Index kx = 0; kx < kernel_; ++kx) {
            const Index i = row * stride_ + ky - above_, j = column * stride_ + kx - before_;
            if (i < 0 || i >= input_.height || j < 0 || j >= input_.width) continue;
            const Real* __restrict x = sample + (i * input_.width + j) * C;
            const auto place = static_cast<std::uint8_t>(ky * kernel_ + kx);
            for (Index c = 0; c < C; ++c) {
              const bool wins = first || x[c] > y[c] || x[c] != x[c];
              y[c] = wins ? x[c] : y[c];
              winner[c] = wins ? place : winner[c];
            }
            first = false;
          }
      }
  });
}

template <class Real>
template <class Visit>
void MaxPool<Real>::visit_winners(Index b, const Visit& visit) const {
  const Index C = input_.channels;
  const std::uint8_t* winner = winner_.data() + b * output_.size();
  Index i = 0;
  for (Index row = 0; row < output_.height; ++row)
    for (Index column = 0; column < output_.width; ++column)
      for (Index c = 0; c < C; ++c, ++i) {
        const Index from_row = row * stride_ - above_ + winner[i] / kernel_;
        const Index from_column = column * stride_ - before_ + winner[i] % kernel_;
        visit(i, (from_row * input_.width + from_column) * C + c);
      }
}

template <class Real>
void MaxPool<Real>::backward(const Real*, Index B, const Real*, Real* dY, Real*, Real* dX) {
  if (dX == nullptr) return;
  team_.run(B, [&](Index b, int) {
    const Real* dy = dY + b * output_.size();
    Real* dx = dX + b * input_.size();
    std::fill_n(dx, input_.size(), Real(0));
    visit_winners(b, [&](Index i, Index j) { dx[j] += dy[i]; });
  });
}

template <class Real>
Unpool<Real>::Unpool(const MaxPool<Real>& pool, Index max_batch, Team& team) : pool_(pool), team_(team) {
  Y_.resize(static_cast<size_t>(max_batch * pool.input().size()));
}

template <class Real>
void Unpool<Real>::forward(const Real*, Index B, const Real* X, Mode) {
  const Index in = input().size(), out = output_shape().size();
  team_.run(B, [&](Index b, int) {
    Real* y = Y_.data() + b * out;
    std::fill_n(y, out, Real(0));
    pool_.visit_winners(b, [&](Index i, Index j) { y[j] = X[b * in + i]; });
  });
}

template <class Real>
void Unpool<Real>::backward(const Real*, Index B, const Real*, Real* dY, Real*, Real* dX) {
  if (dX == nullptr) return;
  const Index in = input().size(), out = output_shape().size();
  team_.run(B, [&](Index b, int) {
    pool_.visit_winners(b, [&](Index i, Index j) { dX[b * in + i] = dY[b * out + j]; });
  });
}

template <class Real>
GlobalAverage<Real>::GlobalAverage(const PictureShape& input, Index max_batch) : input_(input) {
  Y_.resize(static_cast<size_t>(max_batch * input.channels));
}

template <class Real>
void GlobalAverage<Real>::forward(const Real*, Index B, const Real* X, Mode) {
  const Index P = input_.pixels(), C = input_.channels;
  for (Index b = 0; b < B; ++b) {
    ArrayView<Real> y(Y_.data() + b * C, C);
    y.setZero();
    for (Index p = 0; p < P; ++p) y += ConstArrayView<Real>(X + (b * P + p) * C, C);
    y /= static_cast<Real>(P);
  }
}

template <class Real>
void GlobalAverage<Real>::backward(const Real*, Index B, const Real*, Real* dY, Real*, Real* dX) {
  if (dX == nullptr) return;
  const Index P = input_.pixels(), C = input_.channels;
  for (Index b = 0; b < B; ++b)
    for (Index p = 0; p < P; ++p)
      ArrayView<Real>(dX + (b * P + p) * C, C) = ConstArrayView<Real>(dY + b * C, C) / static_cast<Real>(P);
}

template class MaxPool<float>;
template class MaxPool<double>;
template class MaxPool<Dual<double>>;
template class Unpool<float>;
template class Unpool<double>;
template class Unpool<Dual<double>>;
template class GlobalAverage<float>;
template class GlobalAverage<double>;
template class GlobalAverage<Dual<double>>;

}  // namespace symopt
