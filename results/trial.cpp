// trial.cpp — specs as text and hash, and the outcome of a curve.
#include "results/trial.hpp"

#include <limits>

#include "core/sha256.hpp"

namespace symopt {

const Options<ProtocolSettings>& protocol_options() {
  using P = ProtocolSettings;
  const std::string paper = "Badrinarayanan, Mishra, Cipolla 2015";
  static const Options<P> options({
      {"search", &P::search, .help = "search the learning rate before training", .source = paper},
      {"learning-rate", &P::learning_rate, 0, 1e6, .help = "rate of the full training where search=false"},
      {"search-train", &P::search_train, 1, 1e9, .help = "samples a candidate rate trains on", .source = paper},
      {"search-validation", &P::search_validation, 1, 1e9, .help = "samples it is judged by", .source = paper},
      {"search-epochs", &P::search_epochs, 1, 1e6, .help = "epochs of a candidate", .source = paper},
      {"search-eta-min", &P::search_eta_min, -20, 20, .help = "candidates are 10^-eta: first eta", .source = paper},
      {"search-eta-max", &P::search_eta_max, -20, 20, .help = "last eta", .source = paper},
      {"search-eta-step", &P::search_eta_step, 1e-3, 40, .help = "step of eta", .source = paper},
      {"batch", &P::batch, 1, 1e6, .help = "samples a batch", .source = paper},
      {"train", &P::train, 1, 1e9, .help = "samples of the full training", .source = paper},
      {"validation", &P::validation, 1, 1e9, .help = "validation samples of the full training", .source = paper},
      {"max-epochs", &P::max_epochs, 1, 1e6, .help = "epochs at most", .source = paper},
      {"min-epochs", &P::min_epochs, 0, 1e6, .help = "stop rules hold after this epoch", .source = paper},
      {"annealing", &P::annealing, .choices = {"bold-driver", "exponential", "constant", "cosine", "step"},
       .help = "how the rate changes from epoch to epoch", .source = paper},
      {"bold-up", &P::bold_up, 1e-6, 1e6, .help = "bold driver: factor when the cost fell"},
      {"bold-down", &P::bold_down, 1e-6, 1, .help = "bold driver: factor when the cost rose or is not finite"},
      {"decay", &P::decay, 1e-6, 1, .help = "factor of the exponential and step schedules"},
      {"decay-every", &P::decay_every, 1, 1e6, .help = "epochs between factors of the step schedule"},
      {"stop-early", &P::stop_early, .help = "stop by the three rules below, else only at max-epochs"},
      {"stop-train-error", &P::stop_train_error, 0, 1, .help = "stop below this training error", .source = paper},
      {"stop-validation-change", &P::stop_validation_change, 0, 1,
       .help = "stop when two successive validation errors differ by less", .source = paper},
      {"stop-every", &P::stop_every, 1, 1e6, .help = "epochs between looks back", .source = paper},
      {"stop-lookback", &P::stop_lookback, 1, 1e6, .help = "epochs that a look goes back", .source = paper},
      {"bn-statistics", &P::bn_statistics, .choices = {"running", "population"},
       .help = "batch normalization at evaluation"},
      {"bn-momentum", &P::bn_momentum, 0, 1, .help = "weight of the newest batch in the running statistics"},
      {"bn-epsilon", &P::bn_epsilon, 0, 1, .help = "added to the variance in batch normalization"},
  });
  return options;
}

Assignments TrialSpec::fields() const {
  Assignments fields = {{"dataset", dataset},       {"checksum", checksum}, {"network", network},
                        {"shape", shape},           {"optimizer", optimizer}, {"settings", settings},
                        {"start", start},           {"precision", precision}, {"seed", fmt::format("{}", seed)},
                        {"trial", fmt::format("{}", trial)}};
  for (auto& field : protocol_options().all(protocol)) fields.push_back(std::move(field));
  return fields;
}

TrialSpec TrialSpec::from_fields(const Assignments& fields) {
  TrialSpec spec;
  for (const auto& [name, value] : fields) {
    if (name == "dataset") spec.dataset = value;
    else if (name == "checksum") spec.checksum = value;
    else if (name == "network") spec.network = value;
    else if (name == "shape") spec.shape = value;
    else if (name == "optimizer") spec.optimizer = value;
    else if (name == "settings") spec.settings = value;
    else if (name == "start") spec.start = value;
    else if (name == "precision") spec.precision = value;
    else if (name == "seed") spec.seed = static_cast<std::uint64_t>(to_integer(name, value));
    else if (name == "trial") spec.trial = static_cast<int>(to_integer(name, value));
    else protocol_options().set(spec.protocol, name, value);
  }
  if (fields.size() != spec.fields().size())
    throw UserError("trial spec", "fields", fmt::format("{}", spec.fields().size()), fmt::format("{}", fields.size()));
  return spec;
}

std::string TrialSpec::hash() const {
  std::string text = fmt::format("symopt {}\n", kResultVersion);
  for (const auto& [name, value] : fields()) text += fmt::format("{}={}\n", name, value);
  return sha256(text).substr(0, 32);
}

std::string TrialSpec::optimizer_label() const {
  return settings.empty() ? optimizer : fmt::format("{}({})", optimizer, settings);
}

std::string to_text(Status status) {
  switch (status) {
    case Status::completed: return "completed";
    case Status::diverged: return "diverged";
    case Status::failed: return "failed";
    case Status::timed_out: return "timed-out";
  }
  return "";
}

Status to_status(const std::string& text) {
  for (Status s : {Status::completed, Status::diverged, Status::failed, Status::timed_out})
    if (to_text(s) == text) return s;
  throw UserError("status", "trial record", "completed, diverged, failed or timed-out", text);
}

Outcome outcome(const TrialRecord& record) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Outcome o{nan, nan, nan, nan, 0, nan, nan};
  for (const EpochPoint& p : record.curve) {
    o.test_error = p.test_error, o.train_error = p.train_error;
    o.validation_error = p.validation_error, o.cost = p.cost;
    if (o.best_epoch == 0 || p.validation_error < o.best_validation_error)
      o.best_epoch = p.epoch, o.best_validation_error = p.validation_error, o.best_test_error = p.test_error;
  }
  return o;
}

}  // namespace symopt
