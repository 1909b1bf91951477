// claims.hpp — the paper's four claims (Badrinarayanan, Mishra, Cipolla 2015), tested on what was measured.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "experiments/studies/step_times.hpp"
#include "results/summary.hpp"

namespace symopt {

enum class Verdict { supported, not_supported, undecided };
std::string to_text(Verdict verdict);

struct Claim {
  int number;
  std::string statement, rule, numbers;  ///< what is claimed, what decides it, what was measured
  Verdict verdict;
  bool of_timings = false;  ///< rests on seconds, so it is not part of the reproducible results
};

/// Those claims whose networks and optimizers the table has. The rules are fixed beforehand: level 5 %; claim
/// 3's margin is 0.25 percentage points; claim 4's ratios 1.10, 1.25. `steps` are un's beside b-sgd's;
/// without them claim 4 is undecided.
std::vector<Claim> test_claims(const std::vector<Group>& groups, const IntervalRule& rule,
                               const std::optional<StepRatio>& steps);

/// claims.csv: the claims that do not rest on seconds.
std::string claims_csv(const std::vector<Claim>& claims);

}  // namespace symopt
