// teleport.cpp — the reference studies of teleportation (Zhao, Dehmamy, Walters, Yu 2022; Zhao, Gower,
// Walters, Yu 2024) with their published settings: two functions of the plane, a regression network, and
// MNIST.
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "experiments/plan/experiment.hpp"
#include "experiments/studies/level_set_functions.hpp"
#include "experiments/studies/regression.hpp"
#include "experiments/terminal/tables.hpp"
#include "plots/numbers.hpp"
#include "results/lines.hpp"
#include "results/rows.hpp"
#include "results/table.hpp"
#include "results/variation.hpp"

namespace symopt {

// A row of reference_teleports.csv, and one of reference_teleport_timings.csv.
struct ReferenceRow : TeleportOutcome {
  std::string study;
  int seed = 0;
};
struct ReferenceTimingRow : ReferenceRow {};
// A row of random_angles.csv.
struct AngleRow {
  std::string function;
  int run = 0;
  double first_gradient = 0, last_loss = 0;
};

template <>
const Columns<ReferenceRow>& columns_of() {
  using R = ReferenceRow;
  using C = Column<R>;
  static const Columns<R> columns(
      Columns<R>({C{"study", &R::study, "the function, or the regression and its optimizer"},
                  C{"seed", &R::seed, "which of its runs, from 0"}}),
      columns_of<TeleportOutcome>());
  return columns;
}

template <>
const Columns<ReferenceTimingRow>& columns_of() {
  static const Columns<ReferenceTimingRow> columns(columns_of<ReferenceRow>().only({"study", "seed"}),
                                                   columns_of<Teleport>().only({"step", "seconds"}));
  return columns;
}

template <>
const Columns<AngleRow>& columns_of() {
  using R = AngleRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"function", &R::function, "the function of the plane"},
      C{"run", &R::run, "which random start angle of the search, from 0"},
      C{"first_gradient", &R::first_gradient, "‖∇L‖² behind the first teleport"},
      C{"last_loss", &R::last_loss, "the loss after all steps"},
  });
  return columns;
}

namespace {

// Of the figures, as published; and of the table: five say little where one in a few diverges.
constexpr int kRegressionSeeds = 5, kManySeeds = 100;

// exact=true: g acts as what keeps the loss for any step. At these rates the published first-order action
// gives the same to five digits (docs/studies.md).
void teleport_defaults(Request& request) {
  request.networks = "mlp:784-16-10-10/leaky-relu";
  request.optimizers =
      "adagrad:lr=0.01,teleport+adagrad:lr=0.01:tele-lr=0.0001:epochs=3:exact=true,"
      "momentum:lr=0.001,teleport+momentum:lr=0.001:exact=true,"
      "rmsprop:lr=0.0001,teleport+rmsprop:lr=0.0001:exact=true,"
      "adam:lr=0.0001,teleport+adam:lr=0.0001:exact=true";
  request.start = "uniform";
  request.trials = 5;
  request.protocol.search = false;
  request.protocol.batch = 20;
  request.protocol.max_epochs = 40;
  request.protocol.annealing = "constant";
  request.protocol.stop_early = false;
}

void teleport_quick(Request& request) {
  request.trials = 2;
  request.protocol.train = 5000;
  request.protocol.validation = 1000;
  request.protocol.max_epochs = 5;
}

// Every teleport of what is no trial.
class TeleportTables {
 public:
  void add(const std::string& study, int seed, const Teleport& t) { rows_.push_back({study, seed, t}); }
  void write(const std::filesystem::path& folder) const {
    TableWriter<ReferenceRow> table(folder / "reference_teleports.csv");
    TableWriter<ReferenceTimingRow> timings(folder / "reference_teleport_timings.csv");
    for (const auto& [study, seed, t] : rows_) {
      const ReferenceRow row{{t, t.ascents == 0}, study, seed};
      table.add(row);
      timings.add({row});
    }
    table.commit();
    timings.commit();
  }
  std::string text() const {
    std::vector<std::vector<std::string>> rows = {
        {"study", "seed", "step", "‖∇L‖² before", "after", "loss before", "after", "ms"}};
    for (const auto& [study, seed, t] : rows_)
      rows.push_back({study, fmt::format("{}", seed), fmt::format("{}", t.step),
                      fmt::format("{:.4g}", t.gradient_before), fmt::format("{:.4g}", t.gradient_after),
                      fmt::format("{:.6g}", t.loss_before), fmt::format("{:.6g}", t.loss_after),
                      fmt::format("{:.2f}", 1e3 * t.seconds)});
    return "Teleports of the functions and of the regression\n" + align(rows, 1);
  }

