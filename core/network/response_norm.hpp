// response_norm.hpp — local response normalization across channels (Krizhevsky, Sutskever, Hinton 2012):
// y_c = x_c s_c^(−β),  s_c = 1 + (α/n) Σ x_j² over the n = 5 channels around c;  α = 1e-4, β = 0.75
// (SegNet's).
#pragma once
#include "core/network/layer.hpp"

namespace symopt {

template <class Real>
class ResponseNorm final : public Layer<Real> {
 public:
  ResponseNorm(const PictureShape& shape, Index max_batch, Team& team);

  PictureShape input() const override { return shape_; }
  PictureShape output_shape() const override { return shape_; }
  void forward(const Real* theta, Index B, const Real* X, Mode mode) override;
  void backward(const Real* theta, Index B, const Real* X, Real* dY, Real* grad, Real* dX) override;
  const Real* output() const override { return Y_.data(); }

 private:
  PictureShape shape_;
  Buffer<Real> Y_, s_;
  Team& team_;
};

}  // namespace symopt
