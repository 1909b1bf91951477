// ranking.hpp — optimizers ranked over several problems: Friedman's test with the correction of Iman and
// Davenport, each against the best, and the critical difference of Nemenyi, as in Demšar 2006.
#pragma once
#include <string>
#include <vector>

#include "results/summary.hpp"

namespace symopt {

/// Fewer problems say nothing of a rank.
inline constexpr int kFewestProblems = 3;

struct Ranked {
  std::string optimizer;
  std::vector<double> ranks;  ///< on each problem: 1 is the lowest error, equal ones at their mean rank
  double mean_rank = 0;
  /// Of the mean rank against the best one's: normal, two-sided, and with Holm's correction over all of them.
  /// NaN for the best one itself.
  double z, p, p_holm;
};

struct Ranking {
  std::vector<std::string> problems;          ///< "DATASET NETWORK"
  std::vector<Ranked> optimizers;             ///< lowest mean rank first
  double chi_squared = 0, p_chi_squared = 1;  ///< Friedman's
  /// Iman and Davenport's, with k − 1 and (k − 1)(N − 1) degrees of freedom; infinite where all problems
  /// agree.
  double f = 0, p_f = 1;
  /// Mean ranks further apart than this differ at 5 % by Nemenyi's test.
  double critical_difference = 0;
  std::vector<std::string> left_out;  ///< optimizers that not every problem has
  bool empty() const { return optimizers.empty(); }
};

/// Over the (dataset, network)s of the groups. An optimizer is who has the same label on every problem, or
/// the only setting of its name on each. Its error is the mean over the completed trials; where none
/// completed it has the last rank. Empty where fewer than kFewestProblems problems have fewer than two
/// optimizers in common.
Ranking rank(const std::vector<Group>& groups);

/// q_α/√2 of Nemenyi's test: the upper 5 % point of the range of k standard normal values, over √2.
double nemenyi(int k);

}  // namespace symopt
