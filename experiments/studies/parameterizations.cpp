// parameterizations.cpp — one network under three parameterizations of its filters (Tomioka, after Neyshabur,
// Salakhutdinov, Srebro 2015): unconstrained, held at unit norm, and normalized, for a ReLU and a sigmoid
// network.
#include "experiments/plan/experiment.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/lines.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace {

void parameterizations_defaults(Request& request) {
  request.networks = "mlp:784-64-64-10,mlp:784-64-64-10/sigmoid";
  request.optimizers = "sgd,constrained,weight-norm";
  request.start = "balanced";  // all three start with one function
  request.trials = 5;
  request.protocol.search_eta_min = -1;
  request.protocol.search_eta_max = 2.5;
  request.protocol.max_epochs = 20;
  request.protocol.stop_early = false;
}

void parameterizations_quick(Request& request) {
  request.trials = 2;
  request.protocol.search_epochs = 20;
  request.protocol.train = 10000;
  request.protocol.validation = 2000;
  request.protocol.max_epochs = 5;
}

// `settings`: of settings_texts().
std::string parameterization(const std::string& optimizer, const std::string& settings) {
  const std::string label = optimizer_label(optimizer, settings);
  if (optimizer == "sgd") return fmt::format("unconstrained ({})", label);
  if (optimizer == "constrained") return fmt::format("held at unit norm ({})", label);
  if (optimizer == "weight-norm") return fmt::format("normalized ({})", label);
  return label;
}

// One figure an activation.
void figures(const std::vector<TrialRecord>& records, LineTable& lines) {
  std::vector<std::string> networks;
  for (const TrialRecord& r : records)
    if (std::find(networks.begin(), networks.end(), r.spec.shape) == networks.end())
      networks.push_back(r.spec.shape);
  const std::vector<std::string> settings = settings_texts(records);
  std::vector<std::string> taken;
  for (const std::string& shape : networks) {
    std::string name = "parameterizations_" + to_text(parse_network(shape, 0, 0).activation());
    const auto same = std::count(taken.begin(), taken.end(), name);
    taken.push_back(name);
    if (same > 0) name += fmt::format("-{}", same + 1);
    lines.figure(
        {name, fmt::format("Parameterizations of {}", shape),
         "One start for all: every filter and class vector of unit norm. Learning rates by the search, bold "
         "driver. Trials that did not complete are left out."});
    const auto panel = [&](const char* title, const char* yname, bool log_y, auto value) {
      lines.panel({.title = title, .xname = "Epoch", .yname = yname, .log_y = log_y});
      for (size_t i = 0; i < records.size(); ++i)
        if (const TrialRecord& r = records[i]; r.spec.shape == shape && r.status == Status::completed)
          for (const EpochPoint& p : r.curve)
            lines.add(parameterization(r.spec.optimizer, settings[i]), r.spec.trial, p.epoch, value(p));
    };
    panel("Training error", "Error (%)", false, [](const EpochPoint& p) { return 100 * p.train_error; });
    panel("Test error", "Error (%)", false, [](const EpochPoint& p) { return 100 * p.test_error; });
    panel("Training loss", "Cross-entropy (nats)", true, [](const EpochPoint& p) { return p.cost; });
  }
}

std::string parameterizations_conclusion(const Request& request, const std::vector<TrialRecord>& records,
                                         const Dataset&, const std::filesystem::path& folder) {
  LineTable lines;
  figures(records, lines);
  lines.write(folder);
  const std::vector<Group> groups = group_records(records);
  std::string text = error_table(groups, request.intervals()) + "\n" + rate_table(records) + "\n";
  if (const std::string teleports = teleport_table(records); !teleports.empty()) text += teleports + "\n";
  const std::vector<Comparison> comparisons = compare_all(groups, request.intervals());
  return comparisons.empty() ? text : text + comparison_table(comparisons);
}

}  // namespace

ExperimentEntry parameterizations_experiment() {
  return {"parameterizations",
          "unconstrained, constrained and normalized filters of one ReLU and one sigmoid network",
          parameterizations_defaults, parameterizations_quick, parameterizations_conclusion};
}

}  // namespace symopt
