// full_training.hpp — what phase 2 of a trial starts from: it depends on (seed, trial) and the data's size
// alone.
#pragma once
#include "core/data/dataset.hpp"
#include "protocols/batches.hpp"
#include "results/trial.hpp"

namespace symopt {

struct FullTraining {
  Batches batches;
  std::vector<std::uint32_t> validation;
  Stream init, labels;  ///< of starting values, and of the optimizer's own draws

  FullTraining(const TrialSpec& spec, const Dataset& data)
      : FullTraining(spec.protocol, Stream(spec.seed, static_cast<std::uint64_t>(spec.trial)), data) {}

 private:
  FullTraining(const ProtocolSettings& protocol, const Stream& trial, const Dataset& data)
      : FullTraining(protocol, trial,
                     trial.fork(Purpose::split).permutation(static_cast<std::uint32_t>(data.train.count()))) {
  }
  // The first samples of the order train, the last ones validate.
  FullTraining(const ProtocolSettings& protocol, const Stream& trial, const std::vector<std::uint32_t>& order)
      : batches({order.begin(), order.begin() + protocol.train}, protocol.batch, trial.fork(Purpose::batches),
                last_batch(protocol)),
        validation(order.end() - protocol.validation, order.end()),
        init(trial.fork(Purpose::init)),
        labels(trial.fork(Purpose::labels)) {}
};

}  // namespace symopt
