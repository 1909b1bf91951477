// teleport.hpp — teleport+NAME: any optimizer, with symmetry teleportation before chosen steps.
#pragma once
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

inline const std::string kTeleportPrefix = "teleport+";

/// NAME's entry wrapped: NAME's start, and its options after those of teleportation.
OptimizerEntry teleport(const OptimizerEntry& inner);
/// The options that teleportation adds.
std::vector<OptionInfo> teleport_options();

}  // namespace symopt::optimizers
