// view.hpp — what a results folder holds, as the figures need it: networks, their optimizers, their trials.
#pragma once
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace symopt {

/// One epoch of a trial. Errors are fractions in [0, 1], cost in nats.
struct EpochView {
  int epoch;     ///< 1, 2, …
  double steps;  ///< since the start of epoch 1
  double learning_rate, cost, train_error, validation_error, test_error;
  double seconds = std::numeric_limits<double>::quiet_NaN();  ///< training time since the start of epoch 1
};

struct CandidateView {
  double learning_rate, validation_error;  ///< NaN where it diverged
  bool diverged, chosen;
};

struct TrialView {
  std::string seed;
  int trial = 0;
  std::string status;                ///< completed, diverged, failed, timed-out
  double test_error = 0;             ///< at its last epoch
  double best_validation_error = 0;  ///< NaN if there is none
  std::vector<EpochView> curve;
  std::vector<CandidateView> search;
  bool completed() const { return status == "completed"; }
};

struct OptimizerView {
  std::string label;  ///< "un" or "un(retraction=exp)"
  int style = 0;      ///< by its label, plots/styles.hpp: the same in every figure and on the page
  std::vector<TrialView> trials;
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
  int left_out = 0;    ///< optimizers that the results hold beside these
  int trials() const;  ///< of the optimizer that has most
};

/// More lines or rows than these are no figure, and there are no more styles that tell apart.
inline constexpr int kMostShown = 35;

/// From the CSVs, in their order. Of a network with more optimizers than `most`, the best by validation: most
/// completed trials first, then the lowest validation_error(). UserError naming file, line, column where one
/// is missing or malformed, or where it speaks of a trial that trials.csv lacks. timings.csv may be missing.
std::vector<NetworkView> read_results(const std::filesystem::path& folder, int most = kMostShown);

}  // namespace symopt
