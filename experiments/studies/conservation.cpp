// conservation.cpp — the quantities that gradient flow keeps, along training: how fast they drift, at which
// rates, and with which optimizers.
#include "experiments/studies/conservation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/side_by_side.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/statistics.hpp"
#include "results/table.hpp"

namespace symopt {

// A row of conservation.csv.
struct ConservationRow {
  std::string network, law, optimizer, settings;
  int trial = 0;
  double learning_rate = 0;
  std::int64_t steps = 0;
  std::string time_scale;
  double time = 0, first = 0, drift = 0, residual = 0;
  std::string message;
};

template <>
const Columns<ConservationRow>& columns_of() {
  using R = ConservationRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"law", &R::law, "`filter-norm`, `unit-balance`, `class-sum`, `layer-balance`"},
      C{"optimizer", &R::optimizer, "the optimizer"},
      C{"settings", &R::settings, "its settings"},
      C{"trial", &R::trial, "the trial's number, from 0"},
      C{"learning_rate", &R::learning_rate, "of all steps"},
      C{"steps", &R::steps, "that were taken"},
      C{"time_scale", &R::time_scale,
        "what a step is in time: `rate`, or `root` of it, where 1 − μ shrinks as that root"},
      C{"time", &R::time, "that times the steps"},
      C{"first", &R::first, "root mean square of the charges at the start"},
      C{"drift", &R::drift, "root mean square of their changes from start to end, over the time"},
      C{"residual", &R::residual,
        "largest difference from what is predicted step by step, relative to the largest charge; NaN where "
        "nothing is"},
      C{"message", &R::message, "where the run left the finite numbers, or empty"},
  });
  return columns;
}

