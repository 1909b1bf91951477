// layer_weights.hpp — the weights of a layer in a layout.
#pragma once
#include "core/network/params.hpp"

namespace symopt {

/// Filters and class vectors: what multiplies a layer's inputs.
inline bool is_weight(Role role) { return role == Role::filters || role == Role::class_vectors; }

/// The filters of layer l (0, 1, …), or for the last one the class vectors.
inline const Block& layer_weights(const ParamLayout& layout, size_t l) {
  return layout.blocks[static_cast<size_t>(layout.layers[l].weights)];
}

/// The weights of layer l + 1 by the features of layer l that they read: column f holds all that leave
/// feature f, at every pixel: (rows·pixels)×features.
template <class Real>
MatrixView<Real> outgoing_weights(const ParamLayout& layout, size_t l, std::span<Real> theta) {
  const Block& next = layer_weights(layout, l + 1);
  const Index features = layout.layers[l + 1].channels;
  return {theta.data() + next.offset, next.size() / features, features};
}
template <class Real>
ConstMatrixView<Real> outgoing_weights(const ParamLayout& layout, size_t l, std::span<const Real> theta) {
  const Block& next = layer_weights(layout, l + 1);
  const Index features = layout.layers[l + 1].channels;
  return {theta.data() + next.offset, next.size() / features, features};
}
/// Features of layer l, hidden: columns of its outgoing weights.
inline Index feature_count(const ParamLayout& layout, size_t l) { return layout.layers[l + 1].channels; }

}  // namespace symopt
