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
/// validate. Where the last `own_validation` of the samples are for validation only, those that validate are
/// drawn among them, and those that train among the others.
inline Split draw_split(size_t samples, int train, int validation, Stream stream, size_t own_validation = 0) {
  if (own_validation > 0) {
    const auto others = static_cast<std::uint32_t>(samples - own_validation);
    const auto order = stream.permutation(others);
    auto own = stream.permutation(static_cast<std::uint32_t>(own_validation));
    for (std::uint32_t& i : own) i += others;
    return {{order.begin(), order.begin() + train}, {own.begin(), own.begin() + validation}};
  }
  const auto order = stream.permutation(static_cast<std::uint32_t>(samples));
  return {{order.begin(), order.begin() + train}, {order.end() - validation, order.end()}};
}

}  // namespace symopt