 private:
  struct Row {
    std::string study;
    int seed;
    Teleport teleport;
  };
  std::vector<Row> rows_;
};

struct Descent {
  std::vector<Pair> path, jump_from, jump_to;  // jumps between the steps
  std::vector<double> loss, gradient;          // before each step, and at the end
};

// From a random angle, as the public code's search starts, or from the identity. Its last step of ascent is
// computed and not taken, there; from the identity all are.
enum class Teleporting { no, from_identity, from_random_angle };

Descent descend(const LevelSetFunction& f, Teleporting teleporting, Stream stream, TeleportTables* log) {
  PlaneSurface surface(f);
  RotationOrbit orbit(f);
  Teleporter teleporter(2, 1);
  Pair theta = f.start, grad{}, ignored{};
  Descent descent;
  const auto record = [&] {
    descent.loss.push_back(surface.compute(theta, Pair{}, grad, ignored));
    descent.gradient.push_back(grad[0] * grad[0] + grad[1] * grad[1]);
    descent.path.push_back(theta);
  };
  for (int step = 1; step <= f.steps; ++step) {
    if (teleporting != Teleporting::no &&
        std::find(f.teleports.begin(), f.teleports.end(), step) != f.teleports.end()) {
      const auto start = std::chrono::steady_clock::now();
      descent.jump_from.push_back(theta);
      const bool random = teleporting == Teleporting::from_random_angle;
      const double loss_before = surface.compute(theta, Pair{}, grad, ignored),
                   gradient_before = grad[0] * grad[0] + grad[1] * grad[1];
      if (random) {
        const double angle = stream.uniform(0, std::acos(-1.0));
        orbit.act(std::span(&angle, 1), theta);
      }
      Teleport t = teleporter.move({.steps = random ? f.ascents - 1 : f.ascents, .rate = f.ascent_rate},
                                   surface, orbit, theta);
      t.step = step - 1, t.loss_before = loss_before, t.gradient_before = gradient_before;
      t.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      descent.jump_to.push_back(theta);
      if (log != nullptr) log->add(f.name + (random ? "" : ", from the identity"), 0, t);
    }
    record();
    theta[0] -= f.rate * grad[0];
    theta[1] -= f.rate * grad[1];
  }
  record();
  return descent;
}

std::string title_of(const LevelSetFunction& f) { return f.name == "booth" ? "Booth" : "Rosenbrock"; }

void add_level_set(LineTable& lines, const LevelSetFunction& f, double loss, int run) {
  constexpr int kPointsAround = 1440;  // the outer ones are long
  for (int i = 0; i <= kPointsAround; ++i) {
    const double angle = 2 * std::acos(-1.0) * i / kPointsAround, radius = std::sqrt(loss);
    const Pair xy = f.to_xy({radius * std::cos(angle), radius * std::sin(angle)});
    lines.add("Level set", run, xy[0], xy[1], Mark::level);
  }
}

constexpr const char *kPlain = "Gradient descent", *kWith = "With teleportation";

// As far as a picture of both trajectories reaches; and the end of one alone, with the minimum.
struct Window {
  Pair low, high;
};

Window end_window(const Descent& run, const LevelSetFunction& f) {
  constexpr double kMargin = 0.15;
  Window window{f.minimum, f.minimum};
  for (size_t i = run.path.size() / 2; i < run.path.size(); ++i)
    for (size_t k = 0; k < 2; ++k) {
      window.low[k] = std::min(window.low[k], run.path[i][k]);
      window.high[k] = std::max(window.high[k], run.path[i][k]);
    }
  for (size_t k = 0; k < 2; ++k) {
    const double margin = std::max(kMargin * (window.high[k] - window.low[k]), 1e-3);
    window.low[k] -= margin, window.high[k] += margin;
  }
  return window;
}

std::string place(const Pair& p) { return fmt::format("({}, {})", number_text(p[0]), number_text(p[1])); }

void level_set_figure(const LevelSetFunction& f, std::span<const Descent, 2> runs, LineTable& lines) {
  lines.figure(
      {f.name + "_level_sets", fmt::format("{}: both trajectories among the level sets", title_of(f)),
       fmt::format("Start {}, minimum {}; λ = {}, {} steps; teleports by SO(2) on the level-set "
                   "coordinates, a random angle and ascent in {} steps at {}. Below: the second half of the "
                   "steps and the minimum, each on axes of its own.",
                   place(f.start), place(f.minimum), f.rate, f.steps, f.ascents - 1, f.ascent_rate)});
  const bool booth = f.name == "booth";
  const Window whole = booth ? Window{{-9, -7}, {11, 13}} : Window{{-2.2, -2}, {2.2, 4}};
  for (const bool end : {false, true})
    for (const bool teleporting : {false, true}) {
      const Descent& run = runs[teleporting];
      const Window window = end ? end_window(run, f) : whole;
      const char* const name = teleporting ? kWith : kPlain;
      lines.panel({.title = end ? fmt::format("{}, the end", name) : name,
                   .xname = "x",
                   .yname = "y",
                   .band = false,
                   .x_low = window.low[0],
                   .x_high = window.high[0],
                   .y_low = window.low[1],
                   .y_high = window.high[1]});
      // Through each half decade from the start's inwards.
      int level = 0;
      for (double loss = runs[0].loss.front(); loss > (end ? 1e-5 : 1e-3); loss /= std::sqrt(10))
        add_level_set(lines, f, loss, level++);
      // A teleport is no step: the path begins anew behind it.
      for (size_t i = 0, jump = 0; i < run.path.size(); ++i) {
        while (jump < run.jump_to.size() && run.path[i] == run.jump_to[jump]) ++jump;
        lines.add(name, static_cast<int>(jump), run.path[i][0], run.path[i][1]);
      }
      for (size_t i = 0; i < run.jump_from.size(); ++i)
        for (const Pair& p : {run.jump_from[i], run.jump_to[i]})
          lines.add("Teleport", static_cast<int>(i), p[0], p[1], Mark::jump);
      lines.add("Minimum", 0, f.minimum[0], f.minimum[1], Mark::point);
    }
}

// What comes of many random angles: one alone says little, as a search over a circle leaps from hill to hill.
struct Angles {
  std::vector<double> loss, gradient;  // last loss, ‖∇L‖² behind the first teleport
};

constexpr int kAngles = 100;

Angles many_angles(const LevelSetFunction& f, const Stream& stream) {
  Angles all;
  for (int i = 0; i < kAngles; ++i) {
    const Descent d = descend(f, Teleporting::from_random_angle,
                              stream.fork(Purpose::teleport, static_cast<std::uint64_t>(i)), nullptr);
    all.loss.push_back(d.loss.back());
    all.gradient.push_back(d.gradient[static_cast<size_t>(f.teleports.front()) - 1]);
  }
  return all;
}

std::string spread_text(std::vector<double> values) {
  std::ranges::sort(values);
  return fmt::format("{:.3g} [{:.3g}, {:.3g}]", quantile(values, 0.5), values.front(), values.back());
}

std::string function_study(const LevelSetFunction& f, const Stream& stream, LineTable& lines,
                           TableWriter<AngleRow>& angles, TeleportTables& log) {
  const Descent runs[] = {
      descend(f, Teleporting::no, stream, &log),
      descend(f, Teleporting::from_random_angle, stream.fork(Purpose::teleport, 0), &log)};
  const Descent identity = descend(f, Teleporting::from_identity, stream, &log);
  const Angles many = many_angles(f, stream);
  for (size_t i = 0; i < many.loss.size(); ++i)
    angles.add({f.name, static_cast<int>(i), many.gradient[i], many.loss[i]});
  level_set_figure(f, runs, lines);
  lines.figure({f.name + "_curves", fmt::format("{}: loss and squared gradient", title_of(f)), ""});
  const auto lowered = [](std::string text) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
  };
  const auto curve = [&](const char* xname, const char* yname, auto x, auto y, bool log_x) {
    lines.panel({.title = fmt::format("{} by {}", yname, lowered(xname)),
                 .xname = xname,
                 .yname = yname,
                 .log_x = log_x,
                 .log_y = true,
                 .band = false});
    for (const bool teleporting : {false, true})
      for (size_t i = 0; i < runs[teleporting].loss.size(); ++i)
        lines.add(teleporting ? kWith : kPlain, 0, x(runs[teleporting], i), y(runs[teleporting], i));
  };
  const auto step = [](const Descent&, size_t i) { return static_cast<double>(i); };
  const auto loss = [](const Descent& d, size_t i) { return d.loss[i]; };
  const auto gradient = [](const Descent& d, size_t i) { return d.gradient[i]; };
  curve("Step", "Loss", step, loss, false);
  curve("Step", "‖∇L‖²", step, gradient, false);
  curve("Loss", "‖∇L‖²", loss, gradient, true);
  return fmt::format(
      "{}: loss after {} steps {:.3g}; with teleportation, median [range] over {} random start angles of the "
      "search: {}, "
      "‖∇L‖² behind the first teleport {}; from the identity {:.3g}\n",
      f.name, f.steps, runs[0].loss.back(), kAngles, spread_text(many.loss), spread_text(many.gradient),
      identity.loss.back());
}

