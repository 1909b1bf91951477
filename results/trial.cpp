// trial.cpp — specs as text and hash, and the outcome of a curve.
#include "results/trial.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "core/data/sha256.hpp"
#include "core/network/network_spec.hpp"

namespace symopt {

const Options<ProtocolSettings>& protocol_options() {
  using P = ProtocolSettings;
  using O = Option<P>;
  const std::string paper = "Badrinarayanan, Mishra, Cipolla 2015";
  static const Options<P> options({
      O{.name = "search",
        .field = &P::search,
        .help = "search the learning rate before training",
        .source = paper},
      O{.name = "learning-rate",
        .field = &P::learning_rate,
        .low = 0,
        .high = 1e6,
        .help = "rate of the full training where search=false"},
      O{.name = "search-train",
        .field = &P::search_train,
        .low = 1,
        .high = 1e9,
        .help = "samples a candidate rate trains on",
        .source = paper},
      O{.name = "search-validation",
        .field = &P::search_validation,
        .low = 1,
        .high = 1e9,
        .help = "samples it is judged by",
        .source = paper},
      O{.name = "search-epochs",
        .field = &P::search_epochs,
        .low = 1,
        .high = 1e6,
        .help = "epochs of a candidate",
        .source = paper},
      O{.name = "search-eta-min",
        .field = &P::search_eta_min,
        .low = -20,
        .high = 20,
        .help = "candidates are 10^-eta: first eta",
        .source = paper},
      O{.name = "search-eta-max",
        .field = &P::search_eta_max,
        .low = -20,
        .high = 20,
        .help = "last eta",
        .source = paper},
      O{.name = "search-eta-step",
        .field = &P::search_eta_step,
        .low = 1e-3,
        .high = 40,
        .help = "step of eta",
        .source = paper},
      O{.name = "batch",
        .field = &P::batch,
        .low = 1,
        .high = 1e6,
        .help = "samples a batch",
        .source = paper},
      O{.name = "last-batch",
        .field = &P::last_batch,
        .choices = {"keep", "drop"},
        .help = "samples that do not fill an epoch's last batch: keep it, smaller, or drop them",
        .added = true},
      O{.name = "train",
        .field = &P::train,
        .low = 1,
        .high = 1e9,
        .help = "samples of the full training",
        .source = paper},
      O{.name = "validation",
        .field = &P::validation,
        .low = 1,
        .high = 1e9,
        .help = "validation samples of the full training",
        .source = paper},
      O{.name = "max-epochs",
        .field = &P::max_epochs,
        .low = 1,
        .high = 1e6,
        .help = "epochs at most",
        .source = paper},
      O{.name = "min-epochs",
        .field = &P::min_epochs,
        .low = 0,
        .high = 1e6,
        .help = "stop rules hold after this epoch",
        .source = paper},
      O{.name = "annealing",
        .field = &P::annealing,
        .choices = {"bold-driver", "exponential", "constant", "cosine", "step", "polynomial"},
        .help = "how the rate changes from epoch to epoch",
        .source = paper},
      O{.name = "bold-up",
        .field = &P::bold_up,
        .low = 1e-6,
        .high = 1e6,
        .help = "bold driver: factor when the cost fell"},
      O{.name = "bold-down",
        .field = &P::bold_down,
        .low = 1e-6,
        .high = 1,
        .help = "bold driver: factor when the cost rose or is not finite"},
      O{.name = "decay",
        .field = &P::decay,
        .low = 1e-6,
        .high = 1,
        .help = "factor of the exponential and step schedules"},
      O{.name = "decay-every",
        .field = &P::decay_every,
        .low = 1,
        .high = 1e6,
        .help = "epochs between factors of the step schedule"},
      O{.name = "warmup",
        .field = &P::warmup,
        .low = 0,
        .high = 1e6,
        .help =
            "first epochs W, at 1/(W + 1), 2/(W + 1), … of the rate; the schedule has the epochs after them",
        .source = "Goyal et al. 2017, by epochs",
        .added = true},
      O{.name = "decay-power",
        .field = &P::decay_power,
        .low = 1e-3,
        .high = 1e3,
        .help = "exponent of the polynomial schedule; 1: a straight line",
        .added = true},
      O{.name = "decay-end",
        .field = &P::decay_end,
        .low = 0,
        .high = 1,
        .help = "what of the rate is left at the end of the polynomial schedule",
        .added = true},
      O{.name = "decay-share",
        .field = &P::decay_share,
        .low = 1e-3,
        .high = 1,
        .help = "share of the epochs over which the polynomial schedule falls; then it stays at its end",
        .added = true},
      O{.name = "stop-early",
        .field = &P::stop_early,
        .help = "stop by the three rules below, else only at max-epochs"},
      O{.name = "stop-train-error",
        .field = &P::stop_train_error,
        .low = 0,
        .high = 1,
        .help = "stop below this training error",
        .source = paper},
      O{.name = "stop-validation-change",
        .field = &P::stop_validation_change,
        .low = 0,
        .high = 1,
        .help = "stop when two successive validation errors differ by less",
        .source = paper},
      O{.name = "stop-every",
        .field = &P::stop_every,
        .low = 1,
        .high = 1e6,
        .help = "epochs between looks back",
        .source = paper},
      O{.name = "stop-lookback",
        .field = &P::stop_lookback,
        .low = 1,
        .high = 1e6,
        .help = "epochs that a look goes back",
        .source = paper},
      O{.name = "test",
        .field = &P::test,
        .help = "measure the test error after every epoch; false, for tuning, leaves the test data untouched",
        .added = true},
      O{.name = "test-at",
        .field = &P::test_at,
        .choices = {"epochs", "end"},
        .help = "when the test error is measured: after every epoch, or after the last one only",
        .added = true},
      O{.name = "train-error",
        .field = &P::train_error,
        .choices = {"after", "running"},
        .help = "training error: of all samples after the epoch, or of each batch just before its step",
        .added = true},
      O{.name = "metric",
        .field = &P::metric,
        .choices = {"error", "class-error", "iou"},
        .help = "what is an error, also for the search: the share of samples or pixels that are wrong, 1 - "
                "the mean of the classes' accuracies, or 1 - their mean intersection over union",
        .added = true},
      O{.name = "class-metrics",
        .field = &P::class_metrics,
        .help = "keep loss, accuracies and mean IoU of every epoch, and confusion matrices of the last one",
        .added = true},
      O{.name = "class-weights",
        .field = &P::class_weights,
        .choices = {"none", "median-frequency"},
        .help =
            "of the loss: by median frequency balancing over the training samples, rare classes weigh more",
        .added = true},
      O{.name = "bn-statistics",
        .field = &P::bn_statistics,
        .choices = {"running", "population"},
        .help = "batch normalization at evaluation"},
      O{.name = "bn-momentum",
        .field = &P::bn_momentum,
        .low = 0,
        .high = 1,
        .help = "weight of the newest batch in the running statistics"},
      O{.name = "bn-epsilon",
        .field = &P::bn_epsilon,
        .low = 0,
        .high = 1,
        .help = "added to the variance in batch normalization"},
  });
  return options;
}

Assignments TrialSpec::fields() const {
  Assignments fields = {{"dataset", dataset},
                        {"checksum", checksum},
                        {"network", network},
                        {"shape", shape},
                        {"optimizer", optimizer},
                        {"settings", settings},
                        {"start", start},
                        {"precision", precision},
                        {"seed", fmt::format("{}", seed)},
                        {"trial", fmt::format("{}", trial)}};
  for (auto& field : protocol_options().stored(protocol)) fields.push_back(std::move(field));
  return fields;
}

namespace {

// Seeds use all 64 bits, which to_integer does not read.
std::uint64_t to_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  if (error != std::errc{} || stop != end)
    throw UserError("trial spec", "seed", "an integer from 0 to 2^64 - 1", text);
  return seed;
}

int to_trial(const std::string& text) {
  const std::int64_t trial = to_integer("trial", text);
  if (trial < 0 || trial > std::numeric_limits<int>::max())
    throw UserError("trial spec", "trial", "an integer from 0 to 2^31 - 1", text);
  return static_cast<int>(trial);
}

}  // namespace

