// sweep_report.hpp — what ends a sweep: the settings of each optimizer by validation error, and the best ones
// compared.
#pragma once
#include "experiments/plan/selection.hpp"

namespace symopt {

/// Of a setting's completed trials, at the last epoch; NaN where there is none.
double mean_test_error(const Judged& judged, const std::vector<TrialRecord>& records);

/// Each optimizer's best settings, with what they cost in trials. `with_test`: and their test error.
std::string ranking_table(const std::vector<Judged>& judged, const std::vector<TrialRecord>& records,
                          const SelectionRule& rule, bool with_test);

/// `contestants`: those of the records, in the order of the plan.
std::string sweep_report(const Request& request, const std::vector<TrialRecord>& records,
                         const std::vector<Contestant>& contestants);

}  // namespace symopt