constexpr double kLossLow = 0.5, kLossHigh = 1e5, kGradientLow = 1, kGradientHigh = 1e11;

bool finite(const RegressionRun& run) { return std::isfinite(run.loss.back()); }

struct Arm {
  std::string name;
  RegressionSettings settings;
  bool drawn;
  std::vector<RegressionRun> runs;
};

void regression_figure(const std::string& optimizer, const std::vector<Arm>& all, LineTable& lines) {
  std::vector<const Arm*> arms;
  for (const Arm& arm : all)
    if (arm.drawn && arm.settings.optimizer == optimizer) arms.push_back(&arm);
  lines.figure({"regression_" + optimizer,
                fmt::format("Regression network under {}: loss and squared gradient, {} seeds", optimizer,
                            kRegressionSeeds),
                "Layers 6×5, 7×6, 8×7, leaky ReLU, 4 samples; one teleport before epoch 6 (the published 5, "
                "from 0). Seeds whose loss became infinite are left out."});
  const auto panel = [&](const char* xname, const char* yname, bool timed, double low, double high,
                         auto value) {
    lines.panel({.title = fmt::format("{} by {}", yname, timed ? "time" : "epoch"),
                 .xname = xname,
                 .yname = yname,
                 .log_y = true,
                 .timed = timed,
                 .y_low = low,
                 .y_high = high});
    for (const Arm* const arm : arms)
      for (size_t r = 0; r < kRegressionSeeds; ++r)
        for (size_t i = 0; finite(arm->runs[r]) && i < arm->runs[r].loss.size(); ++i)
          lines.add(arm->name, static_cast<int>(r),
                    timed ? 1e3 * arm->runs[r].seconds[i] : static_cast<double>(i + 1),
                    value(arm->runs[r], i));
  };
  const auto loss = [](const RegressionRun& run, size_t i) { return run.loss[i]; };
  const auto gradient = [](const RegressionRun& run, size_t i) { return run.gradient[i]; };
  panel("Epoch", "Loss", false, kLossLow, kLossHigh, loss);
  panel("Epoch", "‖∇L‖²", false, kGradientLow, kGradientHigh, gradient);
  panel("Time (ms)", "Loss", true, kLossLow, kLossHigh, loss);
  lines.panel({.title = "‖∇L‖² by loss, first seed",
               .xname = "Loss",
               .yname = "‖∇L‖²",
               .log_x = true,
               .log_y = true,
               .band = false,
               .x_low = kLossLow,
               .x_high = kLossHigh,
               .y_low = kGradientLow,
               .y_high = kGradientHigh});
  for (const Arm* const arm : arms)
    for (size_t i = 0; finite(arm->runs[0]) && i < arm->runs[0].loss.size(); ++i)
      lines.add(arm->name, 0, arm->runs[0].loss[i], arm->runs[0].gradient[i]);
}

