// spec_check.hpp — what a trial is refused for, or warned of, before any training.
#pragma once
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "results/trial.hpp"

namespace symopt {

/// Refuses what cannot run: UsageError naming option, value and bound.
void check_spec(const TrialSpec& spec, const Dataset& data);

/// What can run and is hardly meant, a line each: a last batch below half a batch.
std::vector<std::string> cautions(const TrialSpec& spec);

}  // namespace symopt
