// sensitivity.hpp — a figure for each axis of a sweep: validation error by its value, everything else at the
// best setting of the optimizer.
#pragma once
#include <filesystem>

#include "experiments/plan/selection.hpp"

namespace symopt {

/// panels.csv and lines.csv in `folder`, for numeric axes of a grid with at least three values; nothing where
/// there is none. `contestants`: those of the records, in the order of the plan.
void write_sensitivity(const Request& request, const std::vector<TrialRecord>& records,
                       const std::vector<Contestant>& contestants, const std::filesystem::path& folder);

}  // namespace symopt
