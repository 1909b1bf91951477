// training.hpp — a network in training on a data set: epochs, errors, and all of its state as arrays.
#pragma once
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/data/class_weights.hpp"
#include "core/network/confusion.hpp"
#include "protocols/batches.hpp"
#include "protocols/finiteness.hpp"
#include "protocols/stepper.hpp"
#include "results/checkpoint.hpp"
#include "results/class_metrics.hpp"

namespace symopt {

/// Told of every step of a training. By itself it sees nothing.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  virtual void begin_step() {}  ///< before its batch is gathered
  /// The gradient at theta of the batch of these samples is there, and the step not yet taken.
  virtual void before_step(std::span<const std::uint32_t> /*samples*/, double /*learning_rate*/,
                           double /*loss*/) {}
  virtual void after_step() {}
  virtual void after_epoch(const Batches&) {}
};

/// What a network makes of a set of samples.
struct Evaluation {
  double error = 0;  ///< by the protocol's metric
  /// Where the protocol asks for more than the share of wrong rows; of no classes otherwise.
  Confusion confusion;
  WeightedLoss loss;
};

/// Everything is allocated once; start() begins anew in the same memory.
template <class Real>
class Training {
 public:
  /// Samples that evaluation reads at once, at least: small batches would make small, slow products.
  static constexpr int kEvaluationChunk = 100;

  /// `interrupt` is called before every step and may throw. `threads`: of the network's passes.
  Training(const TrialSpec& spec, const Dataset& data, std::function<void()> interrupt, int threads = 1)
      : protocol_(spec.protocol),
        start_(spec.start),
        data_(data),
        interrupt_(std::move(interrupt)),
        stepper_(
            network_of(spec), find_optimizer(spec.optimizer), parse_settings(spec.settings),
            data.labels_pixels() ? protocol_.batch : std::max(protocol_.batch, kEvaluationChunk),
            [this](Index count, Stream stream) { return draw(count, stream); }, threads),
        network_(stepper_.network()),
        class_weights_(weights_of_classes(spec.protocol, data)),
        buffer_(batch_buffer()),
        classes_(protocol_.class_metrics || protocol_.metric != "error" ? data.classes : 0),
        running_(protocol_.train_error == "running" ? data.classes : 0) {}

