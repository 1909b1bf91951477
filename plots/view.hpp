// view.hpp — the results of a folder as figures show them: network by network, its optimizers with their
// styles.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "results/results.hpp"

namespace symopt {

struct OptimizerView {
  std::string label;  ///< "un" or "un(retraction=exp)"
  int style = 0;      ///< by its label, plots/styles.hpp: the same in every figure and on the page
  std::span<const TrialResult> trials;
  double mean, ci_low, ci_high;  ///< of the completed trials' test error, as the table has them
  std::string interval;          ///< kind of ci_low and ci_high
  int completed() const;
  double validation_error() const;  ///< mean of best_validation_error over the completed trials
  /// "8/10", or "8/10, 2 diverged" with the reasons why trials are missing.
  std::string counts(bool reasons) const;
};

struct NetworkView {
  std::string dataset, network;
  std::vector<OptimizerView> optimizers;
  std::string error_is = {};  ///< what an error is, where it is not a share of samples
  bool tested_along = true;   ///< test errors of epochs before the last are there
  int left_out = 0;           ///< optimizers that the results hold beside these
  int trials() const;         ///< of the optimizer that has most
};

/// More lines or rows than these are no figure, and there are no more styles that tell apart.
inline constexpr int kMostShown = 35;

/// Of `results`, which must stay, in their order. Of a network with more optimizers than `most`, the best by
/// validation: most completed trials first, then the lowest validation_error().
std::vector<NetworkView> view_of(const Results& results, int most = kMostShown);

}  // namespace symopt
