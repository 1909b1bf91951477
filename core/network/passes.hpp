// passes.hpp — what a step may ask of the network whose gradient it was given: how it got there, and further
// passes on the same batch. Topology, parameters and workspace stay the network's own.
#pragma once
#include <functional>

#include "core/network/batch.hpp"

namespace symopt {

/// What a layer that has filters saw and sent back: for Kronecker factors, data-dependent path norms.
template <class Real>
struct LayerTrace {
  ConstMatrixView<Real> inputs;     ///< a: B×I; empty where the layer is a convolution: Passes::visit_inputs
  ConstMatrixView<Real> gradients;  ///< dL/dZ of the mean loss: B×O, of a convolution (B·pixels)×O
};

template <class Real>
class Passes {
 public:
  virtual ~Passes() = default;

  /// Loss of the batch (mean cross-entropy, nats) and its gradient in `grad`, both of layout().size elements.
  virtual Real gradient(std::span<const Real> theta, const Batch<Real>& batch, std::span<Real> grad) = 0;
  /// Pulls dL/dlogits: B×K (left as it is) back to the parameters: `grad` gets Jᵀ dlogits. After a pass in
  /// Mode::train on the same theta and batch; any number of times.
  virtual void pull_back(std::span<const Real> theta, const Real* dlogits, std::span<Real> grad) = 0;

  /// Logits of the last pass: B×K, or (B·pixels)×K where the classes are pixels'.
  virtual ConstMatrixView<Real> logits() const = 0;
  /// What layer `l` saw in the last gradient() or pull_back(); valid until the next call.
  virtual LayerTrace<Real> trace(size_t l) const = 0;
  /// What the filters of layer `l` saw in the last pass: visit(rows) by tiles in the order of the rows of
  /// its Z.
  virtual void visit_inputs(size_t l,
                            const std::function<void(const ConstMatrixView<Real>&)>& visit) const = 0;
  /// Rows of layer `l`'s Z for each sample: its pixels.
  virtual Index pixels(size_t l) const = 0;
  /// Z of layer `l` in the last pass: rows×filters (FilterLayer::filter_output).
  virtual ConstMatrixView<Real> filter_outputs(size_t l) const = 0;
  /// Layer `l`'s factor on each filter's output in the last pass (FilterLayer::filter_scale).
  virtual const Real* filter_scale(size_t l) const = 0;

  /// The running statistics of filter `i` of a layer that normalizes become those of its outputs times
  /// `factor`.
  virtual void scale_statistics(size_t l, Index i, Real factor) = 0;
};

}  // namespace symopt
