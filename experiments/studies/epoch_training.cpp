// epoch_training.cpp — epochs of a training, evaluated on validation and test samples.
#include "experiments/studies/epoch_training.hpp"

#include <numeric>

#include "protocols/phase.hpp"
#include "protocols/training.hpp"

namespace symopt {

namespace {

template <class Real>
EpochTraining train_in(TrialSpec spec, const Dataset& data, std::span<const double> start,
                       const EpochRange& range,
                       const std::function<void(int, std::span<const double>)>& after_epoch) {
  spec.protocol.class_metrics = true;  // evaluation then has the loss, too
  Phase phase = full_training(spec, data);
  Training<Real> training(spec, data, [] {});
  training.start_at(phase.batches, start, phase.labels);
  std::vector<std::uint32_t> test(data.test.count());
  std::iota(test.begin(), test.end(), 0);
  EpochTraining result;
  result.theta.assign(start.begin(), start.end());
  for (int epoch = range.first; epoch <= range.last; ++epoch) {
    EpochLosses point;
    point.epoch = epoch;
    Evaluation validated, tested;
    bool finite = training.train_epoch(phase.batches, epoch, spec.protocol.learning_rate, point.cost);
    const bool evaluated = epoch >= range.evaluated_from;
    if (evaluated)
      finite = finite && training.settle_statistics(phase.batches) &&
               training.evaluate(data.train, phase.validation, "validation", validated) &&
               training.evaluate(data.test, test, "test", tested);
    if (!finite) {
      result.message = training.divergence();
      return result;
    }
    const std::span<const Real> theta = training.theta();
    result.theta.assign(theta.begin(), theta.end());
    if (after_epoch) after_epoch(epoch, result.theta);
    if (!evaluated) continue;
    point.validation_loss = validated.loss.sum / validated.loss.weight;
    point.validation_error = validated.error;
    point.test_loss = tested.loss.sum / tested.loss.weight;
    point.test_error = tested.error;
    result.curve.push_back(point);
  }
  return result;
}

}  // namespace

EpochTraining train_epochs(const TrialSpec& spec, const Dataset& data, std::span<const double> start,
                           const EpochRange& range,
                           const std::function<void(int, std::span<const double>)>& after_epoch) {
  return spec.precision == "double" ? train_in<double>(spec, data, start, range, after_epoch)
                                    : train_in<float>(spec, data, start, range, after_epoch);
}

}  // namespace symopt
