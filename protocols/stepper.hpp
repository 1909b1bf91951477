// stepper.hpp — a network under an optimizer: flat theta and gradient, and one step a batch.
#pragma once
#include "core/algebra/subnormals.hpp"
#include "core/network/network.hpp"
#include "core/network/start.hpp"
#include "optimizers/optimizer.hpp"
#include "protocols/kept_log.hpp"

namespace symopt {

/// Owns theta and the gradient, one allocation each, and hands the optimizer what its needs() ask for.
/// Gradients and steps are computed without subnormal numbers: the mean squared gradients of pixels that are
/// hardly ever lit decay into them, and cost more there than the whole network.
template <class Real>
class Stepper {
 public:
  using Draw = std::function<Batch<Real>(Index count, Stream stream)>;

  /// `max_batch`: the largest batch of step() and of evaluations. `draw` serves optimizers that ask for
  /// samples of their own; it may be empty where none does. `threads`: of the network's passes.
  Stepper(const NetworkSpec& spec, const OptimizerEntry& optimizer, const Assignments& settings,
          Index max_batch, Draw draw = {}, int threads = 1)
      : optimizer_(optimizer.make<Real>(settings)),
        needs_(optimizer_->needs(layout_of(spec))),
        network_(spec, std::max(max_batch, needs_.draw), threads),
        theta_(static_cast<size_t>(network_.layout().size)),
        grad_(theta_.size()) {
    optimizer_->attach(spec, network_.max_batch());
    extras_.draw = std::move(draw);
  }

  /// Starting values of `kind` from `init`; the optimizer's own draws come from `random`.
  void start(const std::string& kind, const Stream& init, const Stream& random) {
    fill_start<Real>(kind, network_.layout(), init, theta_);
    bind(random);
  }
  /// Binds the optimizer to the theta that is there, batch statistics as at the start. t: the steps taken
  /// before, where theta and the optimizer's state() are then restored.
  void bind(const Stream& random, std::int64_t t = 0) {
    random_ = random;
    network_.reset_statistics();
    log_.clear();
    optimizer_->bind(network_.layout(), theta_);
    t_ = t;
  }

  /// Steps of an epoch, for what an optimizer does at chosen epochs. 0: there are none.
  void set_epoch_steps(std::int64_t steps) { epoch_steps_ = steps; }

  /// Loss of the batch and its gradient at theta.
  Real gradient(const Batch<Real>& batch) {
    const SubnormalsAreZero mode;
    return network_.gradient(theta_, batch, grad_);
  }
  /// As if the loss of the last gradient() had been multiplied by `factor`: that gradient, and nothing that
  /// an optimizer finds by passes of its own.
  void scale_gradient(double factor) { as_array(std::span<Real>(grad_)) *= static_cast<Real>(factor); }
  /// The optimizer's step on the batch that gradient() just saw.
  void step(const Batch<Real>& batch, double learning_rate) {
    const SubnormalsAreZero mode;
    if (needs_.passes) {
      extras_.passes = &network_;
      extras_.batch = &batch;
      extras_.random = random_.fork(Purpose::labels, static_cast<std::uint64_t>(t_));
    }
    log_.begin_step(t_);
    optimizer_->step({t_++, static_cast<Real>(learning_rate), grad_, extras_, log_, epoch_steps_}, theta_);
  }

  /// All that the next step depends on, by name: theta, the optimizer's state, batch statistics.
  std::vector<std::pair<std::string, std::span<Real>>> state() {
    std::vector<std::pair<std::string, std::span<Real>>> arrays = {{"theta", theta_}};
    for (std::span<Real> array : optimizer_->state())
      arrays.emplace_back(fmt::format("optimizer {}", arrays.size() - 1), array);
    int layer = 0;
    for (BatchStatistics<Real>* s : network_.statistics()) {
      for (auto& [name, values] : {std::pair("mean", &s->mean), std::pair("variance", &s->variance)})
        arrays.emplace_back(fmt::format("{} {}", name, layer),
                            std::span<Real>(values->data(), static_cast<size_t>(values->size())));
      ++layer;
    }
    return arrays;
  }

  /// What the optimizer did beside its steps, since start() or bind().
  const KeptLog& log() const { return log_; }
  /// What a reader should know of those steps, in one line; empty: nothing.
  std::string remarks() const {
    KeptLog conclusion;
    optimizer_->conclude(conclusion);
    return conclusion.remarks();
  }

  Network<Real>& network() { return network_; }
  Optimizer<Real>& optimizer() { return *optimizer_; }
  std::span<Real> theta() { return theta_; }
  std::span<const Real> theta() const { return theta_; }
  std::span<const Real> grad() const { return grad_; }
  /// Where the network is to be evaluated: theta, unless the optimizer says otherwise.
  std::span<const Real> evaluation_point() const { return optimizer_->evaluation_point(theta_); }
  std::int64_t steps() const { return t_; }

 private:
  std::unique_ptr<Optimizer<Real>> optimizer_;
  Needs needs_;
  Network<Real> network_;
  Buffer<Real> theta_, grad_;
  Extras<Real> extras_;
  KeptLog log_;
  Stream random_{0};
  std::int64_t t_ = 0, epoch_steps_ = 0;
};

}  // namespace symopt
