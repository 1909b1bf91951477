// results.hpp — what a results folder holds, each of its tables read once and joined by the keys: what
// figures, tables and pages are made from.
#pragma once
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "results/rows.hpp"

namespace symopt {

struct EpochResult : EpochPoint {
  /// Of training, from the start of epoch 1 to the end of this one; NaN without timings.csv.
  double seconds = std::numeric_limits<double>::quiet_NaN();
};

struct TrialResult : TrialRow {
  std::vector<EpochResult> curve;
  std::vector<SearchRow> search;
  std::vector<EpochTiming> timings;  ///< of each epoch; empty without timings.csv
  bool completed() const { return status == Status::completed; }
  double train_seconds() const;  ///< of the full training
};

/// All trials of a (dataset, network, optimizer, settings).
struct OptimizerResult : GroupKey {
  std::vector<TrialResult> trials;
  SummaryRow test_error;      ///< of summary.csv
  std::string label() const;  ///< "un" or "un(retraction=exp)"
};

/// In the tables' order. What is not in the folder is empty.
struct Results {
  std::filesystem::path folder;
  std::vector<OptimizerResult> optimizers;  ///< in the order of first appearance in trials.csv
  std::vector<SummaryRow> summary;
  std::vector<TestRow> tests;
  std::vector<TargetRow> targets;
  std::vector<TargetTimingRow> target_timings;
  std::vector<ProfileRow> profiles, profile_timings;
  std::vector<ScoreRow> scores, score_timings;
  std::vector<RankRow> ranks;         ///< the best first; empty where there is nothing to rank
  std::vector<FriedmanRow> friedman;  ///< one row, where there are ranks
  std::vector<ClaimRow> claims;
  std::vector<FactRow> environment;
  std::string error_is;  ///< error_words() of the configuration's metric
};

/// Reads the tables of `folder`. Where trials.csv is there, so must be epochs.csv, search.csv and
/// summary.csv. UserError naming file, line and column where one is malformed, or where it speaks of a trial
/// or an optimizer that trials.csv lacks.
Results read_results(const std::filesystem::path& folder);

}  // namespace symopt
