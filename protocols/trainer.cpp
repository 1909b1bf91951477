// trainer.cpp — the protocol of Badrinarayanan, Mishra and Cipolla 2015, as written.
#include "protocols/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "protocols/annealing.hpp"
#include "protocols/phase.hpp"
#include "protocols/search.hpp"
#include "protocols/stopping.hpp"
#include "protocols/training.hpp"
#include "results/files.hpp"
#include "results/summary.hpp"

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
        training_(
            spec, data, [this] { check_time(); }, control.threads),
        test_(data.test.count()) {
    std::iota(test_.begin(), test_.end(), 0u);
  }

  TrialRecord run() {
    if (monitor_.cancelled()) throw Cancelled{};
    record_.spec = spec_;
    record_.learning_rate = protocol_.learning_rate;
    find_checkpoint();
    try {
      if (!protocol_.search || is_searched() || search()) train();
    } catch (const TimedOut&) {
      record_.status = Status::timed_out;
      record_.message = fmt::format("time limit of {} s reached in {}", to_text(control_.timeout), place_);
    } catch (const FileError&) {
      throw;  // the disk's fault, not the trial's
    } catch (const std::exception& e) {
      record_.status = Status::failed;
      record_.message = fmt::format("{}: {}", place_, failure_text(e));
    }
    return conclude();
  }

 private:
  // How far a training is: epochs that are finished, and the cost of the last one.
  struct Reached {
    int epoch;
    double cost;
  };

  // Phase 1: the rate with the lowest validation error. The split is one for all candidates; starting values
  // and batch orders are each one's own. False where all diverged.
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

  // Candidate `c`: search-epochs epochs at one rate, then its validation error.
  SearchPoint try_rate(size_t c, double rate, size_t candidates) {
    const SearchPoint out{rate, Status::diverged, kNaN, kNaN};
    const auto clock = Clock::now();
    const double before = record_.search_seconds;
    Phase phase = candidate_training(spec_, data_, c);
    auto [epoch, cost] = begin(phase);
    while (++epoch <= protocol_.search_epochs) {
      place_ = fmt::format("epoch {} of candidate {} of the search", epoch, c + 1);
      const bool finite = training_.train_epoch(phase.batches, epoch, rate, cost);
      record_.search_seconds = before + seconds_since(clock);
      monitor_.epoch(spec_, "search", static_cast<int>(c) * protocol_.search_epochs + epoch,
                     static_cast<int>(candidates) * protocol_.search_epochs);
      if (!finite) return out;
      after_epoch(true, {epoch, cost});
    }
    Evaluation validation;
    const bool finite = training_.settle_statistics(phase.batches) &&
                        training_.evaluate(data_.train, phase.validation, "validation", validation);
    record_.search_seconds = before + seconds_since(clock);
    return finite ? SearchPoint{rate, Status::completed, cost, validation.error} : out;
  }

  // Phase 2: epochs, each with its errors, at a rate that anneals, until a rule or their number ends it.
  void train() {
    Phase phase = full_training(spec_, data_);
    int epoch = begin(phase).epoch;
    training_phase_ = true;
    while (++epoch <= protocol_.max_epochs) {
      place_ = fmt::format("epoch {} of the full training", epoch);
      EpochPoint point;
      point.epoch = epoch;
      point.learning_rate = annealed_rate();
      auto clock = Clock::now();
      if (!training_.train_epoch(phase.batches, epoch, point.learning_rate, point.cost)) return diverged();
      const double train_seconds = seconds_since(clock);
      point.steps = training_.steps();
      clock = Clock::now();
      if (!measure(phase, point)) return diverged();
      record_.curve.push_back(point);
      record_.stop = stop_reason(protocol_, record_.curve);
      if (!test(record_.curve.back())) {  // so that its errors are not all there
        record_.curve.pop_back(), record_.stop.clear();
        return diverged();
      }
      take_fresh();
      record_.timings.push_back({train_seconds, seconds_since(clock)});
      monitor_.epoch(spec_, "train", epoch, protocol_.max_epochs);
      if (!record_.stop.empty()) break;
      after_epoch(false, {epoch, point.cost});
    }
  }

  // The rate of the epoch after the curve's last: annealing looks at the curve alone, so that a trial that
  // was interrupted needs to remember nothing else.
  double annealed_rate() const {
    std::vector<double> costs;
    for (const EpochPoint& p : record_.curve) costs.push_back(p.cost);
    const double last = costs.empty() ? record_.learning_rate : record_.curve.back().learning_rate;
    return rate_after(protocol_, record_.learning_rate, last, costs);
  }

  // The errors after an epoch but that of the test samples; false where what they come from is not finite.
  bool measure(const Phase& phase, EpochPoint& point) {
    fresh_ = {};
    point.test_error = kNaN;
    if (!training_.settle_statistics(phase.batches)) return false;
    Evaluation e;
    if (protocol_.train_error == "running")
      e = {error_of(training_.running(), protocol_.metric), training_.running(), {point.cost, 1}};
    else if (!training_.evaluate(data_.train, phase.batches.samples(), "training", e))
      return false;
    point.train_error = e.error;
    keep("train", point.epoch, e);
    if (!training_.evaluate(data_.train, phase.validation, "validation", e)) return false;
    point.validation_error = e.error;
    keep("validation", point.epoch, e);
    return true;
  }

  // The test error, where it is measured now.
  bool test(EpochPoint& point) {
    if (!protocol_.test || (protocol_.test_at == "end" && record_.stop.empty())) return true;
    Evaluation e;
    if (!training_.evaluate(data_.test, test_, "test", e)) return false;
    point.test_error = e.error;
    keep("test", point.epoch, e);
    return true;
  }

  void keep(const char* set, int epoch, const Evaluation& e) {
    if (!protocol_.class_metrics) return;
    const Confusion& c = e.confusion;
    fresh_.class_metrics.push_back(
        {epoch, set, e.loss.sum / e.loss.weight, c.accuracy(), c.class_accuracy(), c.mean_iou()});
    keep_confusion(set, c, fresh_.confusion);
  }
  void take_fresh() {
    std::ranges::move(fresh_.class_metrics, std::back_inserter(record_.class_metrics));
    if (!fresh_.confusion.empty()) record_.confusion = std::move(fresh_.confusion);
  }

  void diverged() {
    record_.status = Status::diverged;
    record_.message = training_.divergence();
  }

  // What a full training leaves, however it ended, beside the record so far.
  TrialRecord conclude() {
    TrialRecord record = so_far();
    if (!training_phase_) return record;
    if (control_.parameters != nullptr && record.status != Status::failed)
      control_.parameters->save(spec_.hash(),
                                stored_parameters(training_.evaluation_point(), training_.network()));
    if (const std::string remarks = training_.remarks(); !remarks.empty())
      record.message += (record.message.empty() ? "" : "; ") + remarks;
    if (record.status == Status::completed && !moved())
      record.message += (record.message.empty() ? "" : "; ") + std::string(kUnchanged);
    return record;
  }

  // Whether any parameter ends farther from its start than the largest is rounded: what starts at zero takes
  // any step, however small. The start is drawn anew, since a trial that was interrupted does not remember
  // it. The last thing that is done with the training.
  bool moved() {
    const std::span<const Real> now = training_.evaluation_point();
    const std::vector<Real> end(now.begin(), now.end());
    const Phase phase = full_training(spec_, data_);
    training_.start(phase.batches, phase.init, phase.labels);
    const std::span<const Real> start = training_.evaluation_point();
    Real largest = 0, change = 0;
    for (size_t i = 0; i < end.size(); ++i) {
      largest = std::max(largest, std::abs(start[i]));
      change = std::max(change, std::abs(end[i] - start[i]));
    }
    return change > std::numeric_limits<Real>::epsilon() * largest;
  }

  // The optimizer's log starts where the trial was taken up; what was before came with the checkpoint.
  TrialRecord so_far() const {
    TrialRecord record = record_;
    if (!training_phase_) return record;
    const auto& teleports = training_.log().teleports();
    record.teleports.insert(record.teleports.end(), teleports.begin(), teleports.end());
    return record;
  }

  // From here on: a trial that is cut short and taken up again, in the same bits.

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
  bool is_searched() const { return from_ && !from_->searching; }

  // From the starting values, or where the checkpoint was taken.
  Reached begin(const Phase& phase) {
    if (!from_) {
      training_.start(phase.batches, phase.init, phase.labels);
      return {0, 0};
    }
    training_.resume(phase.batches, phase.labels, from_->steps, from_->arrays);
    const Reached reached{from_->epoch, from_->cost};
    from_.reset();
    return reached;
  }

  void after_epoch(bool searching, Reached reached) {
    const bool cancelled = monitor_.cancelled();
    const bool wanted = control_.checkpoints != nullptr && control_.checkpoint_every > 0;
    if (wanted && (cancelled || seconds_since(saved_) >= control_.checkpoint_every)) {
      control_.checkpoints->save(
          {so_far(), searching, reached.epoch, reached.cost, training_.steps(), spent(), training_.state()});
      saved_ = Clock::now();
    }
    if (cancelled) throw Cancelled{};
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
  bool training_phase_ = false;
  std::string place_ = "its start";  // for a person
  TrialRecord record_;
  // Of the epoch in progress.
  struct Fresh {
    std::vector<ClassMetrics> class_metrics;
    std::vector<ConfusionCount> confusion;
  } fresh_;
};

}  // namespace

std::string failure_text(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ? "out of memory" : error.what();
}

TrialRecord run_trial(const TrialSpec& spec, const Dataset& data, Monitor& monitor,
                      const TrialControl& control) {
  if (spec.precision == "double") return Trainer<double>(spec, data, monitor, control).run();
  return Trainer<float>(spec, data, monitor, control).run();
}

}  // namespace symopt