  /// Starting values from `init`; the optimizer's own draws come from `random`. `batches` must outlive the
  /// training.
  void start(const Batches& batches, const Stream& init, const Stream& random) {
    serve(batches);
    stepper_.start(start_, init, random);
  }
  /// As start(), from these values.
  void start_at(const Batches& batches, std::span<const double> theta, const Stream& random) {
    serve(batches);
    std::copy(theta.begin(), theta.end(), stepper_.theta().begin());
    stepper_.bind(random);
  }
  /// As start(), but where state() was after `steps` steps; the arrays have to fit.
  void resume(const Batches& batches, const Stream& random, std::int64_t steps,
              const std::vector<StateArray>& arrays) {
    serve(batches);
    restore(arrays);  // bind may look at theta
    stepper_.bind(random, steps);
    restore(arrays);
  }
  /// All that the next step depends on besides the data and the streams.
  std::vector<StateArray> state() {
    std::vector<StateArray> arrays;
    for (const auto& [name, values] : stepper_.state())
      arrays.push_back({name, static_cast<int>(sizeof(Real)),
                        std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes())});
    return arrays;
  }
  /// UserError where `arrays`, of the file `path`, are not those of state(), by name and size.
  /// Before start() or resume().
  void check_fit(const std::vector<StateArray>& arrays, const std::filesystem::path& path) {
    stepper_.bind(Stream(0));  // which fixes the sizes
    const auto own = stepper_.state();
    if (arrays.size() != own.size())
      throw UserError("checkpoint", path.string(), fmt::format("{} arrays", own.size()),
                      fmt::format("{}", arrays.size()));
    for (size_t i = 0; i < own.size(); ++i) {
      const auto& [name, values] = own[i];
      const StateArray& array = arrays[i];
      if (array.name != name || array.element_size != static_cast<int>(sizeof(Real)) ||
          array.bytes.size() != values.size_bytes())
        throw UserError("checkpoint", path.string(),
                        fmt::format("array '{}' of {} bytes", name, values.size_bytes()),
                        fmt::format("'{}' of {} bytes", array.name, array.bytes.size()));
    }
  }

  // Each of the next three is false where a number is not finite that has to be; divergence() then says which
  // and where.

  /// One pass over the training set; `cost` gets the mean batch loss. Looks at the loss, the parameters and
  /// the running statistics at every step: one that evaluation reads may overflow while training, which has
  /// the batch's own, goes on. Where the protocol wants the running training error, running() has it
  /// afterwards.
  bool train_epoch(Batches& batches, int epoch, double rate, double& cost) {
    batches.start(epoch);
    epoch_ = epoch;
    double sum = 0;
    running_.clear();
    for (size_t i = 0; i < batches.count(); ++i) {
      interrupt_();
      observer_->begin_step();
      const Batch<Real> batch = buffer_.gather(data_.train, batches[i]);
      const auto loss = static_cast<double>(stepper_.gradient(batch));
      observer_->before_step(batches[i], rate, loss);
      if (!std::isfinite(loss)) return diverged_at("loss", stepper_.steps() + 1);
      if (running_.classes() > 0) running_.add(network_.logits(), batch.targets);
      drawn_indices_.clear();
      stepper_.step(batch, rate);
      observer_->after_step();
      if (!all_finite(theta())) return diverged_at(first_not_finite(), stepper_.steps());
      if (const std::string statistic = statistic_not_finite(network_); !statistic.empty())
        return diverged_at("running " + statistic, stepper_.steps());
      sum += loss;
    }
    cost = sum / static_cast<double>(batches.count());
    return true;
  }

  /// Evaluation with population statistics takes a pass over the training set first; running ones are there
  /// already.
  bool settle_statistics(const Batches& batches) {
    if (protocol_.bn_statistics != "population" || !network_.spec().batch_norm()) return true;
    network_.begin_population();
    for_chunks(data_.train, batches.whole_batches(), static_cast<size_t>(protocol_.batch),
               [&](const Batch<Real>& b) { network_.forward(evaluation_point(), b.X, Mode::train); });
    network_.end_population();
    const std::string statistic = statistic_not_finite(network_);
    if (statistic.empty()) return true;
    divergence_ = fmt::format("population {} not finite after epoch {}", statistic, epoch_);
    return false;
  }

  /// `out` gets what becomes of the samples at `indices`, which are called `set` samples: by the rows of
  /// logits, samples or pixels, that count. Looks at their logits.
  bool evaluate(const Samples& samples, std::span<const std::uint32_t> indices, const char* set,
                Evaluation& out) {
    Index errors = 0, rows = 0;
    bool finite = true;
    out = {0, Confusion(classes_), {}};
    for_chunks(samples, indices, static_cast<size_t>(buffer_.capacity()), [&](const Batch<Real>& b) {
      if (!finite) return;
      errors += network_.errors(evaluation_point(), b);
      const auto logits = network_.logits();
      rows += count_rows(logits.rows(), b.targets);
      if (classes_ > 0) {
        out.confusion.add(logits, b.targets);
        const WeightedLoss loss = weighted_loss(logits, b.targets);
        out.loss.sum += loss.sum, out.loss.weight += loss.weight;
      }
      finite = all_finite(std::span<const Real>(logits.data(), static_cast<size_t>(logits.size())));
      if (!finite)
        divergence_ = fmt::format("logits of {} samples not finite after epoch {}, from {} on", set, epoch_,
                                  layer_not_finite(network_));
    });
    out.error = protocol_.metric == "error" ? static_cast<double>(errors) / static_cast<double>(rows)
                                            : error_of(out.confusion, protocol_.metric);
    return finite;
  }

  /// Of the batches of the last epoch, each just before its step.
  const Confusion& running() const { return running_; }

  std::int64_t steps() const { return stepper_.steps(); }
  /// Whom train_epoch() tells from now on.
  void observe(StepObserver& observer) { observer_ = &observer; }
  std::span<const Real> theta() const { return stepper_.theta(); }
  std::span<const Real> gradient() const { return stepper_.grad(); }
  /// What evaluate() and settle_statistics() read, and a training leaves.
  std::span<const Real> evaluation_point() const { return stepper_.evaluation_point(); }
  Network<Real>& network() { return network_; }
  /// Of the loss, by class; empty: all alike.
  std::span<const Real> class_weights() const { return class_weights_; }
  /// What the optimizer did beside its steps, since start() or resume(), and what it has to say of them all.
  const KeptLog& log() const { return stepper_.log(); }
  std::string remarks() const { return stepper_.remarks(); }
  /// Training samples that the last step asked for.
  std::span<const std::uint32_t> drawn_samples() const { return drawn_indices_; }
  const std::string& divergence() const { return divergence_; }

 private:
  // The classes' weights are of all samples that may be trained on, so that they do not depend on the split.
  static std::vector<Real> weights_of_classes(const ProtocolSettings& protocol, const Dataset& data) {
    if (protocol.class_weights == "none") return {};
    const auto weights = median_frequency_weights(data.train, data.train.count() - data.own_validation,
                                                  data.classes, data.ignored);
    return {weights.begin(), weights.end()};
  }

  // For batches of the data set, as large as the network takes them.
  BatchBuffer<Real> batch_buffer() const {
    BatchBuffer<Real> buffer(network_.max_batch(), data_.inputs(),
                             static_cast<Index>(data_.train.labels_each));
    buffer.weigh(data_.ignored, class_weights_);
    return buffer;
  }

  void serve(const Batches& batches) {
    training_ = batches.samples();
    stepper_.set_epoch_steps(static_cast<std::int64_t>(batches.count()));
  }

  void restore(const std::vector<StateArray>& arrays) {
    const auto own = stepper_.state();
    for (size_t i = 0; i < own.size(); ++i)
      std::copy(arrays[i].bytes.begin(), arrays[i].bytes.end(),
                reinterpret_cast<char*>(own[i].second.data()));
  }

  // Training samples for an optimizer that asks for a batch of its own.
  Batch<Real> draw(Index count, Stream stream) {
    if (!drawn_) drawn_ = std::make_unique<BatchBuffer<Real>>(batch_buffer());
    drawn_indices_.resize(static_cast<size_t>(count));
    for (std::uint32_t& i : drawn_indices_) i = training_[stream.below(training_.size())];
    return drawn_->gather(data_.train, drawn_indices_);
  }

  bool diverged_at(const std::string& what, std::int64_t step) {
    divergence_ = fmt::format("{} not finite at epoch {}, step {}", what, epoch_, step);
    return false;
  }

  std::string first_not_finite() const {
    for (const Block& block : network_.layout().blocks)
      if (!view(block, theta()).allFinite()) return block.name;
    return "";
  }

  template <class Visit>
  void for_chunks(const Samples& samples, std::span<const std::uint32_t> indices, size_t chunk,
                  Visit&& visit) {
    for (size_t i = 0; i < indices.size(); i += chunk)
      visit(buffer_.gather(samples, indices.subspan(i, std::min(chunk, indices.size() - i))));
  }

  const ProtocolSettings& protocol_;
  std::string start_;
  const Dataset& data_;
  std::function<void()> interrupt_;
  Stepper<Real> stepper_;
  Network<Real>& network_;
  std::vector<Real> class_weights_;  // empty: all alike
  BatchBuffer<Real> buffer_;
  Index classes_;      // of the confusions that evaluate() makes; 0: it makes none
  Confusion running_;  // of the epoch's batches; of no classes where nobody asks
  std::unique_ptr<BatchBuffer<Real>> drawn_;
  std::vector<std::uint32_t> drawn_indices_;
  std::span<const std::uint32_t> training_;  // indices of the training set that batches come from
  int epoch_ = 0;                            // the last one that was begun
  std::string divergence_;
  StepObserver nobody_;
  StepObserver* observer_ = &nobody_;
};

}  // namespace symopt