std::string regression_study(const Request& request, LineTable& lines, TeleportTables& log) {
  // The published action and rates; and an action that keeps the loss, which needs smaller rates: its search
  // does not lose by the way what it gains, and raises ‖∇L‖² until the descent diverges.
  const AscentSettings none{}, gd{.steps = 8, .rate = 1e-7}, adagrad{.steps = 2, .rate = 1e-5};
  const AscentSettings small_gd{.steps = 8, .rate = 1e-8}, small_adagrad{.steps = 2, .rate = 1e-6};
  std::vector<Arm> arms = {
      {"sgd", {"sgd", 1e-4, 300, {}, none}, true, {}},
      {"sgd, published teleport", {"sgd", 1e-4, 300, 6, gd, TeleportAction::published}, true, {}},
      {"sgd, on moved features (ours)", {"sgd", 1e-4, 300, 6, gd, TeleportAction::moved_features}, false, {}},
      {"sgd, exact teleport", {"sgd", 1e-4, 300, 6, gd}, false, {}},
      {"sgd, exact at λ/10", {"sgd", 1e-4, 300, 6, small_gd}, true, {}},
      {"adagrad", {"adagrad", 0.1, 300, {}, none}, true, {}},
      {"adagrad, published teleport", {"adagrad", 0.1, 300, 6, adagrad, TeleportAction::published}, true, {}},
      {"adagrad, on moved features (ours)",
       {"adagrad", 0.1, 300, 6, adagrad, TeleportAction::moved_features},
       false,
       {}},
      {"adagrad, exact teleport", {"adagrad", 0.1, 300, 6, adagrad}, false, {}},
      {"adagrad, exact at λ/10", {"adagrad", 0.1, 300, 6, small_adagrad}, true, {}}};
  // The first runs of a process pay for its warming up.
  for (const Arm& arm : arms) run_regression(arm.settings, 0);
  for (int seed = 0; seed < kManySeeds; ++seed)
    for (Arm& arm : arms) {
      arm.runs.push_back(
          run_regression(arm.settings, request.seed * kRegressionSeeds + static_cast<std::uint64_t>(seed)));
      if (seed >= kRegressionSeeds) continue;
      for (const Teleport& t : arm.runs.back().teleports) log.add("regression " + arm.name, seed, t);
    }
  // A figure for each of the two, so that no more than three bands lie on each other.
  for (const std::string optimizer : {"sgd", "adagrad"}) regression_figure(optimizer, arms, lines);

  std::vector<std::vector<std::string>> rows = {
      {"regression", "finite", "last loss: median [range]", "lower than without"}};
  const Arm* without = nullptr;
  for (const Arm& arm : arms) {
    if (!arm.settings.teleport) without = &arm;
    std::vector<double> last;
    int lower = 0;
    for (size_t r = 0; r < arm.runs.size(); ++r) {
      lower += arm.runs[r].loss.back() < without->runs[r].loss.back();
      if (finite(arm.runs[r])) last.push_back(arm.runs[r].loss.back());
    }
    rows.push_back({arm.name, fmt::format("{} of {}", last.size(), arm.runs.size()),
                    last.empty() ? "–" : spread_text(last),
                    arm.settings.teleport ? fmt::format("{}", lower) : ""});
  }
  return align(rows, 1);
}

