// layer.hpp — one layer of a network: declares its parameter blocks, maps X to Y, and pulls gradients back.
#pragma once
#include "core/algebra/team.hpp"
#include "core/network/params.hpp"
#include "core/picture.hpp"

namespace symopt {

/// Statistics that batch normalization uses: of the batch (train) or of the training set (evaluate).
enum class Mode { train, evaluate };

/// Per-filter mean and variance that evaluation normalizes with, the sums that feed them, and the batch's.
template <class Real>
struct BatchStatistics {
  Array<Real> mean, variance;              ///< used by Mode::evaluate; start at 0 and 1
  Array<Real> sum_mean, sum_variance;      ///< over the batches of a population pass
  Array<Real> batch_mean, batch_variance;  ///< of the last batch in Mode::train; the variance over B
  Index batches = 0;                       ///< batches summed; a negative count means: not collecting
  Real momentum = Real(0.1);               ///< weight of the newest batch in the running statistics
};

/// Activations are pixels as rows: B samples of X are (B·pixels)×channels of input(), of Y of output(); a
/// sample without height and width is one row. B ≤ the largest batch that the layer was made for.
template <class Real>
class Layer {
 public:
  virtual ~Layer() = default;
  virtual PictureShape input() const = 0;
  virtual PictureShape output_shape() const = 0;
  /// Fills output(); in Mode::train also what backward needs, and the running statistics or, during a
  /// population pass, its sums.
  virtual void forward(const Real* theta, Index B, const Real* X, Mode mode) = 0;
  /// dY: as output(), used as scratch. Writes this layer's blocks of `grad` and, where dX is not null, dX: as
  /// X. Only after a forward pass in Mode::train on the same theta and X.
  virtual void backward(const Real* theta, Index B, const Real* X, Real* dY, Real* grad, Real* dX) = 0;
  virtual const Real* output() const = 0;
  /// nullptr where the layer does not normalize.
  virtual BatchStatistics<Real>* statistics() { return nullptr; }
};

}  // namespace symopt
