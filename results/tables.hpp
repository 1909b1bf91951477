// tables.hpp — the merged long-format CSVs of a results folder.
#pragma once
#include <filesystem>
#include <vector>

#include "results/intervals.hpp"
#include "results/targets.hpp"

namespace symopt {

/// Writes trials, epochs, search, summary, tests, targets, profiles, scores, teleports, and timings apart,
/// from records in plan order. All but those named *timings.csv depend on the records' results alone.
void write_csvs(const std::filesystem::path& folder, const std::vector<TrialRecord>& records,
                const IntervalRule& rule, const TargetRule& targets = {});

}  // namespace symopt
