// pooling.hpp — layers without parameters that change how many pixels there are: the maximum over k×k pixels,
// its undoing at the places that won, and the mean of all. B samples of H×W pixels and C channels in, H'×W'
// out.
#pragma once
#include <algorithm>
#include <cstdint>

#include "core/network/layer.hpp"

namespace symopt {

/// One window: where its first cell lies in the picture and what comes of it in the output (first channels),
/// and how many of its rows and columns lie inside the picture.
struct PoolingWindow {
  Index in, out, rows, columns;
};
/// Calls visit(window) for each window of sample b in reading order, cut off where the picture ends.
template <class Visit>
void each_pooling_window(const PictureShape& input, const PictureShape& output, Index kernel, Index stride,
                         Index b, const Visit& visit) {
  for (Index row = 0; row < output.height; ++row)
    for (Index column = 0; column < output.width; ++column) {
      const Index top = row * stride, left = column * stride;
      visit(PoolingWindow{b * input.size() + (top * input.width + left) * input.channels,
                          b * output.size() + (row * output.width + column) * output.channels,
                          std::min(kernel, input.height - top), std::min(kernel, input.width - left)});
    }
}

struct PoolingShape {
  Index kernel, line, channels;  ///< line: from a row of cells to the next
};

/// Windows of k×k pixels with a stride, by channel. Of equal values the first in reading order wins, a NaN
/// wins over all; pixels outside the picture take no part.
template <class Real>
class MaxPool final : public Layer<Real> {
 public:
  MaxPool(const PictureShape& input, Index kernel, Index stride, Padding padding, Index max_batch,
          Team& team);

  PictureShape input() const override { return input_; }
  PictureShape output_shape() const override { return output_; }
  void forward(const Real* theta, Index B, const Real* X, Mode mode) override;
  void backward(const Real* theta, Index B, const Real* X, Real* dY, Real* grad, Real* dX) override;
  const Real* output() const override { return Y_.data(); }

  /// Sample b of x (as X) ← that of y (as Y) at the last maxima's places, sums where several windows chose
  /// one, 0 elsewhere.
  void spread(Index b, const Real* y, Real* x) const;
  /// Sample b of y (as Y) ← that of x (as X) at the last maxima's places.
  void collect(Index b, const Real* x, Real* y) const;

 private:
  template <class Visit>
  void each_window(Index b, const Visit& visit) const;

  PictureShape input_, output_;
  Index kernel_, stride_;
  bool disjoint_;  // each pixel is in one window
  Buffer<Real> Y_;
  std::vector<std::uint8_t> winner_;  // as Y: row·k + column in the window
  Team& team_;
};

/// To the size before a pooling layer, each value where that one's maximum was; zero elsewhere
/// (Badrinarayanan, Kendall, Cipolla 2015). That layer's windows may not overlap.
template <class Real>
class Unpool final : public Layer<Real> {
 public:
  Unpool(const MaxPool<Real>& pool, Index max_batch, Team& team);

  PictureShape input() const override { return pool_.output_shape(); }
  PictureShape output_shape() const override { return pool_.input(); }
  void forward(const Real* theta, Index B, const Real* X, Mode mode) override;
  void backward(const Real* theta, Index B, const Real* X, Real* dY, Real* grad, Real* dX) override;
  const Real* output() const override { return Y_.data(); }

 private:
  const MaxPool<Real>& pool_;
  Buffer<Real> Y_;
  Team& team_;
};

/// The mean of each channel over all pixels.
template <class Real>
class GlobalAverage final : public Layer<Real> {
 public:
  GlobalAverage(const PictureShape& input, Index max_batch);

  PictureShape input() const override { return input_; }
  PictureShape output_shape() const override { return {1, 1, input_.channels}; }
  void forward(const Real* theta, Index B, const Real* X, Mode mode) override;
  void backward(const Real* theta, Index B, const Real* X, Real* dY, Real* grad, Real* dX) override;
  const Real* output() const override { return Y_.data(); }

 private:
  PictureShape input_;
  Buffer<Real> Y_;
};

}  // namespace symopt