TrialSpec TrialSpec::from_fields(const Assignments& fields) {
  TrialSpec spec;
  std::set<std::string> seen;
  for (const auto& [name, value] : fields) {
    if (!seen.insert(name).second) throw UserError("trial spec", name, "one value", "two");
    if (name == "dataset")
      spec.dataset = value;
    else if (name == "checksum")
      spec.checksum = value;
    else if (name == "network")
      spec.network = value;
    else if (name == "shape")
      spec.shape = value;
    else if (name == "optimizer")
      spec.optimizer = value;
    else if (name == "settings")
      spec.settings = value;
    else if (name == "start")
      spec.start = value;
    else if (name == "precision")
      spec.precision = value;
    else if (name == "seed")
      spec.seed = to_seed(value);
    else if (name == "trial")
      spec.trial = to_trial(value);
    else
      protocol_options().set(spec.protocol, name, value);
  }
  static const Assignments all = TrialSpec{}.fields();
  for (const auto& [name, ignored] : all)
    if (seen.count(name) == 0) throw UserError("trial spec", name, "a value", "none");
  return spec;
}

std::string TrialSpec::hash() const {
  std::string text = fmt::format("symopt {}\n", kResultVersion);
  // With each value's length: whatever a value holds, two specs never make the same text.
  for (const auto& [name, value] : fields()) text += fmt::format("{}:{}={}\n", name, value.size(), value);
  return sha256(text).substr(0, 32);
}

NetworkSpec network_of(const TrialSpec& spec) {
  NetworkSpec network = parse_network(spec.shape, 0, 0);
  network.bn_epsilon = spec.protocol.bn_epsilon;
  network.bn_momentum = spec.protocol.bn_momentum;
  return network;
}

std::string optimizer_label(const std::string& optimizer, const std::string& settings) {
  return settings.empty() ? optimizer : fmt::format("{}({})", optimizer, settings);
}
std::string TrialSpec::optimizer_label() const { return symopt::optimizer_label(optimizer, settings); }

Outcome outcome(const TrialRecord& record) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Outcome o{nan, nan, nan, nan, 0, nan, nan};
  for (const EpochPoint& p : record.curve) {
    o.test_error = p.test_error, o.train_error = p.train_error;
    o.validation_error = p.validation_error, o.cost = p.cost;
    if (std::isnan(p.validation_error)) continue;  // never the lowest
    if (o.best_epoch == 0 || p.validation_error < o.best_validation_error)
      o.best_epoch = p.epoch, o.best_validation_error = p.validation_error, o.best_test_error = p.test_error;
  }
  return o;
}

}  // namespace symopt
