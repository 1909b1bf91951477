// teleport.hpp — teleport+NAME: any optimizer, with symmetry teleportation before chosen steps.
#pragma once
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

inline const std::string kTeleportPrefix = "teleport+";

/// NAME's entry wrapped: NAME's start, and its options after those of teleportation.
OptimizerEntry teleport(const OptimizerEntry& inner);
/// The options that teleportation adds.
std::vector<OptionInfo> teleport_options();

/// "1/3/5-7" → {1, 3}, {5, 7}: closed ranges of positive integers, in the order given. UsageError naming
/// `option`.
std::vector<std::pair<std::int64_t, std::int64_t>> parse_ranges(const std::string& option,
                                                                const std::string& text);

}  // namespace symopt::optimizers
