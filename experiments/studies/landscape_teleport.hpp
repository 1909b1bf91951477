// landscape_teleport.hpp — teleports to where the loss is flatter or sharper, or the orbit bends less or more
// (Zhao, Gower, Walters, Yu 2024), by the general-linear group on samples.
#pragma once
#include "core/random.hpp"
#include "experiments/studies/leaky_network.hpp"

namespace symopt {

enum class Landscape { sharpness, curvature };

/// A kind of teleport.
struct LandscapeTeleport {
  std::string name;  ///< lower sharpness, …
  Landscape objective;
  bool lower;
  double rate;
  int teleports;  ///< one after the other, each on samples of its own
  int steps;      ///< of ascent or descent in each
};

/// The public code's settings for MNIST, Fashion-MNIST and CIFAR-10, and curvature at a hundredth of its
/// rates; any other data set has those of MNIST, or of CIFAR-10 where its samples have colours.
struct LandscapeSettings {
  std::vector<double> radii;  ///< of the sharpness that is correlated
  std::vector<LandscapeTeleport> teleports;
};
LandscapeSettings landscape_settings(const Dataset& data);

/// Of the sharpness that teleports look at: 0.1, 0.2, … 0.9.
std::vector<double> teleport_radii();

struct LandscapeMove {
  int steps = 0;  ///< that were taken: fewer where the sharpness has reached its bound, or nothing is finite
  double loss_before = 0, loss_after = 0;  ///< on the samples
};

/// One teleport of a plain leaky-ReLU network; theta moves.
/// Sharpness: g = I + T on all hidden layers, T = ±rate · d(mean of L over `directions` directions and
/// teleport_radii())/dT at T = 0, anew in each step; the mean of nine radii is divided by ten, as published.
/// Curvature: g = exp(tM) on the last hidden layer, M uniform in [0, 1), t = ±rate · dκ/dt at t = 0.
/// In both the next layer is solved for in least squares (GeneralLinear).
LandscapeMove landscape_teleport(const LandscapeTeleport& kind, const NetworkSpec& spec,
                                 const SampleColumns& samples, int directions, const Stream& stream,
                                 std::span<double> theta);

}  // namespace symopt
