// trainer.cpp — the protocol of Badrinarayanan, Mishra and Cipolla 2015, as written.
#include "protocols/trainer.hpp"

#include <chrono>
#include <numeric>

#include "protocols/annealing.hpp"
#include "protocols/stepper.hpp"
#include "protocols/stopping.hpp"

namespace symopt {

namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<std::uint32_t> slice(const std::vector<std::uint32_t>& all, size_t begin, size_t count) {
  return {all.begin() + static_cast<std::ptrdiff_t>(begin),
          all.begin() + static_cast<std::ptrdiff_t>(begin + count)};
}

NetworkSpec network_spec(const TrialSpec& spec) {
  NetworkSpec network = parse_network(spec.shape, 0, 0);
  network.bn_epsilon = spec.protocol.bn_epsilon;
  network.bn_momentum = spec.protocol.bn_momentum;
  return network;
}

// Samples that evaluation reads at once, at least: small batches would make small, slow products.
constexpr int kEvaluationChunk = 100;

template <class Real>
class Trainer {
 public:
  Trainer(const TrialSpec& spec, const Dataset& data, Monitor& monitor)
      : spec_(spec),
        protocol_(spec.protocol),
        data_(data),
        monitor_(monitor),
        trial_(spec.seed, static_cast<std::uint64_t>(spec.trial)),
        stepper_(network_spec(spec), find_optimizer(spec.optimizer), parse_settings(spec.settings),
                 std::max(protocol_.batch, kEvaluationChunk),
                 [this](Index count, Stream stream) { return draw(count, stream); }),
        network_(stepper_.network()),
        buffer_(network_.max_batch(), data.inputs()),
        test_(data.test.count()) {
    std::iota(test_.begin(), test_.end(), 0u);
  }

  TrialRecord run() {
    record_.spec = spec_;
    record_.learning_rate = protocol_.learning_rate;
    if (protocol_.search && !search()) return record_;
    train();
    const auto teleports = stepper_.optimizer().teleports();
    record_.teleports.assign(teleports.begin(), teleports.end());
    return record_;
  }

 private:
  // Phase 1. Every candidate has its own starting values and batch orders; the split is one.
  bool search() {
    const auto clock = Clock::now();
    const Stream root = trial_.fork(Purpose::search);
    const auto order = root.fork(Purpose::split).permutation(static_cast<std::uint32_t>(data_.train.count()));
    const size_t train = static_cast<size_t>(protocol_.search_train);
    const size_t validation = static_cast<size_t>(protocol_.search_validation);
    const auto held_out = slice(order, order.size() - validation, validation);
    const std::vector<double> grid = search_grid(protocol_);

    for (size_t c = 0; c < grid.size(); ++c) {
      Batches batches(slice(order, 0, train), protocol_.batch, root.fork(Purpose::batches, c));
      start(root.fork(Purpose::init, c), root.fork(Purpose::labels, c), batches);
      SearchPoint point{grid[c], Status::completed, 0, 0};
      for (int epoch = 1; epoch <= protocol_.search_epochs && point.status == Status::completed; ++epoch) {
        if (!train_epoch(batches, epoch, grid[c], point.cost)) point.status = Status::diverged;
        monitor_.epoch(spec_, "search", static_cast<int>(c) * protocol_.search_epochs + epoch,
                       static_cast<int>(grid.size()) * protocol_.search_epochs);
      }
      if (point.status == Status::completed) {
        settle_statistics(batches);
        point.validation_error = error(data_.train, held_out);
      } else {
        point.cost = point.validation_error = std::numeric_limits<double>::quiet_NaN();
      }
      record_.search.push_back(point);
    }
    record_.search_seconds = seconds_since(clock);

    const int best = best_candidate(record_.search);
    if (best < 0) {
      record_.status = Status::diverged;
      record_.learning_rate = std::numeric_limits<double>::quiet_NaN();
      record_.message = "every candidate of the learning-rate search diverged";
      return false;
    }
    record_.learning_rate = grid[static_cast<size_t>(best)];
    if (grid.size() > 1 && best == 0) record_.edge = "high";
    if (grid.size() > 1 && best == static_cast<int>(grid.size()) - 1) record_.edge = "low";
    return true;
  }

