// network.hpp — topology, parameter layout, workspace and batch-normalization statistics of one network.
#pragma once
#include <memory>

#include "core/network/filter_layer.hpp"
#include "core/network/layout.hpp"
#include "core/network/passes.hpp"
#include "core/random.hpp"

namespace symopt {

/// The layers that have filters are counted l = 0, 1, …, the class vectors last, as in layout().layers.
/// Parameters live outside, in flat arrays laid out by layout(). After the first gradient() no pass
/// allocates. One network a thread.
template <class Real>
class Network final : public Passes<Real> {
 public:
  /// `threads`: of one pass, whose bits do not depend on them.
  Network(const NetworkSpec& spec, Index max_batch, int threads = 1);
  Network(const Network&) = delete;

  const NetworkSpec& spec() const { return spec_; }
  const ParamLayout& layout() const { return layout_; }
  Index max_batch() const { return max_batch_; }

  Real gradient(std::span<const Real> theta, const Batch<Real>& batch, std::span<Real> grad) override;
  /// Loss of the batch under its own statistics, without gradient.
  Real loss(std::span<const Real> theta, const Batch<Real>& batch);
  void pull_back(std::span<const Real> theta, const Real* dlogits, std::span<Real> grad) override;
  /// Logits as in logits(); valid until the next call.
  ConstMatrixView<Real> forward(std::span<const Real> theta, const Inputs<Real>& X, Mode mode);
  /// Misclassified rows of logits among those that count, under Mode::evaluate.
  Index errors(std::span<const Real> theta, const Batch<Real>& batch);

  LayerTrace<Real> trace(size_t l) const override;
  ConstMatrixView<Real> logits() const override {
    return {layers_.back()->output(), filters_.back()->rows(input_.rows()), spec_.classes()};
  }
  ConstMatrixView<Real> filter_outputs(size_t l) const override;
  const Real* filter_scale(size_t l) const override { return filters_[l]->filter_scale(); }
  void scale_statistics(size_t l, Index i, Real factor) override {
    BatchStatistics<Real>& s = *filters_[l]->statistics();
    s.mean[i] *= factor;
    s.variance[i] *= factor * factor;
  }
  void visit_inputs(size_t l, const std::function<void(const ConstMatrixView<Real>&)>& visit) const override {
    filters_[l]->filters().visit_inputs(input_.rows(), input_of(l), visit);
  }
  Index pixels(size_t l) const override { return filters_[l]->output_shape().pixels(); }

  /// Batch statistics back to mean 0, variance 1.
  void reset_statistics();
  /// Population statistics: begin, pass the training set through forward(Mode::train) by batches, end.
  void begin_population();
  void end_population();
  /// The layers' statistics in order; one entry for each layer that normalizes. For checkpoints and tests.
  std::vector<BatchStatistics<Real>*> statistics();
  /// Those of layer `l`; nullptr where it does not normalize.
  BatchStatistics<Real>* statistics(size_t l) { return filters_[l]->statistics(); }

 private:
  void append(size_t i, const LayerPlace& place);
  void backward(std::span<const Real> theta, std::span<Real> grad);  // from dY_ = dL/dlogits
  const Real* input_of(size_t l) const;                              // of the l-th layer that has filters

  NetworkSpec spec_;
  Index max_batch_;
  ParamLayout layout_;
  Scratch<Real> scratch_;
  Team team_;
  std::vector<std::unique_ptr<Layer<Real>>> layers_;
  std::vector<FilterLayer<Real>*> filters_;  // those of layers_ that have filters, as in layout_.layers
  std::vector<size_t> places_;               // where in layers_
  Buffer<Real> losses_;                      // of shares of rows
  Buffer<Real> dY_, dX_;                     // gradients between layers, B × the widest
  Inputs<Real> input_{nullptr, 0, 0};
};

}  // namespace symopt
