// generalization.hpp — the rows of `run generalization` (Zhao, Gower, Walters, Yu 2024), and its two halves:
// what the landscape around trained networks has to do with their validation loss, and teleports that change
// it.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "experiments/plan/request.hpp"
#include "experiments/studies/epoch_training.hpp"
#include "experiments/studies/landscape_teleport.hpp"

namespace symopt {

/// What of the study's size follows from the request: published at 100 trials of 40 epochs of 50,000 samples.
struct LandscapeSizes {
  int networks;              ///< trained: the trials
  int curves, curve_batch;   ///< of each network, each on training samples of its own
  int runs, teleport_batch;  ///< networks that teleport; samples of a teleport
  int directions = 100;
  int teleport_after;  ///< this epoch
};
LandscapeSizes landscape_sizes(const Request& request);

/// Whose a row is.
struct LandscapeKey {
  std::string network, optimizer, settings;
};

/// A row of landscape_networks.csv.
struct LandscapeRow : LandscapeKey {
  int run = 0;
  double loss = 0, sharpness = 0, curvature = 0, exact_curvature = 0;
  double validation_loss = 0, validation_error = 0, test_loss = 0, test_error = 0;
  std::string message;
};

/// A row of landscape_correlations.csv.
struct CorrelationRow : LandscapeKey {
  std::string measure, outcome;
  int networks = 0;
  double r = 0, r_low = 0, r_high = 0, p = 0;
};

/// A row of landscape_teleports.csv. NaN where there is no such number.
struct LandscapeTeleportRow : LandscapeKey {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  std::string arm;
  int run = 0, teleports = 0, steps = 0;
  double loss_before = kUnknown, loss_after = kUnknown, sharpness_before = kUnknown,
         sharpness_after = kUnknown, curvature_before = kUnknown, curvature_after = kUnknown,
         distance = kUnknown;
  std::string message;
};

/// A row of landscape_curves.csv.
struct LandscapeCurveRow : LandscapeKey, EpochLosses {
  std::string arm;
  int run = 0;
};

/// The networks of a setting, trained from the starts of its trials on the split and the batches of trial 0.
struct TrainedNetworks {
  LandscapeKey key;
  TrialSpec spec;  ///< of trial 0
  std::vector<EpochTraining> networks;
  std::vector<std::vector<double>> halfway;  ///< weights of the first `runs`, where they teleport
};
TrainedNetworks train_networks(const TrialSpec& spec, const Dataset& data, const LandscapeSizes& sizes);

/// Average sharpness and curvature of every network, on the same samples, directions and Lie algebra
/// elements.
std::vector<LandscapeRow> measure_landscape(const TrainedNetworks& trained, const Dataset& data,
                                            const LandscapeSizes& sizes);
/// Of every measure with every outcome, over the networks that ended finite.
std::vector<CorrelationRow> correlate(const std::vector<LandscapeRow>& rows);

inline constexpr const char* kPlainArm = "no teleport";
/// A run of an arm: the teleports, and the epochs behind them; of kPlainArm the network as it was trained,
/// all epochs.
struct LandscapeRun {
  LandscapeTeleportRow teleport;
  std::vector<EpochLosses> curve;
};
/// kPlainArm first, then every kind; of each the runs 0, 1, ….
std::vector<LandscapeRun> teleport_networks(const TrainedNetworks& trained, const Dataset& data,
                                            const LandscapeSizes& sizes);

}  // namespace symopt
