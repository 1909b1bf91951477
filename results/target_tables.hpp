// target_tables.hpp — targets.csv, profiles.csv and scores.csv, and what rests on seconds apart from them.
#pragma once
#include <filesystem>

#include "results/targets.hpp"

namespace symopt {

/// targets.csv, profiles.csv, scores.csv depend on the records' results alone; target_timings.csv,
/// profile_timings.csv and score_timings.csv hold the same of seconds.
void write_target_tables(const std::filesystem::path& folder, const std::vector<TrialRecord>& records,
                         const TargetRule& rule);

}  // namespace symopt
