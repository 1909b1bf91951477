// epoch_training.hpp — some epochs of a trial's full training from given weights, with the losses of the
// samples that it has not seen.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "results/trial.hpp"

namespace symopt {

/// After an epoch. Losses: mean cross-entropy in nats; errors: shares of wrong samples.
struct EpochLosses {
  int epoch = 0;
  double cost = 0;  ///< mean loss of the epoch's batches
  double validation_loss = 0, validation_error = 0, test_loss = 0, test_error = 0;
};

struct EpochRange {
  int first, last;     ///< from 1; their batches are those of the trial's epochs of these numbers
  int evaluated_from;  ///< the first one behind which the losses are measured
};

struct EpochTraining {
  std::vector<double> theta;       ///< after the last epoch, in the trial's precision
  std::vector<EpochLosses> curve;  ///< of the evaluated epochs
  std::string message;             ///< where it left the finite numbers, and ended; empty: it did not
};

/// At the protocol's learning rate throughout, the optimizer bound anew. `after_epoch` sees the weights
/// behind each.
EpochTraining train_epochs(const TrialSpec& spec, const Dataset& data, std::span<const double> start,
                           const EpochRange& range,
                           const std::function<void(int, std::span<const double>)>& after_epoch = {});

}  // namespace symopt
