// shard.hpp — one of several processes that share a plan: shard i of n has the trials i, i + n, i + 2n, …
#pragma once
#include <string>
#include <vector>

#include "results/trial.hpp"

namespace symopt {

struct Shard {
  int index = 1;  ///< from 1
  int count = 1;
  std::string text() const { return fmt::format("{}/{}", index, count); }
};

/// "2/4". UsageError on anything but 1 ≤ i ≤ n.
Shard parse_shard(const std::string& text);

/// Dealt out one by one, as cards are: neighbours in a plan cost about the same, so shards do too. Each trial
/// is in exactly one of the n shards.
std::vector<TrialSpec> part_of(const std::vector<TrialSpec>& planned, const Shard& shard);

}  // namespace symopt
