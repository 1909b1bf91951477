// split.hpp — which samples of a data set train and which validate.
#pragma once
#include <cstdint>
#include <vector>

#include "core/random.hpp"

namespace symopt {

/// Indices into the data set's training samples, disjoint.
struct Split {
  std::vector<std::uint32_t> train, validation;
};

/// Of all `samples` in an order drawn from `stream` the first `train` train, and the last `validation`
/// validate.
inline Split draw_split(size_t samples, int train, int validation, Stream stream) {
  const auto order = stream.permutation(static_cast<std::uint32_t>(samples));
  return {{order.begin(), order.begin() + train}, {order.end() - validation, order.end()}};
}

}  // namespace symopt
