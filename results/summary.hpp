// summary.hpp — records grouped as the tables show them: one group a (dataset, network, optimizer, settings).
#pragma once
#include <string>
#include <vector>

#include "results/statistics.hpp"
#include "results/trial.hpp"

namespace symopt {

struct Group {
  std::string dataset, network, optimizer;  ///< optimizer: TrialSpec::optimizer_label()
  int trials = 0, completed = 0, diverged = 0, failed = 0, timed_out = 0;
  std::vector<int> trial;               ///< the completed trials' numbers …
  std::vector<double> test_error;       ///< … and their test error at the last epoch, in the same order
  std::vector<double> best_test_error;  ///< … and at the best validation epoch
  std::vector<double> seconds;       ///< training seconds of the full training (phase 2), a completed trial
  std::vector<double> step_seconds;  ///< median over epochs of seconds an optimizer step, a completed trial
  std::string optimizer_name, settings;  ///< the two parts of the label
  std::vector<std::uint64_t> seed;       ///< of the completed trials, beside `trial`
};

/// The seed of a group's bootstrap: from the experiment's seed and the group's names, so that another group
/// in the table does not change this one's interval.
std::uint64_t bootstrap_seed(const Group& group, std::uint64_t seed);

/// Groups in the order of first appearance; trials in the order given.
std::vector<Group> group_records(const std::vector<TrialRecord>& records);

struct GroupSummary {
  double mean, variance, deviation, median, q1, q3, min, max;
  Interval interval;  ///< bootstrap 95 % of the mean
};
/// Of the completed trials' values, with a seed from bootstrap_seed(): all NaN where there are none.
GroupSummary summarize(const std::vector<double>& values, std::uint64_t seed);

/// Two groups of one (dataset, network), compared over the trials that both completed.
struct Comparison {
  std::string dataset, network, a, b;
  PairedTest test;
  double p_t_holm = 1, p_wilcoxon_holm = 1;  ///< corrected over all pairs of the table
};
/// Every pair of optimizers within each (dataset, network), Holm over all of them.
std::vector<Comparison> compare_all(const std::vector<Group>& groups, std::uint64_t seed);
/// Paired test of test errors over the (seed, trial) that both completed. `seed` is the experiment's; the
/// bootstrap's is made from it and both names, whichever comes first.
PairedTest compare(const Group& a, const Group& b, std::uint64_t seed);

}  // namespace symopt
