// channels.hpp — what ties the channels of layers beside their weights.
#pragma once
#include <vector>

#include "core/network/network_spec.hpp"

namespace symopt {

/// Whether hidden channels see their neighbours: response normalization behind the first filters. Units then
/// have neither a scale nor a place of their own.
inline bool neighbours_matter(const NetworkSpec& spec) {
  bool hidden = false;
  for (const LayerSpec& layer : spec.layers) {
    if (hidden && layer.kind == LayerSpec::Kind::response_norm) return true;
    hidden = hidden || layer.has_filters();
  }
  return false;
}

/// For each hidden layer l (0, 1, …) that has filters the first one whose order of channels it shares, mostly
/// l itself: an unpooling puts channel c of what a decoder gives where channel c of an encoder had its
/// maxima.
inline std::vector<size_t> channel_orders(const NetworkSpec& spec) {
  std::vector<size_t> order, behind(spec.layers.size());  // behind[i]: the layer whose channels layer i reads
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    behind[i] = order.empty() ? 0 : order.size() - 1;
    if (spec.layers[i].has_filters()) order.push_back(order.size());
    if (spec.layers[i].kind != LayerSpec::Kind::unpool || order.empty()) continue;
    const size_t from = order[behind[spec.unpooled(i)]], to = order[behind[i]];
    for (size_t& o : order)
      if (o == std::max(from, to)) o = std::min(from, to);
  }
  order.pop_back();  // the class vectors
  return order;
}

}  // namespace symopt
