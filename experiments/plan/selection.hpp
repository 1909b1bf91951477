// selection.hpp — which setting of an optimizer is the best: by validation data alone.
#pragma once
#include "experiments/plan/request.hpp"

namespace symopt {

/// How settings are judged.
struct SelectionRule {
  std::string criterion = "last";  ///< validation error: `last`, after the last epoch; `best`, the lowest
  double target = 0;  ///< above 0: by the steps until an epoch ends with at most this validation error
};

/// A setting and what its trials came to.
struct Judged {
  Contestant contestant;
  int trials = 0, completed = 0, diverged = 0, failed = 0, timed_out = 0;
  double validation_error = 1;  ///< mean over the trials; one that did not complete counts as 1
  double steps = 0;             ///< mean steps to the target; infinite where a trial never reached it
  size_t first = 0;             ///< of its trials in the records
  bool better_than(const Judged& other, const SelectionRule& rule) const;
};

/// Each contestant with its trials among `records`, which are in the order of the plan.
std::vector<Judged> judge(const std::vector<Contestant>& contestants, const std::vector<TrialRecord>& records,
                          const SelectionRule& rule);

/// Are there settings on more than one data set?
bool several_datasets(const std::vector<Judged>& judged);

/// Indices into `judged` of each data set's, network's and listed optimizer's settings, best first; of equal
/// ones the first of the plan. Groups in the order of the plan.
std::vector<std::vector<size_t>> ranked(const std::vector<Judged>& judged, const SelectionRule& rule);

/// A line for each numeric axis with at least three values at whose lowest or highest one `winner` stands:
/// what is better may lie outside. `rivals` are the settings that it was chosen from.
std::vector<std::string> edge_warnings(const Sweep& sweep, const Candidate& winner,
                                       const std::vector<Candidate>& rivals);

}  // namespace symopt
