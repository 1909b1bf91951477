// average_pool.hpp — the mean over k×k pixels, by channel: a layer without parameters. B samples of H×W
// pixels and C channels in, H'×W' out.
#pragma once
#include "core/network/layer.hpp"

namespace symopt {

/// The windows of MaxPool. One that reaches beyond the picture is the mean of its pixels inside: outside
/// there is nothing to count, so that a picture of ones stays one.
template <class Real>
class AveragePool final : public Layer<Real> {
 public:
  AveragePool(const PictureShape& input, Index kernel, Index stride, Padding padding, Index max_batch,
              Team& team);

  PictureShape input() const override { return input_; }
  PictureShape output_shape() const override { return output_; }
  void forward(const Real* theta, Index B, const Real* X, Mode mode) override;
  void backward(const Real* theta, Index B, const Real* X, Real* dY, Real* grad, Real* dX) override;
  const Real* output() const override { return Y_.data(); }

 private:
  PictureShape input_, output_;
  Index kernel_, stride_;
  Buffer<Real> Y_;
  Team& team_;
};

}  // namespace symopt
