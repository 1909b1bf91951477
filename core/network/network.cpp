// network.cpp — a chain of layers and a softmax.
#include "core/network/network.hpp"

#include <algorithm>

#include "core/algebra/dual.hpp"
#include "core/network/average_pool.hpp"
#include "core/network/layer_weights.hpp"
#include "core/network/layout.hpp"
#include "core/network/loss.hpp"
#include "core/network/pooling.hpp"
#include "core/network/response_norm.hpp"

namespace symopt {

template <class Real>
Network<Real>::Network(const NetworkSpec& spec, Index max_batch, int threads)
    : spec_(spec), max_batch_(max_batch), team_(threads) {
  check_memory(spec, sizeof(Real));
  const std::vector<PictureShape> shapes = spec.shapes();
  Index widest = 0;
  for (const PictureShape& shape : shapes) widest = std::max(widest, shape.size());
  for (size_t i = 0; i < spec.layers.size(); ++i)
    append(i, {shapes[i], layer_name(spec, i, filters_.size()), layer_role(spec, i), spec.bn_epsilon,
               spec.bn_momentum});
  dY_.resize(static_cast<size_t>(max_batch * widest));
  dX_.resize(static_cast<size_t>(max_batch * widest));
  losses_.resize(static_cast<size_t>(RowShares(max_batch, shapes.back().pixels()).count()));
}

template <class Real>
void Network<Real>::append(size_t i, const LayerPlace& place) {
  const LayerSpec& layer = spec_.layers[i];
  switch (layer.kind) {
    case LayerSpec::Kind::filters: {
      auto filters = std::make_unique<FilterLayer<Real>>(layer, place, max_batch_, layout_, scratch_, team_);
      filters_.push_back(filters.get());
      places_.push_back(i);
      layers_.push_back(std::move(filters));
      return;
    }
    case LayerSpec::Kind::max_pool:
      layers_.push_back(std::make_unique<MaxPool<Real>>(place.input, layer.kernel, layer.stride,
                                                        layer.padding, max_batch_, team_));
      return;
    case LayerSpec::Kind::average_pool:
      layers_.push_back(std::make_unique<AveragePool<Real>>(place.input, layer.kernel, layer.stride,
                                                            layer.padding, max_batch_, team_));
      return;
    case LayerSpec::Kind::unpool: {
      const auto& pool = dynamic_cast<const MaxPool<Real>&>(*layers_[spec_.unpooled(i)]);
      layers_.push_back(std::make_unique<Unpool<Real>>(pool, max_batch_, team_));
      return;
    }
    case LayerSpec::Kind::global_average:
      layers_.push_back(std::make_unique<GlobalAverage<Real>>(place.input, max_batch_));
      return;
    case LayerSpec::Kind::response_norm:
      layers_.push_back(std::make_unique<ResponseNorm<Real>>(place.input, max_batch_, team_));
      return;
  }
}

template <class Real>
ConstMatrixView<Real> Network<Real>::forward(std::span<const Real> theta, const Inputs<Real>& X, Mode mode) {
  eigen_assert(X.rows() <= max_batch_ && X.cols() == spec_.inputs());
  input_ = X;
  const bool first = places_.front() == 0 && filters_.front()->filters().reads_lit(X.rows());
  const LitRows<Real>* lit = first ? X.lit() : nullptr;
  filters_.front()->set_lit(lit);
  const Real* output = lit == nullptr ? X.data() : nullptr;
  for (auto& layer : layers_) {
    layer->forward(theta.data(), X.rows(), output, mode);
    output = layer->output();
  }
  return logits();
}

template <class Real>
Real Network<Real>::loss(std::span<const Real> theta, const Batch<Real>& batch) {
  const RowShares shares(batch.size(), layers_.back()->output_shape().pixels());
  return softmax_cross_entropy(forward(theta, batch.X, Mode::train), batch.targets, dY_.data(), shares,
                               losses_, team_);
}

template <class Real>
Real Network<Real>::gradient(std::span<const Real> theta, const Batch<Real>& batch, std::span<Real> grad) {
  const Real cost = loss(theta, batch);
  backward(theta, grad);
  return cost;
}

template <class Real>
void Network<Real>::pull_back(std::span<const Real> theta, const Real* dlogits, std::span<Real> grad) {
  std::copy_n(dlogits, logits().size(), dY_.data());
  backward(theta, grad);
}

template <class Real>
void Network<Real>::backward(std::span<const Real> theta, std::span<Real> grad) {
  // Nothing asks for the gradient below the first filters.
  for (size_t i = layers_.size(); i-- > places_.front();) {
    const Real* input = i > 0 ? layers_[i - 1]->output() : filters_.front()->lit() ? nullptr : input_.data();
    layers_[i]->backward(theta.data(), input_.rows(), input, dY_.data(), grad.data(),
                         i == places_.front() ? nullptr : dX_.data());
    std::swap(dX_, dY_);
  }
}

template <class Real>
const Real* Network<Real>::input_of(size_t l) const {
  return places_[l] == 0 ? input_.data() : layers_[places_[l] - 1]->output();
}

template <class Real>
Index Network<Real>::errors(std::span<const Real> theta, const Batch<Real>& batch) {
  return count_errors(forward(theta, batch.X, Mode::evaluate), batch.targets);
}

template <class Real>
LayerTrace<Real> Network<Real>::trace(size_t l) const {
  const Block& weights = layer_weights(layout_, l);
  const FilterLayer<Real>& layer = *filters_[l];
  const Index B = input_.rows(), rows = layer.filters().dense() ? B : 0;
  return {{input_of(l), rows, weights.cols}, {layer.filter_gradient(), layer.rows(B), weights.rows}};
}

template <class Real>
ConstMatrixView<Real> Network<Real>::filter_outputs(size_t l) const {
  return {filters_[l]->filter_output(), filters_[l]->rows(input_.rows()), layer_weights(layout_, l).rows};
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