// One panel a network and optimizer, with and without teleportation.
template <class X, class Y>
void trial_figure(LineTable& lines, const std::vector<TrialRecord>& records, const FigureInfo& info,
                  const PanelInfo& panel, const X& x, const Y& y) {
  constexpr std::string_view kPrefix = "teleport+";
  lines.figure(info);
  const std::vector<std::string> settings = distinct_settings(records);
  const auto without = [&](const std::string& name) {
    return name.substr(name.starts_with(kPrefix) ? kPrefix.size() : 0);
  };
  std::vector<std::pair<std::string, std::string>> panels;  // network and optimizer, in their order
  std::set<std::string> networks;
  for (const TrialRecord& r : records) {
    const std::pair place(r.spec.network, without(r.spec.optimizer));
    networks.insert(r.spec.network);
    if (std::find(panels.begin(), panels.end(), place) == panels.end()) panels.push_back(place);
  }
  for (const auto& [network, name] : panels) {
    PanelInfo own = panel;
    own.title = networks.size() == 1 ? name : fmt::format("{}, {}", network, name);
    lines.panel(own);
    for (size_t k = 0; k < records.size(); ++k) {
      const TrialRecord& r = records[k];
      if (r.spec.network != network || without(r.spec.optimizer) != name) continue;
      const std::string series =
          optimizer_label(r.spec.optimizer == name ? "Without teleportation" : kWith, settings[k]);
      for (size_t i = 0; i < r.curve.size(); ++i) lines.add(series, r.spec.trial, x(r, i), y(r, i));
    }
  }
}

