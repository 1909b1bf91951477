// trainer.cpp — the protocol of Badrinarayanan, Mishra and Cipolla 2015, as written.
#include "protocols/trainer.hpp"

#include <chrono>
#include <numeric>

#include "protocols/annealing.hpp"
#include "protocols/phase.hpp"
#include "protocols/stopping.hpp"
#include "protocols/training.hpp"
#include "results/files.hpp"

namespace symopt {

namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct TimedOut {};

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

template <class Real>
class Trainer {
 public:
  Trainer(const TrialSpec& spec, const Dataset& data, Monitor& monitor, const TrialControl& control)
      : spec_(spec),
        protocol_(spec.protocol),
        data_(data),
        monitor_(monitor),
        control_(control),
        training_(spec, data, [this] { check_time(); }),
        test_(data.test.count()) {
    std::iota(test_.begin(), test_.end(), 0u);
  }

  TrialRecord run() {
    if (monitor_.cancelled()) throw Cancelled{};
    record_.spec = spec_;
    record_.learning_rate = protocol_.learning_rate;
    find_checkpoint();
    try {
      const bool searched = from_ && !from_->searching;
      if (protocol_.search && !searched && !search()) return record_;
      train();
    } catch (const TimedOut&) {
      record_.status = Status::timed_out;
      record_.message = fmt::format("time limit of {} s reached in {}", to_text(control_.timeout), place_);
    } catch (const FileError&) {
      throw;  // the disk's fault, not the trial's
    } catch (const std::exception& e) {
      record_.status = Status::failed;
      record_.message = fmt::format("{}: {}", place_, failure_text(e));
    }
    keep_parameters();
    const std::string remark = training_phase_ ? training_.remarks() : "";
    if (!remark.empty()) record_.message += (record_.message.empty() ? "" : "; ") + remark;
    return so_far();
  }

 private:
  // Phase 1. Every candidate has its own starting values and batch orders; the split is one.
  bool search() {
    const std::vector<double> grid = search_grid(protocol_);
    record_.learning_rate = kNaN;  // none yet
    for (size_t c = record_.search.size(); c < grid.size(); ++c)
      record_.search.push_back(try_rate(c, grid[c], grid.size()));

    const int best = best_candidate(record_.search);
    if (best < 0) {
      record_.status = Status::diverged;
      record_.message = "every candidate of the learning-rate search diverged";
      return false;
    }
    record_.learning_rate = grid[static_cast<size_t>(best)];
    if (grid.size() > 1 && best == 0) record_.edge = "high";
    if (grid.size() > 1 && best == static_cast<int>(grid.size()) - 1) record_.edge = "low";
    return true;
  }

  SearchPoint try_rate(size_t c, double rate, size_t candidates) {
    const auto clock = Clock::now();
    const double before = record_.search_seconds;
    Phase phase = candidate_training(spec_, data_, c);
    SearchPoint point{rate, Status::completed, 0, 0};
    int epoch = begin(phase, point.cost);
    while (++epoch <= protocol_.search_epochs && point.status == Status::completed) {
      place_ = fmt::format("epoch {} of candidate {} of the search", epoch, c + 1);
      if (!training_.train_epoch(phase.batches, epoch, rate, point.cost)) point.status = Status::diverged;
      record_.search_seconds = before + seconds_since(clock);
      monitor_.epoch(spec_, "search", static_cast<int>(c) * protocol_.search_epochs + epoch,
                     static_cast<int>(candidates) * protocol_.search_epochs);
      if (point.status == Status::completed) after_epoch(true, epoch, point.cost);
    }
    if (point.status == Status::completed &&
        !(training_.settle_statistics(phase.batches) &&
          training_.evaluate(data_.train, phase.validation, "validation", point.validation_error)))
      point.status = Status::diverged;
    if (point.status == Status::diverged) point.cost = point.validation_error = kNaN;
    record_.search_seconds = before + seconds_since(clock);
    return point;
  }