namespace {

constexpr double kFactors[] = {1, 0.5, 0.25, 0.125};  // of the optimizer's own rate
constexpr double kDecay = 0.02;

void conservation_defaults(Request& request) {
  request.networks = "archbn:784-16x2-10/pool2,mlp:784-32x2-10+bias,mlp:784-16x2-10/linear";
  request.optimizers = "sgd:lr=0.05,momentum:lr=0.01,adam:lr=0.002,muon:lr=0.01,un:lr=0.05,sm:lr=0.02";
  request.precision = "double", request.start = "he";
  request.trials = 3;
  request.protocol.search = false;
  request.protocol.train = 20000, request.protocol.batch = 100, request.protocol.max_epochs = 1;
  request.protocol.bn_epsilon = 1e-12;  // itself a break of the first law
}

void conservation_quick(Request& request) {
  request.trials = 1;
  request.protocol.train = 5000;
}

double rms(const std::vector<double>& values, const std::vector<double>* minus = nullptr) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += std::pow(values[i] - (minus ? (*minus)[i] : 0), 2);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

// What holds for the network; the law of the classes, which holds for all, for the first one.
std::vector<const ConservationLaw*> laws_on(const TrialSpec& spec, const Request& request) {
  std::vector<const ConservationLaw*> laws;
  for (const ConservationLaw& law : conservation_laws())
    if (law.holds_for(network_of(spec)) &&
        (law.degree == 2 || spec.network == split_list("networks", request.networks).front()))
      laws.push_back(&law);
  return laws;
}

// A run of the study: a spec at one of its rates.
struct Run {
  const ConservationLaw* law;
  TrialSpec spec;
  std::string label;  // of its line
  std::int64_t steps = 0;
  double time = 0;
  bool root = false;  // time is √λ a step
  ConservationRow row;
};

void measure(Run& run, const Dataset& data) {
  const ChargeRun charges = follow_charges(run.spec, data, *run.law, run.steps, run.steps);
  run.row = {run.spec.network,
             run.law->name,
             run.spec.optimizer,
             run.spec.settings,
             run.spec.trial,
             run.spec.protocol.learning_rate,
             charges.steps.back(),
             run.root ? "root" : "rate",
             run.time,
             rms(charges.charges.front()),
             rms(charges.charges.back(), &charges.charges.front()) / run.time,
             charges.residual,
             charges.message};
  if (!charges.message.empty()) run.row.drift = std::numeric_limits<double>::quiet_NaN();
}

// As λ gets smaller, 1 − μ may stay, so that momentum is gradient flow in the limit, or shrink as √λ, so that
// it is the flow of a body with friction, whose time is √λ a step.
std::vector<Run> runs_of(const TrialSpec& spec, const std::string& label, const ConservationLaw& law,
                         std::int64_t steps) {
  std::vector<Run> runs;
  for (const double factor : kFactors) {
    Run run{&law, spec, label, static_cast<std::int64_t>(static_cast<double>(steps) / factor), 0, false, {}};
    run.spec.protocol.learning_rate = factor * spec.protocol.learning_rate;
    run.time = static_cast<double>(run.steps) * run.spec.protocol.learning_rate;
    runs.push_back(run);
    if (spec.optimizer != "momentum" || !spec.settings.empty()) continue;
    run.spec.settings = fmt::format("momentum={:.6g}", 1 - 0.1 * std::sqrt(factor));
    if (factor == 1) run.spec.settings.clear();  // the default
    run.steps = static_cast<std::int64_t>(static_cast<double>(steps) / std::sqrt(factor));
    run.time = static_cast<double>(run.steps) * std::sqrt(run.spec.protocol.learning_rate);
    run.label = label + ", 1 − μ ∝ √λ", run.root = true;
    runs.push_back(run);
  }
  return runs;
}

struct Slope {
  double value = std::numeric_limits<double>::quiet_NaN();
  bool kept = true, diverged = false;  // kept: to rounding at every rate
  double largest_residual = std::numeric_limits<double>::quiet_NaN();
};

// Of log drift against log λ, all trials of one line.
Slope slope_of(const std::vector<const Run*>& runs) {
  Slope s;
  std::vector<double> rates, drifts;
  for (const Run* run : runs) {
    const ConservationRow& row = run->row;
    if (!std::isfinite(row.drift)) {
      s.diverged = true;
      continue;
    }
    s.kept = s.kept && row.drift * row.time <= 1e-10 * std::max(1., row.first);
    if (!(row.residual <= s.largest_residual)) s.largest_residual = row.residual;
    rates.push_back(row.learning_rate), drifts.push_back(std::max(row.drift, 1e-300));
  }
  if (!s.kept) s.value = log_slope(rates, drifts);
  return s;
}

std::string verdict(const Slope& s) {
  if (s.diverged) return "diverged";
  if (s.kept) return "kept, to rounding";
  if (s.value >= 0.8) return "kept as λ → 0";
  return s.value <= 0.3 ? "broken at every rate" : "broken, less at small rates";
}

// A panel a law: drift by rate, and for gradient descent the charges of its gradients as theory.
void draw_drift(const std::vector<Run>& runs, LineTable& lines) {
  lines.figure(
      {"conservation", "How fast conserved quantities drift",
       "Root mean square change of the charges from start to end, per unit of time (λ times steps; √λ times "
       "steps where 1 − μ shrinks as √λ). Gradient flow keeps them; a step of gradient descent changes a "
       "quadratic charge by λ² times that of its gradient: its drift is in proportion to λ (grey). "
       "What is kept to rounding is below the axis."});
  std::vector<std::pair<const ConservationLaw*, std::string>> panels;  // law, network
  for (const ConservationLaw& law : conservation_laws())
    for (const Run& run : runs)
      if (const std::pair panel(&law, run.spec.network);
          run.law == &law && std::ranges::find(panels, panel) == panels.end())
        panels.push_back(panel);
  for (const auto& [law, network] : panels) {
    std::vector<const Run*> own;
    for (const Run& run : runs)
      if (run.law == law && run.spec.network == network && std::isfinite(run.row.drift) &&
          run.row.drift > 1e-10)
        own.push_back(&run);
    if (own.empty()) continue;
    lines.panel({.title = fmt::format("{}, {}", law->name, network),
                 .xname = "Learning rate λ",
                 .yname = "Drift per unit of time",
                 .log_x = true,
                 .log_y = true});
    // Lines rise in x.
    std::ranges::stable_sort(own, {}, [](const Run* run) { return run->row.learning_rate; });
    for (const Run* run : own) lines.add(run->label, run->spec.trial, run->row.learning_rate, run->row.drift);
    std::erase_if(own, [](const Run* run) { return run->spec.optimizer != "sgd"; });
    if (own.empty()) continue;
    const double lowest = own.front()->row.learning_rate;
    double drift = 0, count = 0;
    for (const Run* run : own)
      if (run->row.learning_rate == lowest) drift += run->row.drift, count += 1;
    for (const double rate : {lowest, own.back()->row.learning_rate})
      lines.add("In proportion to λ", 0, rate, drift / count * rate / lowest, Mark::level);
  }
}

// With decay, by time: measured, and in closed form.
std::string draw_decay(const Request& request, const Dataset& data, LineTable& lines) {
  lines.figure(
      {"conservation_decay", "With weight decay the charges follow a closed form",
       fmt::format(
           "Gradient descent (λ = 0.1) with decay k = {} on every parameter. Root mean square of the "
           "charges over that at the start. Closed form: exp(−2kt) Q(0) + λ Σ λ exp(−2k(t − τ)) Q(g), and "
           "exp(−kt) Q(0) for the linear one (Kunin et al. 2021).",
           kDecay)});
  std::vector<std::vector<std::string>> rows = {
      {"law", "network", "charge at the end, of the start", "closed form", "step by step"}};
  Request decaying = request;
  decaying.optimizers = fmt::format("momentum:lr=0.1:momentum=0:weight-decay={}", kDecay);
  decaying.trials = 1;
  for (const TrialSpec& spec : expand(decaying, data))
    for (const ConservationLaw* of : laws_on(spec, request)) {
      const ConservationLaw& law = *of;
      const std::int64_t steps = 5 * steps_of(request.protocol);
      const ChargeRun run = follow_charges(spec, data, law, steps, std::max<std::int64_t>(1, steps / 24));
      if (!run.message.empty()) continue;
      lines.panel({.title = fmt::format("{}, {}", law.name, spec.network),
                   .xname = "Time (λ times steps)",
                   .yname = "Charge, of that at the start",
                   .band = false});
      const double start = rms(run.charges.front());
      for (size_t i = 0; i < run.steps.size(); ++i) {
        const double time = spec.protocol.learning_rate * static_cast<double>(run.steps[i]);
        lines.add("Measured", 0, time, rms(run.charges[i]) / start);
        lines.add("Closed form", 0, time, rms(run.closed_form[i]) / start);
      }
      rows.push_back({law.name, spec.network, fmt::format("{:.4f}", rms(run.charges.back()) / start),
                      fmt::format("{:.4f}", rms(run.closed_form.back()) / start),
                      fmt::format("to {:.0e}", run.residual)});
    }
  return fmt::format("With weight decay {}: measured, in closed form, and predicted step by step\n{}", kDecay,
                     align(rows, 2));
}

std::string conservation_conclusion(const Request& request, const std::vector<TrialRecord>&,
                                    const Dataset& data, const std::filesystem::path& folder) {
  std::vector<Run> runs;
  const std::vector<TrialSpec> specs = expand(request, data);
  for (const TrialSpec& spec : specs) {
    // An optimizer at two rates has two lines.
    const bool several = std::ranges::any_of(specs, [&](const TrialSpec& other) {
      return other.network == spec.network && other.optimizer_label() == spec.optimizer_label() &&
             other.protocol.learning_rate != spec.protocol.learning_rate;
    });
    const std::string label =
        several ? fmt::format("{}, λ = {}", spec.optimizer_label(), spec.protocol.learning_rate)
                : spec.optimizer_label();
    for (const ConservationLaw* law : laws_on(spec, request))
      for (Run& run : runs_of(spec, label, *law, steps_of(request.protocol))) runs.push_back(std::move(run));
  }
  parallel_for(runs.size(), usable_cores(), [&](size_t i) { measure(runs[i], data); });

  TableWriter<ConservationRow> table(folder / "conservation.csv");
  for (const Run& run : runs) table.add(run.row);
  table.commit();
  std::vector<std::vector<std::string>> rows = {
      {"law", "network", "optimizer", "slope", "drift at λ", "and at λ/8", "step by step", "verdict"}};
  for (const ConservationLaw& law : conservation_laws()) {
    std::vector<std::pair<std::string, std::string>> done;  // network, label
    for (const Run& one : runs) {
      const std::pair key(one.spec.network, one.label);
      if (one.law != &law || std::ranges::find(done, key) != done.end()) continue;
      done.push_back(key);
      std::vector<const Run*> own;
      for (const Run& run : runs)
        if (run.law == &law && run.spec.network == key.first && run.label == key.second) own.push_back(&run);
      const Slope s = slope_of(own);
      rows.push_back(
          {law.name, key.first, key.second, std::isnan(s.value) ? "–" : fmt::format("{:.2f}", s.value),
           fmt::format("{:.1e}", own.front()->row.drift), fmt::format("{:.1e}", own.back()->row.drift),
           std::isnan(s.largest_residual) ? "–" : fmt::format("to {:.0e}", s.largest_residual), verdict(s)});
    }
  }
  LineTable lines;
  draw_drift(runs, lines);
  std::string text = "Drift of what gradient flow keeps, and its slope against the rate in logarithms\n" +
                     align(rows, 3) + "\n";
  text += draw_decay(request, data, lines) + "\n";
  text += measure_equilibrium(request, data, folder, lines);
  lines.write(folder);
  return text;
}

}  // namespace

ExperimentEntry conservation_experiment() {
  return {"conservation",
          "what gradient flow keeps along each symmetry, and how fast training loses it",
          conservation_defaults,
          conservation_quick,
          conservation_conclusion,
          no_trials,
          {table_info<ConservationRow>("conservation.csv", "a law, optimizer, rate and trial",
                                       "Of `conservation`."),
           equilibrium_table()}};
}

}  // namespace symopt
