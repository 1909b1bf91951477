// targets.hpp — the effort to a common validation error: epochs, steps and seconds until a trial first has
// it, infinite where it never does (time to target, as AlgoPerf: Dahl et al. 2023, arXiv:2306.07179).
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "results/trial.hpp"

namespace symopt {

/// Which validation error a network's trials have to reach: the given one, or the rule's. Of every trial the
/// lowest validation error within the first ⌈¾ max-epochs⌉ epochs, of every optimizer the median over all its
/// trials (a trial without an epoch has ∞): the rule `best` takes the lowest of these, after AlgoPerf's rule
/// (what the best optimizer reaches in three quarters of the time), `common` the highest finite one (what
/// every optimizer that trains at all reaches).
struct TargetRule {
  std::string rule = "best";
  std::map<std::string, double> given = {};  ///< by network, or "" for every network that is not named
};
/// "best", "common", one validation error ("0.02"), or some networks' ("archbn-2=0.02,archbn-4=0.018", the
/// others by the rule `best`). UsageError on anything else, or an error that is not between 0 and 1.
TargetRule parse_targets(const std::string& text);

/// What one trial needed; all infinite where it never reached the target.
struct Effort {
  double epochs, steps;
  double seconds;  ///< of training, without search and evaluation; NaN where the epochs have no timings
};
/// To the end of the first epoch whose validation error is at most `target`. Every finished epoch counts,
/// also of a trial that diverged later.
Effort effort_to(const TrialRecord& record, double target);

/// All trials of one (dataset, network, optimizer, settings).
struct TargetGroup {
  std::string dataset, network, optimizer, settings;
  double target = 0;                                 ///< NaN where no trial of the network has an epoch
  std::string rule;                                  ///< "given", "best" or "common"
  std::vector<std::pair<std::uint64_t, int>> trial;  ///< seed and number
  std::vector<Effort> effort;                        ///< of each trial
  int reached() const;
  std::vector<double> of(double Effort::*quantity) const;
};
/// In the order of first appearance. UsageError where `rule` names a network that no record has.
std::vector<TargetGroup> group_efforts(const std::vector<TrialRecord>& records, const TargetRule& rule);

}  // namespace symopt
