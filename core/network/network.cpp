// network.cpp — a chain of layers and a softmax.
#include "core/network/network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/algebra/dual.hpp"
#include "core/network/layer_weights.hpp"
#include "core/network/loss.hpp"

namespace symopt {

template <class Real>
Network<Real>::Network(const NetworkSpec& spec, Index max_batch) : spec_(spec), max_batch_(max_batch) {
  Index inputs = spec.inputs, widest = std::max(spec.inputs, spec.classes);
  for (size_t l = 0; l < spec.features.size(); ++l) {
    DenseShape shape{inputs,          spec.features[l], spec.pool,       spec.batch_norm, spec.bias,
                     spec.activation, Role::filters,    spec.bn_epsilon, spec.bn_momentum};
    layers_.push_back(std::make_unique<DenseLayer<Real>>(shape, fmt::format("layer{}", l + 1), max_batch,
                                                         layout_, scratch_));
    inputs = spec.features[l];
    widest = std::max(widest, inputs);
  }
  DenseShape classes{inputs, spec.classes};
  classes.bias = spec.bias;
  classes.role = Role::class_vectors;
  layers_.push_back(std::make_unique<DenseLayer<Real>>(classes, "classes", max_batch, layout_, scratch_));
  dY_.resize(static_cast<size_t>(max_batch * widest));
  dX_.resize(static_cast<size_t>(max_batch * widest));
}

template <class Real>
ConstMatrixView<Real> Network<Real>::forward(std::span<const Real> theta, const ConstMatrixView<Real>& X,
                                             Mode mode) {
  eigen_assert(X.rows() <= max_batch_ && X.cols() == spec_.inputs);
  new (&input_) ConstMatrixView<Real>(X);
  const Real* output = X.data();
  for (auto& layer : layers_) {
    layer->forward(theta.data(), {output, X.rows(), layer->inputs()}, mode);
    output = layer->output();
  }
  return {output, X.rows(), spec_.classes};
}

template <class Real>
Real Network<Real>::loss(std::span<const Real> theta, const Batch<Real>& batch) {
  return softmax_cross_entropy(forward(theta, batch.X, Mode::train), batch.labels, dY_.data());
}

template <class Real>
Real Network<Real>::gradient(std::span<const Real> theta, const Batch<Real>& batch, std::span<Real> grad) {
  const Real cost = loss(theta, batch);
  backward(theta, grad);
  return cost;
}

template <class Real>
void Network<Real>::pull_back(std::span<const Real> theta, const Real* dlogits, std::span<Real> grad) {
  std::copy_n(dlogits, input_.rows() * spec_.classes, dY_.data());
  backward(theta, grad);
}

template <class Real>
void Network<Real>::backward(std::span<const Real> theta, std::span<Real> grad) {
  for (size_t l = layers_.size(); l-- > 0;) {
    const Real* input = l == 0 ? input_.data() : layers_[l - 1]->output();
    layers_[l]->backward(theta.data(), {input, input_.rows(), layers_[l]->inputs()}, dY_.data(), grad.data(),
                         l == 0 ? nullptr : dX_.data());
    std::swap(dX_, dY_);
  }
}

template <class Real>
Index Network<Real>::errors(std::span<const Real> theta, const Batch<Real>& batch) {
  return count_errors(forward(theta, batch.X, Mode::evaluate), batch.labels);
}

template <class Real>
LayerTrace<Real> Network<Real>::trace(size_t l) const {
  const Block& weights = layer_weights(layout_, l);
  const Real* input = l == 0 ? input_.data() : layers_[l - 1]->output();
  return {{input, input_.rows(), weights.cols}, {layers_[l]->filter_gradient(), input_.rows(), weights.rows}};
}

template <class Real>
ConstMatrixView<Real> Network<Real>::filter_outputs(size_t l) const {
  const Block& weights = layer_weights(layout_, l);
  return {layers_[l]->filter_output(), input_.rows(), weights.rows};
}

template <class Real>
std::vector<BatchStatistics<Real>*> Network<Real>::statistics() {
  std::vector<BatchStatistics<Real>*> all;
  for (auto& layer : layers_)
    if (auto* s = layer->statistics()) all.push_back(s);
  return all;
}

template <class Real>
void Network<Real>::reset_statistics() {
  for (auto& layer : layers_)
    if (auto* s = layer->statistics()) {
      s->mean.setZero();
      s->variance.setOnes();
      s->batches = -1;
    }
}

template <class Real>
void Network<Real>::begin_population() {
  for (auto& layer : layers_)
    if (auto* s = layer->statistics()) {
      s->sum_mean.setZero();
      s->sum_variance.setZero();
      s->batches = 0;
    }
}

template <class Real>
void Network<Real>::end_population() {
  for (auto& layer : layers_)
    if (auto* s = layer->statistics()) {
      s->mean = s->sum_mean / static_cast<Real>(s->batches);
      s->variance = s->sum_variance / static_cast<Real>(s->batches);
      s->batches = -1;
    }
}

template class Network<float>;
template class Network<double>;
template class Network<Dual<double>>;

}  // namespace symopt
