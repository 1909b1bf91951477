// dense_layer.hpp — the paper's layer: filters → [batch normalization] → max over groups of adjacent filters
// → activation (Badrinarayanan, Mishra, Cipolla 2015). Every activation here is monotone, so pooling before
// it or after it is the same function, and before is cheaper.
#pragma once
#include "core/algebra/gemm.hpp"
#include "core/algebra/input_products.hpp"
#include "core/network/layer.hpp"
#include "core/network/network_spec.hpp"

namespace symopt {

struct DenseShape {
  Index inputs, features, pool = 1;
  bool batch_norm = false, bias = false;
  Activation activation = Activation::linear;
  Role role = Role::filters;
  double bn_epsilon = 1e-5, bn_momentum = 0.1;
};

template <class Real>
class DenseLayer final : public Layer<Real> {
 public:
  /// Adds its blocks to `layout` under names that start with `name`. `scratch` is shared by the layers of a
  /// network.
  DenseLayer(const DenseShape& shape, const std::string& name, Index max_batch, ParamLayout& layout,
             Scratch<Real>& scratch);

  Index inputs() const override { return shape_.inputs; }
  Index outputs() const override { return shape_.features; }
  void forward(const Real* theta, const ConstMatrixView<Real>& X, Mode mode) override;
  void backward(const Real* theta, const ConstMatrixView<Real>& X, Real* dY, Real* grad, Real* dX) override;
  const Real* output() const override { return Y_.data(); }
  const Real* filter_output() const override { return Z_.data(); }
  const Real* filter_gradient() const override { return dZ_.data(); }
  const Real* filter_scale() const override { return scale_.data(); }
  BatchStatistics<Real>* statistics() override { return shape_.batch_norm ? &statistics_ : nullptr; }

 private:
  void normalize(const Real* theta, Index B, Mode mode);  // fills scale_, shift_
  void measure(Index B);                                  // batch mean and inverse deviation
  void pull_back_normalization(Index B, Real* grad);      // dZ_ from dL/d(scale ⊙ Z + shift) to dL/dZ

  DenseShape shape_;
  Index filters_;  // features × pool
  Block weights_;
  Index bias_ = -1, bn_scale_ = -1, bn_shift_ = -1;  // offsets
  BatchStatistics<Real> statistics_;
  Array<Real> inverse_deviation_;  // of the batch
  Array<Real> scale_, shift_;      // A = scale ⊙ Z + shift, one entry a filter
  Array<Real> sum_, sum_z_;        // column sums in backward
  Buffer<Real> Z_, dZ_, winner_;   // B×filters; winner: 1 where the filter is its group's maximum
  Buffer<Real> Y_;                 // B×features
  InputProducts<Real> products_;
  Scratch<Real>& scratch_;
};

}  // namespace symopt
