// dense_layer.cpp — forward and backward of the paper's layer.
// B batch, I inputs, F features, p pool, O = F·p filters.  X: B×I  W: O×I  Z = X Wᵀ: B×O  Y: B×F
#include "core/network/dense_layer.hpp"

#include "core/algebra/dual.hpp"

namespace symopt {

namespace {

// Y[b,f] = max over k of scale ⊙ Z + shift at filter f·p + k; the first of equal ones wins; a NaN wins over
// all, so that it reaches the loss. P = 0: p is known at run time only.
template <int P, bool mark, class Real>
void pool(Index B, Index F, Index p, const Real* __restrict Z, const Real* __restrict scale,
          const Real* __restrict shift, Real* __restrict Y, Real* __restrict winner) {
  for (Index b = 0; b < B; ++b, Z += F * p, Y += F, winner += mark ? F * p : 0) {
    if constexpr (P == 1) {
      for (Index f = 0; f < F; ++f) Y[f] = scale[f] * Z[f] + shift[f];
    } else if constexpr (P == 2) {
      for (Index f = 0; f < F; ++f) {
        const Real a = scale[2 * f] * Z[2 * f] + shift[2 * f];
        const Real c = scale[2 * f + 1] * Z[2 * f + 1] + shift[2 * f + 1];
        const bool second = int{c > a} | int{c != c};  // no branch
        Y[f] = second ? c : a;
        if constexpr (mark) winner[2 * f] = second ? Real(0) : Real(1);
        if constexpr (mark) winner[2 * f + 1] = second ? Real(1) : Real(0);
      }
    } else {
      for (Index f = 0; f < F; ++f) {
        Index best = 0;
        Real top = scale[f * p] * Z[f * p] + shift[f * p];
        for (Index k = 1; k < p; ++k) {
          const Real c = scale[f * p + k] * Z[f * p + k] + shift[f * p + k];
          if (c > top || c != c) top = c, best = k;
        }
        Y[f] = top;
        if constexpr (mark)
          for (Index k = 0; k < p; ++k) winner[f * p + k] = k == best ? Real(1) : Real(0);
      }
    }
  }
}

template <bool mark, class Real>
void pool(Index B, Index F, Index p, const Real* Z, const Real* scale, const Real* shift, Real* Y,
          Real* winner) {
  if (p == 1)
    pool<1, mark>(B, F, p, Z, scale, shift, Y, winner);
  else if (p == 2)
    pool<2, mark>(B, F, p, Z, scale, shift, Y, winner);
  else
    pool<0, mark>(B, F, p, Z, scale, shift, Y, winner);
}

// y ← σ(y)
template <class Real>
void activate(Activation activation, ArrayView<Real> y) {
  switch (activation) {
    case Activation::linear:
      return;
    case Activation::relu:
      y = (y < Real(0)).select(Real(0), y);
      return;
    case Activation::leaky_relu:
      y = (y < Real(0)).select(Real(kLeakySlope) * y, y);
      return;
    case Activation::sigmoid:
      y = Real(1) / (Real(1) + (-y).exp());
      return;
  }
}

// dy ← σ'(a) dy, where σ'(a) is known from y = σ(a): at a kink the derivative is that of the flat or the
// shallow side.
template <class Real>
void pull_back_activation(Activation activation, ConstArrayView<Real> y, ArrayView<Real> dy) {
  switch (activation) {
    case Activation::linear:
      return;
    case Activation::relu:
      dy = (y > Real(0)).select(dy, Real(0));
      return;
    case Activation::leaky_relu:
      dy = (y > Real(0)).select(dy, Real(kLeakySlope) * dy);
      return;
    case Activation::sigmoid:
      dy *= y * (Real(1) - y);
      return;
  }
}

// s[o] = Σ_b A[b,o], in the order of b.
template <class Real>
void column_sums(Index B, Index O, const Real* __restrict A, Real* __restrict s) {
  for (Index o = 0; o < O; ++o) s[o] = Real(0);
  for (Index b = 0; b < B; ++b, A += O)
    for (Index o = 0; o < O; ++o) s[o] += A[o];
}

}  // namespace

template <class Real>
DenseLayer<Real>::DenseLayer(const DenseShape& shape, const std::string& name, Index max_batch,
                             ParamLayout& layout, Scratch<Real>& scratch)
    : shape_(shape),
      filters_(shape.features * shape.pool),
      products_(max_batch, filters_, shape.inputs),
      scratch_(scratch) {
  LayerBlocks blocks;
  blocks.pool = shape.pool;
  blocks.weights = layout.add(name + ".weights", shape.role, filters_, shape.inputs);
  weights_ = layout.blocks.back();
  if (shape.batch_norm) {
    blocks.bn_scale = layout.add(name + ".bn-scale", Role::bn_scale, 1, filters_);
    bn_scale_ = layout.blocks.back().offset;
    blocks.bn_shift = layout.add(name + ".bn-shift", Role::bn_shift, 1, filters_);
    bn_shift_ = layout.blocks.back().offset;
    statistics_.mean = statistics_.sum_mean = Array<Real>::Zero(filters_);
    statistics_.variance = Array<Real>::Ones(filters_);
    statistics_.sum_variance = Array<Real>::Zero(filters_);
    statistics_.batches = -1;
    statistics_.momentum = static_cast<Real>(shape.bn_momentum);
  } else if (shape.bias) {
    blocks.bias = layout.add(name + ".bias", Role::bias, 1, filters_);
    bias_ = layout.blocks.back().offset;
  }
  layout.layers.push_back(blocks);

  for (Array<Real>* a :
       {&statistics_.batch_mean, &statistics_.batch_variance, &inverse_deviation_, &shift_, &sum_, &sum_z_})
    *a = Array<Real>::Zero(filters_);
  scale_ = Array<Real>::Ones(filters_);
  const size_t filter_outputs = static_cast<size_t>(max_batch * filters_);
  Z_.resize(filter_outputs);
  dZ_.resize(filter_outputs);
  winner_.resize(filter_outputs);
  Y_.resize(static_cast<size_t>(max_batch * shape.features));
}

template <class Real>
void DenseLayer<Real>::forward(const Real* theta, const ConstMatrixView<Real>& X, Mode mode) {
  const Index B = X.rows();
  products_.forward(B, X.data(), theta + weights_.offset, Z_.data(), scratch_);
  normalize(theta, B, mode);
  const bool mark = mode == Mode::train && shape_.pool > 1;
  if (mark)
    pool<true>(B, shape_.features, shape_.pool, Z_.data(), scale_.data(), shift_.data(), Y_.data(),
               winner_.data());
  else
    pool<false>(B, shape_.features, shape_.pool, Z_.data(), scale_.data(), shift_.data(), Y_.data(),
                winner_.data());
  activate(shape_.activation, ArrayView<Real>(Y_.data(), B * shape_.features));
}

template <class Real>
void DenseLayer<Real>::normalize(const Real* theta, Index B, Mode mode) {
  if (!shape_.batch_norm) {
    if (bias_ >= 0) shift_ = ConstArrayView<Real>(theta + bias_, filters_);
    return;
  }
  const Real epsilon = static_cast<Real>(shape_.bn_epsilon);
  const ConstArrayView<Real> gamma(theta + bn_scale_, filters_), beta(theta + bn_shift_, filters_);
  if (mode == Mode::train) {
    measure(B);
    inverse_deviation_ = (statistics_.batch_variance + epsilon).rsqrt();
    scale_ = gamma * inverse_deviation_;
    shift_ = beta - statistics_.batch_mean * scale_;
  } else {
    scale_ = gamma * (statistics_.variance + epsilon).rsqrt();
    shift_ = beta - statistics_.mean * scale_;
  }
}

// Two passes over Z, which is in cache: the variance is a sum of squares of centred values, not a difference
// of sums.
template <class Real>
void DenseLayer<Real>::measure(Index B) {
  BatchStatistics<Real>& s = statistics_;
  column_sums(B, filters_, Z_.data(), s.batch_mean.data());
  s.batch_mean /= static_cast<Real>(B);
  s.batch_variance.setZero();
  {
    const Real* __restrict z = Z_.data();
    const Real* __restrict m = s.batch_mean.data();
    Real* __restrict v = s.batch_variance.data();
    for (Index b = 0; b < B; ++b, z += filters_)
      for (Index o = 0; o < filters_; ++o) v[o] += (z[o] - m[o]) * (z[o] - m[o]);
  }
  s.batch_variance /= static_cast<Real>(B);

  const Real unbias = B > 1 ? static_cast<Real>(B) / static_cast<Real>(B - 1) : Real(1);
  if (s.batches >= 0) {
    s.sum_mean += s.batch_mean;
    s.sum_variance += unbias * s.batch_variance;
    ++s.batches;
  } else {
    s.mean += s.momentum * (s.batch_mean - s.mean);
    s.variance += s.momentum * (unbias * s.batch_variance - s.variance);
  }
}

template <class Real>
void DenseLayer<Real>::backward(const Real* theta, const ConstMatrixView<Real>& X, Real* dY, Real* grad,
                                Real* dX) {
  const Index B = X.rows(), F = shape_.features, p = shape_.pool;
  pull_back_activation<Real>(shape_.activation, {Y_.data(), B * F}, {dY, B * F});

  if (p == 1) {
    ArrayView<Real>(dZ_.data(), B * F) = ConstArrayView<Real>(dY, B * F);
  } else if (p == 2) {
    const Real* __restrict dy = dY;
    const Real* __restrict w = winner_.data();
    Real* __restrict dz = dZ_.data();
    for (Index i = 0; i < B * F; ++i) {
      dz[2 * i] = w[2 * i] * dy[i];
      dz[2 * i + 1] = w[2 * i + 1] * dy[i];
    }
  } else {
    for (Index i = 0; i < B * F; ++i)
      for (Index k = 0; k < p; ++k)
        dZ_[static_cast<size_t>(i * p + k)] = winner_[static_cast<size_t>(i * p + k)] * dY[i];
  }
  if (shape_.batch_norm)
    pull_back_normalization(B, grad);
  else if (bias_ >= 0)
    column_sums(B, filters_, dZ_.data(), grad + bias_);

  products_.weight_gradient(B, dZ_.data(), X.data(), grad + weights_.offset, scratch_);
  if (dX != nullptr)
    multiply_nn(B, shape_.inputs, filters_, dZ_.data(), theta + weights_.offset, dX, scratch_);
}

// With ẑ = (z − mean)/deviation and A = γ ẑ + β (Ioffe and Szegedy 2015):
//   dβ = Σ_b dA,  dγ = Σ_b dA ẑ,  dz = (γ/deviation) (dA − dβ/B − ẑ dγ/B).
template <class Real>
void DenseLayer<Real>::pull_back_normalization(Index B, Real* grad) {
  const Index O = filters_;
  Real* __restrict sum = sum_.data();
  Real* __restrict sum_z = sum_z_.data();
  const Real* __restrict mean = statistics_.batch_mean.data();
  const Real* __restrict inverse = inverse_deviation_.data();
  const Real* __restrict scale = scale_.data();
  sum_.setZero();
  sum_z_.setZero();
  {
    const Real* __restrict dA = dZ_.data();
    const Real* __restrict z = Z_.data();
    for (Index b = 0; b < B; ++b, dA += O, z += O)
      for (Index o = 0; o < O; ++o) {
        sum[o] += dA[o];
        sum_z[o] += dA[o] * ((z[o] - mean[o]) * inverse[o]);
      }
  }
  ArrayView<Real>(grad + bn_shift_, O) = sum_;
  ArrayView<Real>(grad + bn_scale_, O) = sum_z_;
  sum_ /= static_cast<Real>(B);
  sum_z_ /= static_cast<Real>(B);
  Real* __restrict dz = dZ_.data();
  const Real* __restrict z = Z_.data();
  for (Index b = 0; b < B; ++b, dz += O, z += O)
    for (Index o = 0; o < O; ++o)
      dz[o] = scale[o] * (dz[o] - sum[o] - ((z[o] - mean[o]) * inverse[o]) * sum_z[o]);
}

template class DenseLayer<float>;
template class DenseLayer<double>;
template class DenseLayer<Dual<double>>;

}  // namespace symopt
