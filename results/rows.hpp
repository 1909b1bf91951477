// rows.hpp — the rows of a results folder's tables; columns_of() lists what each has.
#pragma once
#include <compare>
#include <limits>
#include <string>

#include "results/columns.hpp"
#include "results/trial.hpp"

namespace symopt {

/// Whose a row is: all trials of a setting of an optimizer, or one of them. `settings` are those of
/// settings_texts().
struct GroupKey {
  std::string dataset, network, optimizer, settings;
  auto operator<=>(const GroupKey&) const = default;
};
struct TrialKey : GroupKey {
  std::uint64_t seed = 1;
  int trial = 0;
  auto operator<=>(const TrialKey&) const = default;
};

/// trials.csv
struct TrialRow : TrialKey, Outcome, Ending {
  std::string start;
  int epochs = 0;
  std::string hash;
};
/// epochs.csv
struct EpochRow : TrialKey, EpochPoint {};
/// search.csv
struct SearchRow : TrialKey, SearchPoint {
  bool chosen = false;
};
/// timings.csv
struct TimingRow : TrialKey, EpochTiming {
  int epoch = 0;
};
/// What a table says of a teleport, seconds apart.
struct TeleportOutcome : Teleport {
  bool skipped = false;
};
/// teleports.csv
struct TeleportRow : TrialKey, TeleportOutcome {};
/// teleport_timings.csv
struct TeleportTimingRow : TrialKey, Teleport {};

/// class_metrics.csv
struct ClassMetricsRow : TrialKey, ClassMetrics {};
/// confusion.csv
struct ConfusionRow : TrialKey, ConfusionCount {};
/// classes.csv
struct ClassRow : TrialKey {
  std::string set;
  int label = 0;
  std::int64_t rows = 0;
  double accuracy = 0, iou = 0;
};

/// summary.csv
struct SummaryRow : GroupKey {
  std::string metric;
  int trials = 0, completed = 0, diverged = 0, failed = 0, timed_out = 0;
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double mean = kNone, variance = kNone, deviation = kNone, median = kNone;
  double q1 = kNone, q3 = kNone, min = kNone, max = kNone;
  std::string interval;
  double ci_low = kNone, ci_high = kNone;
};
/// tests.csv
struct TestRow {
  std::string dataset, network, optimizer_a, optimizer_b;
  int pairs = 0;
  double mean_difference = 0;
  std::string interval;
  double ci_low = 0, ci_high = 0, t = 0, p_t = 0, p_t_holm = 0, w = 0;
  int zeros = 0;
  double p_wilcoxon = 0, p_wilcoxon_holm = 0, d_z = 0;
};

/// What targets.csv and target_timings.csv have in common.
struct TargetHead : GroupKey {
  std::string rule;
  double target = 0;
  int trials = 0, reached = 0;
};
/// targets.csv
struct TargetRow : TargetHead {
  double epochs = 0, epochs_q1 = 0, epochs_q3 = 0, epochs_min = 0, epochs_max = 0;
  double steps = 0, steps_q1 = 0, steps_q3 = 0, steps_min = 0, steps_max = 0;
};
/// target_timings.csv
struct TargetTimingRow : TargetHead {
  double seconds = 0, seconds_q1 = 0, seconds_q3 = 0, seconds_min = 0, seconds_max = 0;
};
/// profiles.csv and profile_timings.csv
struct ProfileRow {
  std::string problems, optimizer, settings;
  double ratio = 0, share = 0;
};
/// scores.csv and score_timings.csv
struct ScoreRow {
  std::string problems, optimizer, settings;
  int count = 0, solved = 0, best = 0;
  double score = 0;
};
/// ranks.csv
struct RankRow {
  std::string optimizer;
  int problems = 0;
  double mean_rank = 0, z = 0, p = 0, p_holm = 0;
};
/// friedman.csv
struct FriedmanRow {
  int problems = 0, optimizers = 0;
  double chi_squared = 0, p_chi_squared = 0, f = 0, p_f = 0, critical_difference = 0;
};
/// claims.csv
struct ClaimRow {
  int claim = 0;
  std::string verdict, statement, rule, numbers;
};
/// plan.csv
struct PlanRow : TrialKey {
  std::string hash;
  /// "mnist archbn-2 un(retraction=exp) seed 1 trial 0"
  std::string text() const;
};
/// environment.csv
struct FactRow {
  std::string name, value;
};

template <>
const Columns<GroupKey>& columns_of();
template <>
const Columns<TrialKey>& columns_of();
// Of a trial file's sections.
template <>
const Columns<Ending>& columns_of();
template <>
const Columns<SearchPoint>& columns_of();
template <>
const Columns<EpochPoint>& columns_of();
template <>
const Columns<EpochTiming>& columns_of();
template <>
const Columns<Teleport>& columns_of();
template <>
const Columns<TeleportOutcome>& columns_of();
template <>
const Columns<ClassMetrics>& columns_of();
template <>
const Columns<ConfusionCount>& columns_of();
// Of tables.
template <>
const Columns<TrialRow>& columns_of();
template <>
const Columns<EpochRow>& columns_of();
template <>
const Columns<SearchRow>& columns_of();
template <>
const Columns<TimingRow>& columns_of();
template <>
const Columns<TeleportRow>& columns_of();
template <>
const Columns<TeleportTimingRow>& columns_of();
template <>
const Columns<ClassMetricsRow>& columns_of();
template <>
const Columns<ConfusionRow>& columns_of();
template <>
const Columns<ClassRow>& columns_of();
template <>
const Columns<SummaryRow>& columns_of();
template <>
const Columns<TestRow>& columns_of();
template <>
const Columns<TargetRow>& columns_of();
template <>
const Columns<TargetTimingRow>& columns_of();
template <>
const Columns<ProfileRow>& columns_of();
template <>
const Columns<ScoreRow>& columns_of();
template <>
const Columns<RankRow>& columns_of();
template <>
const Columns<FriedmanRow>& columns_of();
template <>
const Columns<ClaimRow>& columns_of();
template <>
const Columns<PlanRow>& columns_of();
template <>
const Columns<FactRow>& columns_of();

}  // namespace symopt