  // Phase 2.
  void train() {
    const auto order =
        trial_.fork(Purpose::split).permutation(static_cast<std::uint32_t>(data_.train.count()));
    const size_t count = static_cast<size_t>(protocol_.train),
                 held = static_cast<size_t>(protocol_.validation);
    Batches batches(slice(order, 0, count), protocol_.batch, trial_.fork(Purpose::batches));
    const auto validation = slice(order, order.size() - held, held);
    const Schedule& annealing = find_schedule(protocol_.annealing);
    start(trial_.fork(Purpose::init), trial_.fork(Purpose::labels), batches);

    double rate = record_.learning_rate;
    std::vector<double> costs;
    for (int epoch = 1; epoch <= protocol_.max_epochs; ++epoch) {
      EpochPoint point;
      auto clock = Clock::now();
      if (!train_epoch(batches, epoch, rate, point.cost)) {
        record_.status = Status::diverged;
        record_.message = diverged_;
        return;
      }
      const double train_seconds = seconds_since(clock);
      clock = Clock::now();
      settle_statistics(batches);
      point.epoch = epoch, point.steps = stepper_.steps(), point.learning_rate = rate;
      point.train_error = error(data_.train, batches.samples());
      point.validation_error = error(data_.train, validation);
      point.test_error = error(data_.test, test_);
      record_.curve.push_back(point);
      record_.timings.push_back({train_seconds, seconds_since(clock)});
      monitor_.epoch(spec_, "train", epoch, protocol_.max_epochs);

      costs.push_back(point.cost);
      rate = annealing.next(protocol_, record_.learning_rate, rate, costs);
      record_.stop = stop_reason(protocol_, record_.curve);
      if (!record_.stop.empty()) break;
    }
  }

  void start(const Stream& init, const Stream& random, const Batches& batches) {
    training_ = batches.samples();
    stepper_.set_epoch_steps(static_cast<std::int64_t>(batches.count()));
    stepper_.start(spec_.start, init, random);
  }

  // Training samples for an optimizer that asks for a batch of its own.
  Batch<Real> draw(Index count, Stream stream) {
    if (!drawn_) drawn_ = std::make_unique<BatchBuffer<Real>>(network_.max_batch(), data_.inputs());
    drawn_indices_.resize(static_cast<size_t>(count));
    for (std::uint32_t& i : drawn_indices_) i = training_[stream.below(training_.size())];
    return drawn_->gather(data_.train, drawn_indices_);
  }

  // One pass over the training set; `cost` gets the mean batch loss. False at the first step that leaves the
  // loss or a parameter not finite.
  bool train_epoch(Batches& batches, int epoch, double rate, double& cost) {
    if (monitor_.cancelled()) throw Cancelled{};
    batches.start(epoch);
    double sum = 0;
    for (size_t i = 0; i < batches.count(); ++i) {
      const Batch<Real> batch = buffer_.gather(data_.train, batches[i]);
      const Real loss = stepper_.gradient(batch);
      if (!std::isfinite(loss)) {
        diverged_ = fmt::format("loss not finite at epoch {}, step {}", epoch, stepper_.steps() + 1);
        return false;
      }
      stepper_.step(batch, rate);
      if (!all_finite(theta())) {
        diverged_ =
            fmt::format("{} not finite at epoch {}, step {}", first_not_finite(), epoch, stepper_.steps());
        return false;
      }
      sum += static_cast<double>(loss);
    }
    cost = sum / static_cast<double>(batches.count());
    return true;
  }

  std::string first_not_finite() const {
    for (const Block& block : network_.layout().blocks)
      if (!view(block, theta()).allFinite()) return block.name;
    return "";
  }

  std::span<const Real> theta() const { return std::as_const(stepper_).theta(); }

