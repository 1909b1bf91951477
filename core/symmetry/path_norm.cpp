// path_norm.cpp — κ by one pass forward and one backward through the squared weights; symbols as in the
// header.
#include "core/symmetry/path_norm.hpp"

#include <algorithm>

#include "core/network/layer_weights.hpp"

namespace symopt {

namespace {

// out[j] = mean over the rows of A[b,j]².
template <class Real>
void second_moments(const ConstMatrixView<Real>& A, Real* __restrict out) {
  const Index B = A.rows(), n = A.cols();
  std::fill_n(out, n, Real(0));
  const Real* __restrict a = A.data();
  for (Index b = 0; b < B; ++b, a += n)
    for (Index j = 0; j < n; ++j) out[j] += a[j] * a[j];
  for (Index j = 0; j < n; ++j) out[j] /= static_cast<Real>(B);
}

// out[j] = mean over the rows of (A[b,j] + shift[j])².
template <class Real>
void second_moments(const ConstMatrixView<Real>& A, const Real* __restrict shift, Real* __restrict out) {
  const Index B = A.rows(), n = A.cols();
  std::fill_n(out, n, Real(0));
  const Real* __restrict a = A.data();
  for (Index b = 0; b < B; ++b, a += n)
    for (Index j = 0; j < n; ++j) out[j] += (a[j] + shift[j]) * (a[j] + shift[j]);
  for (Index j = 0; j < n; ++j) out[j] /= static_cast<Real>(B);
}

}  // namespace

template <class Real>
PathNorm<Real>::PathNorm(const ParamLayout& layout, double alpha)
    : layout_(layout), alpha_(static_cast<Real>(alpha)) {
  Index widest = 1;
  for (size_t l = 0; l < layout.layers.size(); ++l) {
    const Index I = layer_weights(layout_, l).cols, O = layer_weights(layout_, l).rows;
    layers_.push_back(
        {Array<Real>::Ones(I), Array<Real>::Ones(I), Array<Real>::Ones(O), Array<Real>::Ones(O)});
    widest = std::max({widest, I, O});
  }
  filter_gamma2_.resize(widest);
  feature_g_.resize(widest);
}

template <class Real>
void PathNorm<Real>::compute(std::span<const Real> theta, const Passes<Real>* network) {
  for (size_t l = 0; l < layers_.size(); ++l) forward(l, theta, network);
  feature_g_.setOnes();
  for (size_t l = layers_.size(); l-- > 0;) backward(l, theta);
}

// R and s² of this layer, γ² of the next one's inputs.
template <class Real>
void PathNorm<Real>::forward(size_t l, std::span<const Real> theta, const Passes<Real>* network) {
  LayerFactors& f = layers_[l];
  const LayerBlocks& blocks = layout_.layers[l];
  const auto W = view(layer_weights(layout_, l), theta);
  // In front of a normalization it changes nothing.
  const Real* bias = blocks.bias >= 0 && blocks.bn_scale < 0
                         ? theta.data() + layout_.blocks[static_cast<size_t>(blocks.bias)].offset
                         : nullptr;
  const Real* scale = blocks.bn_scale >= 0 ? network->filter_scale(l) : nullptr;
  if (scale) f.s2 = ConstArrayView<Real>(scale, W.rows()).square();

  const Real beta = Real(1) - alpha_;
  f.R = beta * f.gamma2;
  if (alpha_ > Real(0)) {
    second_moments(network->trace(l).inputs, feature_g_.data());
    f.R += alpha_ * feature_g_.head(W.cols());
    if (bias)
      second_moments(network->filter_outputs(l), bias, filter_gamma2_.data());
    else
      second_moments(network->filter_outputs(l), filter_gamma2_.data());
    filter_gamma2_.head(W.rows()) *= alpha_ * f.s2;
  } else {
    filter_gamma2_.setZero();
  }
  for (Index v = 0; v < W.rows(); ++v) {
    const Real paths = f.s2[v] * (W.row(v).transpose().array().square() * f.gamma2).sum();
    filter_gamma2_[v] += beta * (paths + (bias ? bias[v] * bias[v] : Real(0)));
  }
  if (l + 1 == layers_.size()) return;
  Array<Real>& next = layers_[l + 1].gamma2;
  for (Index u = 0; u < next.size(); ++u)
    next[u] = filter_gamma2_.segment(u * blocks.pool, blocks.pool).sum();
}

// feature_g_: g of this layer's features on the way in, of its inputs on the way out.
template <class Real>
void PathNorm<Real>::backward(size_t l, std::span<const Real> theta) {
  LayerFactors& f = layers_[l];
  const auto W = view(layer_weights(layout_, l), theta);
  for (Index v = 0; v < W.rows(); ++v) f.out[v] = f.s2[v] * feature_g_[v / layout_.layers[l].pool];
  if (l == 0) return;
  auto g = feature_g_.head(W.cols());
  g.setZero();
  for (Index v = 0; v < W.rows(); ++v) g += f.out[v] * W.row(v).transpose().array().square();
  // A unit that neither weights nor data reach has γ² = R = 0: the data's part of R/γ² is then taken as 0.
  if (alpha_ > Real(0)) g *= (f.gamma2 == Real(0)).select(Real(1) - alpha_, f.R / f.gamma2);
}

template class PathNorm<float>;
template class PathNorm<double>;

}  // namespace symopt
