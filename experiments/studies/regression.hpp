// regression.hpp — the linear-regression network of Zhao, Dehmamy, Walters, Yu 2022: leaky-ReLU layers 6×5,
// 7×6 and a linear one 8×7, four samples, L = ½‖f(X) − Y‖², by gradient descent or AdaGrad over all samples.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/symmetry/teleportation.hpp"

namespace symopt {

enum class TeleportAction {
  exact,           ///< the general-linear action, which keeps the loss exactly
  published,       ///< PublishedTeleport
  moved_features,  ///< FeatureOrbit: ours
};

struct RegressionSettings {
  std::string optimizer;  ///< of the registry
  double rate;
  int epochs = 300;
  std::optional<int> teleport;  ///< the epoch, from 1, that has one before it
  AscentSettings ascent;
  TeleportAction action = TeleportAction::exact;
};

struct RegressionRun {
  std::vector<double> loss, gradient,
      seconds;  ///< at the start of each epoch: L, ‖∇L‖², elapsed since the first
  std::vector<Teleport> teleports;
};

/// Weights, X and Y uniform in [0, 1) from the seed alone: runs of one seed start alike.
RegressionRun run_regression(const RegressionSettings& settings, std::uint64_t seed);

}  // namespace symopt
