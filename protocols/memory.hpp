// memory.hpp — how much memory a trial takes, before it is run.
#pragma once
#include <cstddef>

#include "core/data/dataset.hpp"
#include "results/trial.hpp"

namespace symopt {

/// Bytes that one trial on `threads` threads holds at most: measured on one that takes a step on an empty
/// batch, as everything that a trial holds is there after its first step. 0 where the C library does not
/// tell. For a spec that check_spec() has seen; takes about the time of a step.
std::size_t trial_bytes(const TrialSpec& spec, const Dataset& data, int threads);

}  // namespace symopt
