// response_norm.cpp — pixel by pixel.
//   dx_c = dy_c s_c^(−β) − (2αβ/n) x_c Σ dy_j y_j / s_j over the channels j around c.
#include "core/network/response_norm.hpp"

#include <cmath>

#include "core/algebra/dual.hpp"

namespace symopt {

namespace {

constexpr Index kChannels = 5;
constexpr double kAlpha = 1e-4, kBeta = 0.75;

// Σ of values(j) over the channels around c.
template <class Real, class Values>
Real sum_around(Index c, Index C, const Values& values) {
  Real sum(0);
  for (Index j = std::max<Index>(0, c - kChannels / 2); j < std::min(C, c + kChannels / 2 + 1); ++j)
    sum += values(j);
  return sum;
}

template <class Real>
Real power(Real s) {
  using std::exp, std::log;
  return exp(Real(static_cast<Real>(-kBeta)) * log(s));
}

}  // namespace

template <class Real>
ResponseNorm<Real>::ResponseNorm(const PictureShape& shape, Index max_batch, Team& team)
    : shape_(shape), team_(team) {
  Y_.resize(static_cast<size_t>(max_batch * shape.size()));
  s_.resize(Y_.size());
}

template <class Real>
void ResponseNorm<Real>::forward(const Real*, Index B, const Real* X, Mode) {
  const Index C = shape_.channels;
  const Real share = static_cast<Real>(kAlpha / static_cast<double>(kChannels));
  team_.run(B, [&](Index b, int) {
    const Real* x = X + b * shape_.size();
    Real *y = Y_.data() + b * shape_.size(), *s = s_.data() + b * shape_.size();
    for (Index p = 0; p < shape_.pixels(); ++p, x += C, y += C, s += C)
      for (Index c = 0; c < C; ++c) {
        s[c] = Real(1) + share * sum_around<Real>(c, C, [&](Index j) { return x[j] * x[j]; });
        y[c] = x[c] * power(s[c]);
      }
  });
}

template <class Real>
void ResponseNorm<Real>::backward(const Real*, Index B, const Real* X, Real* dY, Real*, Real* dX) {
  if (dX == nullptr) return;
  const Index C = shape_.channels;
  const Real share = static_cast<Real>(2 * kAlpha * kBeta / static_cast<double>(kChannels));
  team_.run(B, [&](Index b, int) {
    const Index at = b * shape_.size();
    const Real *x = X + at, *y = Y_.data() + at, *s = s_.data() + at, *dy = dY + at;
    Real* dx = dX + at;
    for (Index p = 0; p < shape_.pixels(); ++p, x += C, y += C, s += C, dy += C, dx += C)
      for (Index c = 0; c < C; ++c)
        dx[c] = dy[c] * power(s[c]) -
                share * x[c] * sum_around<Real>(c, C, [&](Index j) { return dy[j] * y[j] / s[j]; });
  });
}

template class ResponseNorm<float>;
template class ResponseNorm<double>;
template class ResponseNorm<Dual<double>>;

}  // namespace symopt