  // Phase 2.
  void train() {
    Phase phase = full_training(spec_, data_);
    double cost = 0;
    int epoch = begin(phase, cost);
    training_phase_ = true;

    while (++epoch <= protocol_.max_epochs) {
      EpochPoint point;
      point.epoch = epoch, point.learning_rate = next_rate();
      place_ = fmt::format("epoch {} of the full training", epoch);
      auto clock = Clock::now();
      if (!training_.train_epoch(phase.batches, epoch, point.learning_rate, point.cost)) return diverged();
      const double train_seconds = seconds_since(clock);
      clock = Clock::now();
      point.steps = training_.steps();
      if (!measure(phase, point)) return diverged();
      record_.curve.push_back(point);
      record_.timings.push_back({train_seconds, seconds_since(clock)});
      monitor_.epoch(spec_, "train", epoch, protocol_.max_epochs);
      record_.stop = stop_reason(protocol_, record_.curve);
      if (!record_.stop.empty()) break;
      after_epoch(false, epoch, point.cost);
    }
  }

  // The errors after an epoch.
  bool measure(const Phase& phase, EpochPoint& point) {
    point.test_error = kNaN;
    return training_.settle_statistics(phase.batches) &&
           training_.evaluate(data_.train, phase.batches.samples(), "training", point.train_error) &&
           training_.evaluate(data_.train, phase.validation, "validation", point.validation_error) &&
           (!protocol_.test || training_.evaluate(data_.test, test_, "test", point.test_error));
  }

  void diverged() {
    record_.status = Status::diverged;
    record_.message = training_.divergence();
  }

  // The rate of the epoch after the curve's last: annealing looks at the curve alone, so that a trial that
  // was interrupted needs to remember nothing else.
  double next_rate() const {
    if (record_.curve.empty()) return record_.learning_rate;
    std::vector<double> costs;
    for (const EpochPoint& p : record_.curve) costs.push_back(p.cost);
    return find_schedule(protocol_.annealing)
        .next(protocol_, record_.learning_rate, record_.curve.back().learning_rate, costs);
  }

  // From the starting values, or where the checkpoint was taken: the epochs that are finished, and the cost
  // of the last one.
  int begin(const Phase& phase, double& cost) {
    if (!from_) {
      training_.start(phase.batches, phase.init, phase.labels);
      return 0;
    }
    training_.resume(phase.batches, phase.labels, from_->steps, from_->arrays);
    earlier_teleports_ = from_->record.teleports;
    cost = from_->cost;
    const int epoch = from_->epoch;
    from_.reset();
    return epoch;
  }

  // A state that cannot be used costs time, never the trial.
  void find_checkpoint() {
    if (control_.checkpoints == nullptr) return;
    try {
      from_ = control_.checkpoints->load(spec_);
      if (!from_) return;
      training_.check_fit(from_->arrays, control_.checkpoints->path(spec_));
      record_ = from_->record;
      spent_before_ = from_->seconds;
    } catch (const FileError&) {
      throw;
    } catch (const UserError& error) {
      from_.reset();
      monitor_.note(control_.checkpoints->set_aside(spec_, error.what()));
    }
  }

  void after_epoch(bool searching, int epoch, double cost) {
    const bool cancelled = monitor_.cancelled();
    const bool wanted = control_.checkpoints != nullptr && control_.checkpoint_every > 0;
    if (wanted && (cancelled || seconds_since(saved_) >= control_.checkpoint_every)) {
      control_.checkpoints->save(
          {so_far(), searching, epoch, cost, training_.steps(), spent(), training_.state()});
      saved_ = Clock::now();
    }
    if (cancelled) throw Cancelled{};
  }

  // Where the full training ended, well or not.
  void keep_parameters() {
    if (control_.parameters == nullptr || !training_phase_ || record_.status == Status::failed) return;
    control_.parameters->save(spec_.hash(), stored_parameters(training_.theta(), training_.network()));
  }

