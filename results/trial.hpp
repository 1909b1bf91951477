// trial.hpp — what a trial is (spec: plain values, hashable, comparable) and what came out of it (record).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/options.hpp"
#include "core/symmetry/teleportation.hpp"
#include "results/status.hpp"

namespace symopt {

struct NetworkSpec;

/// Raised whenever the same spec gives other numbers than before, so that stored trials of the old code are
/// not mixed with new ones.
inline constexpr int kResultVersion = 2;

/// The protocol of Badrinarayanan, Mishra and Cipolla 2015; the defaults are the paper's.
struct ProtocolSettings {
  bool search = true;  ///< phase 1; false: train at `learning_rate`
  double learning_rate = 0.1;
  int search_train = 1000, search_validation = 500, search_epochs = 50;
  double search_eta_min = 0, search_eta_max = 5, search_eta_step = 0.5;  ///< candidates 10^-η
  int batch = 100;
  std::string last_batch = "keep";  ///< drop: an epoch leaves out samples that do not fill its last batch
  int train = 50000, validation = 10000;
  int max_epochs = 60, min_epochs = 25;
  std::string annealing = "bold-driver";
  double bold_up = 1.1, bold_down = 0.5, decay = 0.95;
  int decay_every = 20;  ///< for `step`
  int warmup = 0;        ///< epochs at rising rates; the schedule has those after them
  double decay_power = 1, decay_end = 0, decay_share = 1;  ///< for `polynomial`
  double stop_train_error = 1e-5, stop_validation_change = 1e-5;
  int stop_every = 5, stop_lookback = 4;
  bool stop_early = true;
  bool test = true;                    ///< false: no test error, NaN in its place
  std::string test_at = "epochs";      ///< end: the test error is measured once, at the last epoch
  std::string train_error = "after";   ///< running: of each batch as it is trained on
  std::string metric = "error";        ///< what is an error: of rows, of classes' mean, or 1 − mean IoU
  bool class_metrics = false;          ///< also the metrics of classes, and confusion matrices
  std::string class_weights = "none";  ///< of the loss: median-frequency
  std::string bn_statistics = "running";
  double bn_momentum = 0.1, bn_epsilon = 1e-5;
  bool operator==(const ProtocolSettings&) const = default;
};
const Options<ProtocolSettings>& protocol_options();

/// Everything that determines a trial's result.
struct TrialSpec {
  std::string dataset, checksum;  ///< resolved name and SHA-256 of its bytes
  std::string network;            ///< the name it was asked for by, e.g. archbn-4
  std::string shape;      ///< the canonical shape it stands for, e.g. archbn:784-64-64-64-64-10/pool2/relu
  std::string optimizer;  ///< registry name
  std::string settings;   ///< "name=value name=value" of the options that differ from their defaults, or ""
  std::string start;      ///< gaussian, balanced, he, glorot, unbalanced
  std::string precision = "float";
  ProtocolSettings protocol;
  std::uint64_t seed = 1;
  int trial = 0;  ///< 0, 1, …

  /// Name → value of every field above in a fixed order, with the protocol's Options::stored: the canonical
  /// form.
  Assignments fields() const;
  /// The inverse of fields(). UserError on a missing or malformed one.
  static TrialSpec from_fields(const Assignments& fields);
  /// 32 hexadecimal digits of the SHA-256 of kResultVersion and fields().
  std::string hash() const;
  /// "un" or "un(retraction=exp)".
  std::string optimizer_label() const;
  bool operator==(const TrialSpec&) const = default;
};

/// The network that the trial trains: its shape, with the protocol's batch normalization.
NetworkSpec network_of(const TrialSpec& spec);

/// "un" or "un(retraction=exp)".
std::string optimizer_label(const std::string& optimizer, const std::string& settings);

/// One candidate of the learning-rate search. Errors are fractions in [0, 1]; NaN where it diverged.
struct SearchPoint {
  double learning_rate = 0;
  Status status = Status::completed;
  double cost = 0, validation_error = 0;
};

/// After one epoch. Errors are fractions in [0, 1]; cost is the mean batch loss in nats.
struct EpochPoint {
  int epoch = 0;             ///< 1, 2, …
  std::int64_t steps = 0;    ///< optimizer steps since the start
  double learning_rate = 0;  ///< used in this epoch
  double cost = 0, train_error = 0, validation_error = 0, test_error = 0;
};

/// What a network makes of one set of samples after an epoch. Shares in [0, 1]; loss: mean over the rows that
/// count, by the weights of their classes, in nats.
struct ClassMetrics {
  int epoch = 0;
  std::string set;  ///< train, validation, test
  double loss = 0, accuracy = 0, class_accuracy = 0, mean_iou = 0;
};

/// Rows of class `label` that were taken for `predicted`, after the last epoch.
struct ConfusionCount {
  std::string set;
  int label = 0, predicted = 0;
  std::int64_t rows = 0;
};

/// Seconds of one epoch, evaluation apart. Never part of a result.
struct EpochTiming {
  double train_seconds = 0, evaluation_seconds = 0;
};

/// What a trial says in one line.
struct Ending {
  Status status = Status::completed;
  std::string message;        ///< one line: where it diverged, why it failed, what numerics it met
  double learning_rate = 0;   ///< the one that phase 2 started with; NaN if none was found
  std::string edge = "none";  ///< none, low, high: was the chosen rate at an end of the grid
  std::string stop;           ///< max-epochs, train-error, validation-rose, validation-still, or ""
  double search_seconds = 0;  ///< never part of a result
};

struct TrialRecord : Ending {
  TrialSpec spec;
  std::vector<SearchPoint> search;          ///< in the order of the grid; empty without a search
  std::vector<EpochPoint> curve;            ///< every finished epoch, also of a diverged trial
  std::vector<EpochTiming> timings;         ///< one an epoch of `curve`
  std::vector<Teleport> teleports;          ///< of phase 2, skipped ones too
  std::vector<ClassMetrics> class_metrics;  ///< of each epoch, where they were asked for
  std::vector<ConfusionCount> confusion;    ///< all K×K of each set, after the last epoch
};

/// The numbers of a finished curve that tables are made of; NaN where the curve is empty.
struct Outcome {
  double test_error, train_error, validation_error, cost;  ///< at the last epoch (the paper's)
  int best_epoch;                                 ///< first epoch of the lowest validation error; 0 if none
  double best_validation_error, best_test_error;  ///< there
};
Outcome outcome(const TrialRecord& record);

}  // namespace symopt
