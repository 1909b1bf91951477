// finiteness.hpp — the first thing of a network that left the finite numbers, by name. The check of each is
// one vectorized pass, cheap beside a step.
#pragma once
#include <string>

#include "core/network/network.hpp"

namespace symopt {

/// True where no value is NaN or infinite.
template <class Real>
bool all_finite(std::span<const Real> values) {
  // x − x is 0 for finite x and NaN else, and NaN survives the sum.
  return (as_array(values) - as_array(values)).sum() == Real(0);
}

/// "layer2" of the block "layer2.weights".
template <class Real>
std::string layer_name(const Network<Real>& network, size_t l) {
  const ParamLayout& layout = network.layout();
  const std::string& weights = layout.blocks[static_cast<size_t>(layout.layers[l].weights)].name;
  return weights.substr(0, weights.find('.'));
}

/// The first of the statistics that evaluation normalizes with, as "mean of layer2"; empty: all are finite.
/// One that is not stays so: it is moved by a share of its difference from the newest batch's.
template <class Real>
std::string statistic_not_finite(Network<Real>& network) {
  for (size_t l = 0; l < network.layout().layers.size(); ++l) {
    const BatchStatistics<Real>* s = network.statistics(l);
    if (s == nullptr) continue;
    const auto finite = [](const Array<Real>& values) {
      return all_finite(std::span<const Real>(values.data(), static_cast<size_t>(values.size())));
    };
    if (!finite(s->mean)) return "mean of " + layer_name(network, l);
    if (!finite(s->variance)) return "variance of " + layer_name(network, l);
  }
  return "";
}

/// The first layer whose filters' outputs are not finite in the last forward pass; else the last layer, whose
/// biases are added to them.
template <class Real>
std::string layer_not_finite(const Network<Real>& network) {
  const size_t last = network.layout().layers.size() - 1;
  for (size_t l = 0; l < last; ++l)
    if (!network.filter_outputs(l).allFinite()) return layer_name(network, l);
  return layer_name(network, last);
}

}  // namespace symopt
