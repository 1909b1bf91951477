// network_spec.cpp — shapes along the layers, and dense networks as lists of them.
#include "core/network/network_spec.hpp"

#include <algorithm>

namespace symopt {

PictureShape LayerSpec::output(const PictureShape& input) const {
  switch (kind) {
    case Kind::filters: {
      if (dense()) return {1, 1, features};
      const PictureShape z = convolution(input).output();
      return {z.height, z.width, features};
    }
    case Kind::max_pool:
    case Kind::average_pool:
      return {Windows(input.height, kernel, stride, padding).count,
              Windows(input.width, kernel, stride, padding).count, input.channels};
    case Kind::global_average:
      return {1, 1, input.channels};
    case Kind::unpool:
    case Kind::response_norm:
      return input;
  }
  return input;
}

// Each unpool undoes the latest maxima that none has undone yet; an average has no places to undo it by.
size_t NetworkSpec::unpooled(size_t i) const {
  std::vector<size_t> open;
  for (size_t l = 0; l <= i; ++l) {
    if (layers[l].kind == LayerSpec::Kind::max_pool) open.push_back(l);
    if (layers[l].kind != LayerSpec::Kind::unpool || open.empty()) continue;
    if (l == i) return open.back();
    open.pop_back();
  }
  return layers.size();
}

std::vector<PictureShape> NetworkSpec::shapes() const {
  std::vector<PictureShape> all{input};
  for (size_t l = 0; l < layers.size(); ++l) {
    const size_t pool = layers[l].kind == LayerSpec::Kind::unpool ? unpooled(l) : layers.size();
    all.push_back(pool < l ? all[pool] : layers[l].output(all.back()));
  }
  return all;
}

std::vector<LayerSpec> NetworkSpec::filter_layers() const {
  std::vector<LayerSpec> all;
  std::ranges::copy_if(layers, std::back_inserter(all), &LayerSpec::has_filters);
  return all;
}

std::vector<LayerSpec> NetworkSpec::hidden_layers() const {
  std::vector<LayerSpec> all = filter_layers();
  if (!all.empty()) all.pop_back();
  return all;
}

bool NetworkSpec::batch_norm() const { return std::ranges::any_of(layers, &LayerSpec::batch_norm); }
bool NetworkSpec::bias() const { return std::ranges::any_of(layers, &LayerSpec::bias); }

Activation NetworkSpec::activation() const {
  for (size_t l = 0; l + 1 < layers.size(); ++l)
    if (layers[l].has_filters() && (l == 0 || layers[l - 1].kind != LayerSpec::Kind::unpool))
      return layers[l].activation;
  return Activation::linear;
}

bool NetworkSpec::dense() const {
  return input.pixels() == 1 &&
         std::ranges::all_of(layers, [](const LayerSpec& l) { return l.has_filters() && l.dense(); });
}

DenseNetwork::operator NetworkSpec() const {
  NetworkSpec spec;
  spec.input = {1, 1, inputs};
  spec.bn_epsilon = bn_epsilon, spec.bn_momentum = bn_momentum;
  LayerSpec layer;
  layer.pool = pool, layer.batch_norm = batch_norm, layer.bias = bias && !batch_norm,
  layer.activation = activation;
  for (const Index f : features) {
    layer.features = f;
    spec.layers.push_back(layer);
  }
  LayerSpec last;
  last.features = classes, last.bias = bias;
  spec.layers.push_back(last);
  return spec;
}

std::optional<DenseNetwork> as_dense(const NetworkSpec& spec) {
  if (!spec.dense()) return std::nullopt;
  DenseNetwork d;
  d.inputs = spec.inputs(), d.classes = spec.classes(), d.bias = spec.layers.back().bias;
  d.bn_epsilon = spec.bn_epsilon, d.bn_momentum = spec.bn_momentum;
  const std::vector<LayerSpec> hidden = spec.hidden_layers();
  if (!hidden.empty())
    d.pool = hidden[0].pool, d.batch_norm = hidden[0].batch_norm, d.activation = hidden[0].activation;
  for (const LayerSpec& layer : hidden) d.features.push_back(layer.features);
  if (NetworkSpec(d) != spec) return std::nullopt;
  return d;
}

}  // namespace symopt