  // Evaluation with population statistics takes a pass over the training set first; running ones are there
  // already.
  void settle_statistics(const Batches& batches) {
    if (protocol_.bn_statistics != "population" || !network_.spec().batch_norm) return;
    network_.begin_population();
    for_chunks(data_.train, batches.samples(), static_cast<size_t>(protocol_.batch),
               [&](const Batch<Real>& b) { network_.forward(theta(), b.X, Mode::train); });
    network_.end_population();
  }

  double error(const Samples& samples, std::span<const std::uint32_t> indices) {
    Index errors = 0;
    for_chunks(samples, indices, static_cast<size_t>(buffer_.capacity()),
               [&](const Batch<Real>& b) { errors += network_.errors(theta(), b); });
    return static_cast<double>(errors) / static_cast<double>(indices.size());
  }

  template <class Visit>
  void for_chunks(const Samples& samples, std::span<const std::uint32_t> indices, size_t chunk,
                  Visit&& visit) {
    for (size_t i = 0; i < indices.size(); i += chunk)
      visit(buffer_.gather(samples, indices.subspan(i, std::min(chunk, indices.size() - i))));
  }

  const TrialSpec& spec_;
  const ProtocolSettings& protocol_;
  const Dataset& data_;
  Monitor& monitor_;
  Stream trial_;
  Stepper<Real> stepper_;
  Network<Real>& network_;
  BatchBuffer<Real> buffer_;
  std::vector<std::uint32_t> test_;
  std::unique_ptr<BatchBuffer<Real>> drawn_;
  std::vector<std::uint32_t> drawn_indices_;
  std::span<const std::uint32_t> training_;  // indices of the training set that batches come from
  std::string diverged_;                     // what ended an epoch, and at which step, from 1
  TrialRecord record_;
};

}  // namespace

std::vector<double> search_grid(const ProtocolSettings& p) {
  // Counted in whole steps, so that the last η is not lost to rounding.
  const int steps =
      static_cast<int>(std::floor((p.search_eta_max - p.search_eta_min) / p.search_eta_step + 1e-9));
  std::vector<double> grid;
  for (int i = 0; i <= steps; ++i)
    grid.push_back(std::pow(10.0, -(p.search_eta_min + i * p.search_eta_step)));
  return grid;
}

int best_candidate(const std::vector<SearchPoint>& search) {
  int best = -1;
  for (size_t i = 0; i < search.size(); ++i)
    if (search[i].status == Status::completed &&
        (best < 0 || search[i].validation_error < search[static_cast<size_t>(best)].validation_error))
      best = static_cast<int>(i);
  return best;
}

void check_spec(const TrialSpec& spec, const Dataset& data) {
  const ProtocolSettings& p = spec.protocol;
  const auto room = [&](const char* a, int x, const char* b, int y) {
    if (static_cast<size_t>(x) + static_cast<size_t>(y) > data.train.count())
      throw UsageError(fmt::format(
          "options '{}' and '{}': expected at most {} samples together ({} has that many), found {} + {}", a,
          b, data.train.count(), data.name, x, y));
  };
  room("train", p.train, "validation", p.validation);
  if (p.search) room("search-train", p.search_train, "search-validation", p.search_validation);
  if (p.batch > p.train)
    throw UsageError(fmt::format("option 'batch': expected at most train = {}, found {}", p.train, p.batch));
  if (p.search && p.search_eta_max < p.search_eta_min)
    throw UsageError(fmt::format("option 'search-eta-max': expected at least search-eta-min = {}, found {}",
                                 to_text(p.search_eta_min), to_text(p.search_eta_max)));
  const NetworkSpec network = parse_network(spec.shape, data.inputs(), data.classes);
  const OptimizerEntry& optimizer = find_optimizer(spec.optimizer);
  const Assignments settings = parse_settings(spec.settings);
  optimizer.canonical(settings);
  if (const auto reason = optimizer.refuses(network, settings))
    throw UsageError(fmt::format("optimizer {} on network {}: {}", spec.optimizer, spec.network, *reason));
}

TrialRecord run_trial(const TrialSpec& spec, const Dataset& data, Monitor& monitor) {
  if (spec.precision == "double") return Trainer<double>(spec, data, monitor).run();
  return Trainer<float>(spec, data, monitor).run();
}

}  // namespace symopt