  // The optimizer's log starts where the trial was taken up.
  TrialRecord so_far() {
    TrialRecord record = record_;
    if (!training_phase_) return record;
    const auto& teleports = training_.log().teleports();
    record.teleports = earlier_teleports_;
    record.teleports.insert(record.teleports.end(), teleports.begin(), teleports.end());
    return record;
  }

  double spent() const { return spent_before_ + seconds_since(started_); }
  void check_time() const {
    if (control_.timeout > 0 && spent() > control_.timeout) throw TimedOut{};
  }

  const TrialSpec& spec_;
  const ProtocolSettings& protocol_;
  const Dataset& data_;
  Monitor& monitor_;
  const TrialControl& control_;
  Clock::time_point started_ = Clock::now(), saved_ = started_;
  double spent_before_ = 0;  // seconds, by processes that did not finish it
  Training<Real> training_;
  std::vector<std::uint32_t> test_;
  std::optional<Checkpoint> from_;  // until it is taken up
  std::vector<Teleport> earlier_teleports_;
  bool training_phase_ = false;
  std::string place_ = "its start";  // for a person
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

std::string failure_text(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ? "out of memory" : error.what();
}

namespace {

// What epochs go through: the option that says how many samples, and their number.
std::vector<std::pair<const char*, int>> epochs_of(const ProtocolSettings& p) {
  std::vector<std::pair<const char*, int>> list = {{"train", p.train}};
  if (p.search) list.emplace_back("search-train", p.search_train);
  return list;
}

void check_batches(const TrialSpec& spec, const NetworkSpec& network, const char* name, int samples) {
  const ProtocolSettings& p = spec.protocol;
  if (last_batch(p) == LastBatch::drop && samples < p.batch)
    throw UsageError(
        fmt::format("option 'last-batch': expected keep where {} = {} is below batch = {}, found drop", name,
                    samples, p.batch));
  if (!network.batch_norm) return;
  if (p.batch == 1)
    throw UsageError(
        fmt::format("option 'batch' on network {}: expected 2 or more, as batch normalization makes 0 of one "
                    "sample, found 1",
                    spec.network));
  if (last_batch(p) == LastBatch::keep && samples % p.batch == 1)
    throw UsageError(fmt::format(
        "option '{}' on network {}: expected no last batch of one sample, of which batch normalization "
        "makes 0, found {} in batches of {}; --last-batch drop leaves it out",
        name, spec.network, samples, p.batch));
}

}  // namespace

std::vector<std::string> cautions(const TrialSpec& spec) {
  const ProtocolSettings& p = spec.protocol;
  std::vector<std::string> lines;
  if (last_batch(p) == LastBatch::drop) return lines;
  const bool batch_norm = parse_network(spec.shape, 0, 0).batch_norm;
  for (const auto& [name, samples] : epochs_of(p)) {
    const int last = samples % p.batch;
    if (samples < p.batch || last == 0 || 2 * last >= p.batch) continue;
    lines.push_back(fmt::format(
        "the last batch has {} of {} samples ({} = {}){}; --last-batch drop leaves it out", last, p.batch,
        name, samples, batch_norm ? ", and batch normalization over so few can ruin an epoch" : ""));
  }
  return lines;
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
  for (const auto& [name, samples] : epochs_of(p)) check_batches(spec, network, name, samples);
  const OptimizerEntry& optimizer = find_optimizer(spec.optimizer);
  const Assignments settings = parse_settings(spec.settings);
  optimizer.canonical(settings);
  if (const auto reason = optimizer.refuses(network, settings))
    throw UsageError(fmt::format("optimizer {} on network {}: {}", spec.optimizer, spec.network, *reason));
}

TrialRecord run_trial(const TrialSpec& spec, const Dataset& data, Monitor& monitor,
                      const TrialControl& control) {
  if (spec.precision == "double") return Trainer<double>(spec, data, monitor, control).run();
  return Trainer<float>(spec, data, monitor, control).run();
}

}  // namespace symopt