void trial_figures(const std::vector<TrialRecord>& records, LineTable& lines) {
  const auto epoch = [](const TrialRecord& r, size_t i) { return static_cast<double>(r.curve[i].epoch); };
  const auto second = [](const TrialRecord& r, size_t i) {
    double sum = 0;
    for (size_t k = 0; k <= i; ++k) sum += r.timings[k].train_seconds;
    return sum;
  };
  const auto cost = [](const TrialRecord& r, size_t i) { return r.curve[i].cost; };
  const auto error = [](const TrialRecord& r, size_t i) { return 100 * r.curve[i].test_error; };
  trial_figure(lines, records, {"trained_cost", "Training loss by epoch, with and without teleportation", ""},
               {.xname = "Epoch", .yname = "Cross-entropy (nats)", .log_y = true}, epoch, cost);
  trial_figure(lines, records, {"trained_error", "Test error by epoch, with and without teleportation", ""},
               {.xname = "Epoch", .yname = "Test error (%)"}, epoch, error);
  trial_figure(lines, records,
               {"trained_cost_by_second", "Training loss by second, with and without teleportation", ""},
               {.xname = "Training time (s)", .yname = "Cross-entropy (nats)", .log_y = true, .timed = true},
               second, cost);
}

std::string teleport_conclusion(const Request& request, const std::vector<TrialRecord>& records,
                                const Dataset&, const std::filesystem::path& folder) {
  LineTable lines;
  TeleportTables log;
  std::string text;
  TableWriter<AngleRow> angles(folder / "random_angles.csv");
  for (const LevelSetFunction& f : level_set_functions())
    text += function_study(f, Stream(request.seed, 0), lines, angles, log);
  angles.commit();
  text += regression_study(request, lines, log);
  trial_figures(records, lines);
  lines.write(folder);
  log.write(folder);

  const std::vector<Group> groups = group_records(records);
  text += "\n" + log.text() + "\n" + error_table(groups, request.intervals()) + "\n" +
          teleport_table(records) + "\n";
  const std::vector<Comparison> comparisons = compare_all(groups, request.intervals());
  if (!comparisons.empty()) text += comparison_table(comparisons);
  return text;
}

}  // namespace

ExperimentEntry teleport_experiment() {
  return {"teleport",
          "teleportation: Booth, Rosenbrock, a regression network, and MNIST under four optimizers with and "
          "without",
          teleport_defaults,
          teleport_quick,
          teleport_conclusion,
          expand,
          {table_info<ReferenceRow>("reference_teleports.csv",
                                    "a teleport of the functions and the regression", "Of `teleport`."),
           table_info<ReferenceTimingRow>("reference_teleport_timings.csv",
                                          "a teleport of the functions and the regression", "Of `teleport`."),
           table_info<AngleRow>("random_angles.csv", "a random start angle of a function's searches",
                                "Of `teleport`.")}};
}

}  // namespace symopt
