// summary.hpp — records grouped as the tables show them: one group a (dataset, network, optimizer, settings),
// where settings tell apart whatever of an optimizer's trials varies.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "results/statistics.hpp"
#include "results/trial.hpp"

namespace symopt {

/// What the message of a completed trial says where no parameter has other bits than at the start: a rate so
/// small that adding it changes nothing. Its errors are those of the starting values.
inline constexpr std::string_view kUnchanged = "unchanged: no parameter moved from its starting value";

struct Group {
  std::string dataset, network, optimizer;  ///< optimizer: optimizer_label()
  int trials = 0, completed = 0, diverged = 0, failed = 0, timed_out = 0;
  std::vector<int> trial;                ///< the completed trials' numbers, of those that were tested …
  std::vector<double> test_error;        ///< … and their test error at the last epoch, in the same order
  std::vector<double> best_test_error;   ///< … and at the best validation epoch
  std::vector<double> validation_error;  ///< of the completed trials at the last epoch …
  std::vector<double> best_validation_error;  ///< … and the lowest
  std::vector<double> seconds;  ///< training seconds of the full training (phase 2), a completed trial
  std::string optimizer_name, settings;  ///< the two parts of the label; settings: of settings_texts()
  std::vector<std::uint64_t> seed;       ///< of the completed trials, beside `trial`
  int unchanged = 0;                     ///< completed trials of kUnchanged
};

/// A table's cell of trials that failed or timed out: "3", or "3 (2 timed out)".
std::string failed_text(int failed, int timed_out);

/// The rule with a seed of the group's own, from the experiment's and the group's names: so another group in
/// the table does not change this one's interval.
IntervalRule rule_of(const Group& group, const IntervalRule& rule);

/// Groups in the order of first appearance; trials in the order given.
std::vector<Group> group_records(const std::vector<TrialRecord>& records);

struct GroupSummary {
  double mean, variance, deviation, median, q1, q3, min, max;
  Interval interval;  ///< 95 % of the mean
};
/// Of the completed trials' values, with a rule from rule_of(): all NaN where there are none.
GroupSummary summarize(const std::vector<double>& values, const IntervalRule& rule);

/// Two groups of one (dataset, network), compared over the trials that both completed.
struct Comparison {
  std::string dataset, network, a, b;
  PairedTest test;
  double p_t_holm = 1, p_wilcoxon_holm = 1;  ///< corrected over all pairs of the table that have a test
};
/// In a (dataset, network) of more groups than this each is compared with one reference instead of with every
/// other: a sweep of 1,000 settings would make 499,500 pairs, which no correction for multiple tests
/// survives.
inline constexpr int kMostPairwise = 40;
/// The group that stands for the best of a (dataset, network), chosen on validation data only: of those with
/// the most completed trials the one with the lowest mean of best_validation_error, the first of equal ones.
/// `members` are indices into `groups`, at least one.
std::size_t reference_group(const std::vector<Group>& groups, const std::vector<std::size_t>& members);
/// Every pair of optimizers within each (dataset, network), or every one with the reference; Holm over all of
/// them. In the order of the groups.
std::vector<Comparison> compare_all(const std::vector<Group>& groups, const IntervalRule& rule);
/// Paired test of test errors over the (seed, trial) that both completed. A seed for resampling is made from
/// the rule's and both names, whichever comes first.
PairedTest compare(const Group& a, const Group& b, const IntervalRule& rule);

}  // namespace symopt
