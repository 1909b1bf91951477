// side_by_side.cpp — a stepper on the batches of a trial, epoch after epoch.
#include "experiments/studies/side_by_side.hpp"

#include <chrono>
#include <numeric>

#include "optimizers/remarks.hpp"
#include "protocols/batches.hpp"
#include "protocols/finiteness.hpp"
#include "protocols/stepper.hpp"
#include "protocols/trainer.hpp"

namespace symopt {

namespace {

template <class Real>
StepRun run_in(const TrialSpec& spec, const Dataset& data, std::int64_t steps) {
  using Clock = std::chrono::steady_clock;
  const Stream trial(spec.seed, static_cast<std::uint64_t>(spec.trial));
  NetworkSpec network = parse_network(spec.shape, 0, 0);
  network.bn_epsilon = spec.protocol.bn_epsilon, network.bn_momentum = spec.protocol.bn_momentum;
  const auto order = trial.fork(Purpose::split).permutation(static_cast<std::uint32_t>(data.train.count()));
  Batches batches({order.begin(), order.begin() + spec.protocol.train}, spec.protocol.batch,
                  trial.fork(Purpose::batches), last_batch(spec.protocol));

  std::unique_ptr<BatchBuffer<Real>> drawn;
  std::vector<std::uint32_t> indices;
  const auto draw = [&](Index count, Stream stream) {
    if (!drawn || drawn->capacity() < count)
      drawn = std::make_unique<BatchBuffer<Real>>(count, data.inputs());
    indices.resize(static_cast<size_t>(count));
    for (std::uint32_t& i : indices) i = batches.samples()[stream.below(batches.samples().size())];
    return drawn->gather(data.train, indices);
  };
  Stepper<Real> stepper(network, find_optimizer(spec.optimizer), parse_settings(spec.settings),
                        spec.protocol.batch, draw);
  stepper.set_epoch_steps(static_cast<std::int64_t>(batches.count()));
  stepper.start(spec.start, trial.fork(Purpose::init), trial.fork(Purpose::labels));
  BatchBuffer<Real> buffer(spec.protocol.batch, data.inputs());

  StepRun run;
  double seconds = 0;
  int epoch = 0;
  for (std::int64_t t = 0; t < steps; ++t) {
    const size_t i = static_cast<size_t>(t) % batches.count();
    if (i == 0) batches.start(++epoch);
    const auto start = Clock::now();
    const Batch<Real> batch = buffer.gather(data.train, batches[i]);
    const Real loss = stepper.gradient(batch);
    stepper.step(batch, spec.protocol.learning_rate);
    seconds += std::chrono::duration<double>(Clock::now() - start).count();
    if (!std::isfinite(loss) || !all_finite(std::span<const Real>(stepper.theta()))) {
      run.message = fmt::format("not finite at step {}", t + 1);
      break;
    }
    run.loss.push_back(static_cast<double>(loss));
    run.seconds.push_back(seconds);
  }
  run.remark = remark_of(stepper.optimizer());
  return run;
}

}  // namespace

StepRun run_steps(const TrialSpec& spec, const Dataset& data, std::int64_t steps) {
  return spec.precision == "double" ? run_in<double>(spec, data, steps) : run_in<float>(spec, data, steps);
}

std::int64_t steps_of(const ProtocolSettings& p) {
  return p.max_epochs * static_cast<std::int64_t>(batch_count(static_cast<size_t>(p.train),
                                                              static_cast<size_t>(p.batch), last_batch(p)));
}

std::vector<TrialSpec> no_trials(const Request& request, const Dataset& data) {
  for (const TrialSpec& spec : expand(request, data)) check_spec(spec, data);
  return {};
}

}  // namespace symopt
