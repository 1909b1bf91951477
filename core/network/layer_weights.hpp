// layer_weights.hpp — the weights of a layer in a layout.
#pragma once
#include "core/network/params.hpp"

namespace symopt {

/// The filters of layer l (0, 1, …), or for the last one the class vectors.
inline const Block& layer_weights(const ParamLayout& layout, size_t l) {
  return layout.blocks[static_cast<size_t>(layout.layers[l].weights)];
}

}  // namespace symopt
