// layer.hpp — one layer of a network: declares its parameter blocks, maps X to Y, and pulls gradients back.
#pragma once
#include "core/network/params.hpp"

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

/// B samples are rows of X: B×inputs() and of the output: B×outputs(). B ≤ the largest batch it was made for.
template <class Real>
class Layer {
 public:
  virtual ~Layer() = default;
  virtual Index inputs() const = 0;
  virtual Index outputs() const = 0;
  /// Fills output(); in Mode::train also what backward needs, and the running statistics or, during a
  /// population pass, its sums.
  virtual void forward(const Real* theta, const ConstMatrixView<Real>& X, Mode mode) = 0;
  /// dY: B×outputs(), used as scratch. Writes this layer's blocks of `grad` and, where dX is not null, dX:
  /// B×inputs(). Only after a forward pass in Mode::train on the same theta and X.
  virtual void backward(const Real* theta, const ConstMatrixView<Real>& X, Real* dY, Real* grad,
                        Real* dX) = 0;
  virtual const Real* output() const = 0;
  /// Z: B×rows of the weights, of the last forward pass: the filters' outputs X Wᵀ, before normalization and
  /// bias.
  virtual const Real* filter_output() const = 0;
  /// dL/dZ: B×rows of the weights, valid after backward: the gradient at the filters' outputs, before
  /// normalization.
  virtual const Real* filter_gradient() const = 0;
  /// What multiplies each filter's output after the last forward pass, one entry a row of the weights: the
  /// filters' effective values are the rows times this. γ/deviation where the layer normalizes, else 1.
  virtual const Real* filter_scale() const = 0;
  /// nullptr where the layer does not normalize.
  virtual BatchStatistics<Real>* statistics() { return nullptr; }
};

}  // namespace symopt
