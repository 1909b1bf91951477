// average_sharpness.hpp — how much a loss rises around a point on average (Zhao, Gower, Walters, Yu 2024):
// the mean of L(w + t d) over radii t and directions d.
#pragma once
#include "core/random.hpp"
#include "experiments/studies/leaky_network.hpp"

namespace symopt {

/// A direction of the public code: every coordinate uniform in [0, 1), then of unit norm. All of them lie in
/// the positive orthant, at about 30° from its diagonal.
std::vector<double> positive_direction(Index size, Stream stream);

struct AverageSharpness {
  double loss = 0;               ///< L(w)
  double mean = 0;               ///< of L(w + t d)
  std::vector<double> gradient;  ///< of that mean by w, the directions held: the mean of ∇L(w + t d)
};

/// Over every radius with each of the `directions` positive_direction()s of stream.fork(Purpose::teleport,
/// k). `layout` is that of a plain leaky-ReLU network. The gradient is left empty where it is not asked for.
AverageSharpness average_sharpness(const ParamLayout& layout, std::span<const double> theta,
                                   const SampleColumns& samples, const std::vector<double>& radii,
                                   int directions, const Stream& stream, bool with_gradient);

}  // namespace symopt
