// generalization.cpp — what sharpness and curvature of the orbit say about unseen samples, and what becomes
// of a training that is teleported to less or more of them (Zhao, Gower, Walters, Yu 2024).
#include "experiments/studies/generalization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/side_by_side.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/lines.hpp"
#include "results/statistics.hpp"
#include "results/table.hpp"

namespace symopt {

namespace {

template <class R>
Columns<R> key_columns() {
  using C = Column<R>;
  return Columns<R>({C{"network", &R::network, "the network"}, C{"optimizer", &R::optimizer, "the optimizer"},
                     C{"settings", &R::settings, "its settings"}});
}

}  // namespace

template <>
const Columns<LandscapeRow>& columns_of() {
  using R = LandscapeRow;
  using C = Column<R>;
  static const Columns<R> columns(
      key_columns<R>(),
      Columns<R>({
          C{"run", &R::run, "which start, from 0"},
          C{"loss", &R::loss, "on the training samples of the measures (nats)"},
          C{"sharpness", &R::sharpness, "mean loss over radii and directions around the weights (nats)"},
          C{"curvature", &R::curvature,
            "of curves along the orbit, mean, by the published second derivative"},
          C{"exact_curvature", &R::exact_curvature, "the same by the whole second derivative"},
          C{"validation_loss", &R::validation_loss, "after the last epoch (nats)"},
          C{"validation_error", &R::validation_error, "share of wrong samples"},
          C{"test_loss", &R::test_loss, "after the last epoch (nats)"},
          C{"test_error", &R::test_error, "share of wrong samples"},
          C{"message", &R::message, "where the training left the finite numbers, or empty"},
      }));
  return columns;
}

template <>
const Columns<CorrelationRow>& columns_of() {
  using R = CorrelationRow;
  using C = Column<R>;
  static const Columns<R> columns(
      key_columns<R>(),
      Columns<R>({
          C{"measure", &R::measure, "a column of landscape_networks.csv, or the difference of two"},
          C{"outcome", &R::outcome, "what it is correlated with"},
          C{"networks", &R::networks, "that ended with finite numbers"},
          C{"r", &R::r, "Pearson's correlation"},
          C{"r_low", &R::r_low, "its 95 % interval, by Fisher's z"},
          C{"r_high", &R::r_high, "its upper end"},
          C{"p", &R::p, "two-sided p of no correlation"},
      }));
  return columns;
}

template <>
const Columns<LandscapeTeleportRow>& columns_of() {
  using R = LandscapeTeleportRow;
  using C = Column<R>;
  static const Columns<R> columns(
      key_columns<R>(),
      Columns<R>({
          C{"arm", &R::arm, "what the teleports are to change, and whether they lower or raise it"},
          C{"run", &R::run, "which start, from 0"},
          C{"teleports", &R::teleports, "one after the other"},
          C{"steps", &R::steps, "of ascent or descent in all of them"},
          C{"loss_before", &R::loss_before, "on training samples that no teleport sees (nats)"},
          C{"loss_after", &R::loss_after, "behind all teleports"},
          C{"sharpness_before", &R::sharpness_before,
            "mean loss at radii 0.1 to 0.9 on those samples (nats)"},
          C{"sharpness_after", &R::sharpness_after, "behind all teleports"},
          C{"curvature_before", &R::curvature_before, "as in landscape_networks.csv, on the first of them"},
          C{"curvature_after", &R::curvature_after, "behind all teleports"},
          C{"distance", &R::distance, "norm of the change of all weights, over that of the weights"},
          C{"message", &R::message, "where the training left the finite numbers, or empty"},
      }));
  return columns;
}

template <>
const Columns<LandscapeCurveRow>& columns_of() {
  using R = LandscapeCurveRow;
  using C = Column<R>;
  static const Columns<R> columns(key_columns<R>(),
                                  Columns<R>({
                                      C{"arm", &R::arm, "as in landscape_teleports.csv, or `no teleport`"},
                                      C{"run", &R::run, "which start, from 0"},
                                      C{"epoch", &R::epoch, "from 1"},
                                      C{"cost", &R::cost, "mean loss of the epoch's batches (nats)"},
                                      C{"validation_loss", &R::validation_loss, "after the epoch (nats)"},
                                      C{"validation_error", &R::validation_error, "share of wrong samples"},
                                      C{"test_loss", &R::test_loss, "after the epoch (nats)"},
                                      C{"test_error", &R::test_error, "share of wrong samples"},
                                  }));
  return columns;
}

namespace {

void generalization_defaults(Request& request) {
  request.networks = "mlp:784-16-10-10/leaky-relu";
  request.optimizers = "sgd:lr=0.01";
  request.start = "uniform";
  request.trials = 40;
  request.protocol.search = false;
  request.protocol.train = 10000;
  request.protocol.batch = 20;
  request.protocol.max_epochs = 40;
  request.protocol.annealing = "constant";
  request.protocol.stop_early = false;
}

void generalization_paper(Request& request) {
  request.trials = 100;
  request.protocol.train = 50000;
}

void generalization_quick(Request& request) {
  request.trials = 8;
  request.protocol.train = 2000;
  request.protocol.validation = 1000;
  request.protocol.max_epochs = 6;
}

// No trials; UsageError where the measures are not defined.
std::vector<TrialSpec> generalization_plan(const Request& request, const Dataset& data) {
  const std::vector<TrialSpec> none = no_trials(request, data);
  if (request.protocol.search)
    throw UsageError("option 'search': expected false, as every training has the rate of lr, found true");
  if (request.protocol.annealing != "constant")
    throw UsageError(
        fmt::format("option 'annealing': expected constant, found '{}'", request.protocol.annealing));
  const Index samples = landscape_sizes(request).curve_batch;
  for (const TrialSpec& spec : expand(request, data)) {
    const NetworkSpec network = network_of(spec);
    if (const auto reason = not_plain_leaky(network))
      throw UsageError(
          fmt::format("network {}: {}; expected one as mlp:784-16-10-10/leaky-relu, whose orbits "
                      "this study knows",
                      spec.network, *reason));
    for (const LayerSpec& layer : network.hidden_layers())
      if (layer.features > samples)
        throw UsageError(fmt::format(
            "network {}: expected hidden layers of {} features at most, as many as the curvature has "
            "samples, found {}",
            spec.network, samples, layer.features));
  }
  return none;
}

const std::vector<CorrelationRow>::const_iterator find_correlation(const std::vector<CorrelationRow>& rows,
                                                                   const std::string& measure,
                                                                   const std::string& outcome) {
  return std::ranges::find_if(
      rows, [&](const CorrelationRow& r) { return r.measure == measure && r.outcome == outcome; });
}

std::string correlation_cell(const CorrelationRow& c) {
  if (std::isnan(c.r)) return "–";
  return std::isnan(c.r_low) ? fmt::format("{:.2f}", c.r)
                             : fmt::format("{:.2f} [{:.2f}, {:.2f}]", c.r, c.r_low, c.r_high);
}

std::string correlation_table(const std::vector<CorrelationRow>& rows) {
  const std::vector<std::string> outcomes = {"validation loss", "validation error", "test loss",
                                             "test error"};
  std::vector<std::vector<std::string>> lines = {{"measure"}};
  lines[0].insert(lines[0].end(), outcomes.begin(), outcomes.end());
  for (const CorrelationRow& row : rows) {
    if (row.outcome != outcomes[0]) continue;
    lines.push_back({row.measure});
    for (const std::string& outcome : outcomes)
      lines.back().push_back(correlation_cell(*find_correlation(rows, row.measure, outcome)));
  }
  return fmt::format("Pearson's r over {} trained networks [95 %, Fisher's z]\n", rows[0].networks) +
         align(lines, 1);
}

// The runs of one arm that came to their end.
struct LandscapeArm {
  std::string name;
  std::vector<const LandscapeRun*> runs;  // by their number; null where it did not
  std::vector<const LandscapeRun*> all;
  auto ended() const {
    return std::ranges::count_if(runs, [](const LandscapeRun* run) { return run != nullptr; });
  }
  double median_of(double (*of)(const LandscapeRun&)) const {
    std::vector<double> values;
    for (const LandscapeRun* run : all) values.push_back(of(*run));
    return median(values);
  }
};

std::vector<LandscapeArm> landscape_arms(const std::vector<LandscapeRun>& runs) {
  std::vector<LandscapeArm> arms;
  for (const LandscapeRun& run : runs) {
    if (arms.empty() || arms.back().name != run.teleport.arm) arms.push_back({run.teleport.arm, {}, {}});
    arms.back().runs.push_back(run.teleport.message.empty() ? &run : nullptr);
    arms.back().all.push_back(&run);
  }
  return arms;
}

std::string short_text(double value) { return std::isnan(value) ? "–" : fmt::format("{:.4g}", value); }

std::string from_to(const LandscapeArm& arm, double (*before)(const LandscapeRun&),
                    double (*after)(const LandscapeRun&)) {
  return short_text(arm.median_of(before)) + " → " + short_text(arm.median_of(after));
}

std::string teleports_table(const std::vector<LandscapeArm>& arms, int epoch) {
  using R = const LandscapeRun&;
  std::vector<std::vector<std::string>> lines = {
      {"teleport to", "steps", "loss", "sharpness", "curvature", "distance"}};
  for (size_t a = 1; a < arms.size(); ++a) {
    const LandscapeArm& arm = arms[a];
    lines.push_back(
        {arm.name, short_text(arm.median_of([](R r) { return static_cast<double>(r.teleport.steps); })),
         from_to(
             arm, [](R r) { return r.teleport.loss_before; }, [](R r) { return r.teleport.loss_after; }),
         from_to(
             arm, [](R r) { return r.teleport.sharpness_before; },
             [](R r) { return r.teleport.sharpness_after; }),
         from_to(
             arm, [](R r) { return r.teleport.curvature_before; },
             [](R r) { return r.teleport.curvature_after; }),
         short_text(arm.median_of([](R r) { return r.teleport.distance; }))});
  }
  return fmt::format(
             "What teleports behind epoch {} do, on training samples that they do not see: medians over {} "
             "runs\n",
             epoch, arms[0].all.size()) +
         align(lines, 1);
}

// Mean, and the mean difference from the plain arm, of runs that both have.
std::vector<std::string> against_plain(const LandscapeArm& arm, const LandscapeArm& plain,
                                       double (*of)(const LandscapeRun&), const IntervalRule& rule) {
  std::vector<double> own, others;
  for (size_t r = 0; r < arm.runs.size(); ++r)
    if (arm.runs[r] != nullptr && plain.runs[r] != nullptr)
      own.push_back(of(*arm.runs[r])), others.push_back(of(*plain.runs[r]));
  const std::string first = own.empty() ? "–" : fmt::format("{:.4g}", mean(own));
  if (&arm == &plain || own.empty()) return {first, "", ""};
  const PairedTest test = paired_test(own, others, rule);
  if (std::isnan(test.p_t)) return {first, fmt::format("{:+.3g}", test.mean_difference), "–"};
  return {
      first,
      fmt::format("{:+.3g} [{:+.3g}, {:+.3g}]", test.mean_difference, test.interval.low, test.interval.high),
      fmt::format("{:.3f}", test.p_t)};
}

std::string outcomes_table(const std::vector<LandscapeArm>& arms, const IntervalRule& rule) {
  using R = const LandscapeRun&;
  std::vector<std::vector<std::string>> lines = {{"teleport to", "runs", "validation loss",
                                                  "− without [95 %]", "p", "test loss", "− without [95 %]",
                                                  "p"}};
  for (const LandscapeArm& arm : arms) {
    lines.push_back({arm.name, fmt::format("{}", arm.ended())});
    for (auto* of :
         {+[](R r) { return r.curve.back().validation_loss; }, +[](R r) { return r.curve.back().test_loss; }})
      for (const std::string& text : against_plain(arm, arms[0], of, rule)) lines.back().push_back(text);
  }
  return "After the last epoch (nats): means over the runs, paired differences, Student's t\n" +
         align(lines, 1);
}

constexpr double kHighestShown = 3;

std::string numbered(const char* name, size_t number, size_t count) {
  return count == 1 ? name : fmt::format("{}_{}", name, number + 1);
}

// Every network as a point, with the line of least squares.
void draw_networks(LineTable& lines, const std::string& title, const std::string& xname,
                   const CorrelationRow& c, const std::vector<LandscapeRow>& rows,
                   double (*of)(const LandscapeRow&)) {
  const std::string r = std::isnan(c.r) ? "–" : fmt::format("{}{:.2f}", c.r < 0 ? "−" : "", std::abs(c.r));
  lines.panel({.title = fmt::format("{}, r = {}", title, r),
               .xname = xname,
               .yname = "Validation loss (nats)",
               .band = false});
  std::vector<double> x, y;
  for (const LandscapeRow& row : rows) {
    if (!row.message.empty()) continue;
    x.push_back(of(row)), y.push_back(row.validation_loss);
    lines.add("A network", row.run, x.back(), y.back(), Mark::point);
  }
  if (std::isnan(c.r)) return;
  const double slope = c.r * std::sqrt(variance(y) / variance(x));
  for (const double at : {*std::ranges::min_element(x), *std::ranges::max_element(x)})
    lines.add("Least squares", 0, at, mean(y) + slope * (at - mean(x)));
}

void landscape_figure(LineTable& lines, const std::string& name, const TrainedNetworks& trained,
                      const std::vector<LandscapeRow>& rows, const std::vector<CorrelationRow>& correlations,
                      const LandscapeSizes& sizes) {
  using R = const LandscapeRow&;
  lines.figure(
      {name, fmt::format("Validation loss against the landscape: {}", trained.key.network),
       fmt::format(
           "{} networks that differ in their start alone. Sharpness, loss and curvature on the same {} "
           "batches of {} training samples for all.",
           sizes.networks, sizes.curves, sizes.curve_batch)});
  const auto panel = [&](const char* measure, const char* title, const char* xname, auto of) {
    draw_networks(lines, title, xname, *find_correlation(correlations, measure, "validation loss"), rows, of);
  };
  panel(
      "sharpness", "Sharpness", "Mean loss around the weights (nats)", +[](R r) { return r.sharpness; });
  panel(
      "training loss", "Loss itself", "Loss at the weights (nats)", +[](R r) { return r.loss; });
  panel(
      "curvature", "Curvature of the orbit", "Mean curvature, as published",
      +[](R r) { return r.curvature; });
  panel(
      "sharpness − loss", "Rise", "Sharpness − loss (nats)", +[](R r) { return r.sharpness - r.loss; });
}

void curves_figure(LineTable& lines, const std::string& name, const TrainedNetworks& trained,
                   const std::vector<LandscapeArm>& arms, const LandscapeSizes& sizes) {
  lines.figure(
      {name, fmt::format("Teleports to other places of the orbit: {}", trained.key.network),
       fmt::format(
           "Teleports behind epoch {}, {} starts, the same batches with and without. Below: validation "
           "loss minus that without teleports. An arm that is above {} times the highest loss without, in "
           "any "
           "run and epoch, is left out.",
           sizes.teleport_after, sizes.runs, kHighestShown)});
  const int shown = sizes.teleport_after - sizes.teleport_after / 4;
  double highest = 0;
  for (const LandscapeRun* run : arms[0].all)
    for (const EpochLosses& e : run->curve)
      if (e.epoch >= shown) highest = std::max(highest, e.validation_loss);
  const auto leaves = [&](const LandscapeArm& arm) {
    return std::ranges::any_of(arm.all, [&](const LandscapeRun* run) {
      return !run->teleport.message.empty() || std::ranges::any_of(run->curve, [&](const EpochLosses& e) {
        return e.epoch >= shown && !(e.validation_loss <= kHighestShown * highest);
      });
    });
  };
  for (const bool difference : {false, true})
    for (const std::string objective : {"sharpness", "curvature"}) {
      lines.panel({.title = (difference ? "Difference: " : "Validation loss: ") + objective,
                   .xname = "Epoch",
                   .yname = difference ? "Difference (nats)" : "Validation loss (nats)"});
      for (const LandscapeArm& arm : arms) {
        if (&arm != &arms[0] && arm.name.find(objective) == std::string::npos) continue;
        if (leaves(arm)) continue;
        const std::string series = &arm == &arms[0]
                                       ? "Without teleport"
                                       : (arm.name.starts_with("lower") ? "To lower" : "To higher") +
                                             arm.name.substr(std::min(arm.name.find(','), arm.name.size()));
        for (size_t r = 0; r < arm.runs.size(); ++r) {
          if (arm.runs[r] == nullptr || arms[0].runs[r] == nullptr) continue;
          for (const EpochLosses& e : arm.runs[r]->curve) {
            const double without =
                difference ? arms[0].runs[r]->curve[static_cast<size_t>(e.epoch) - 1].validation_loss : 0;
            if (e.epoch >= shown)
              lines.add(series, static_cast<int>(r), e.epoch, e.validation_loss - without);
          }
        }
      }
    }
}

std::string generalization_conclusion(const Request& request, const std::vector<TrialRecord>&,
                                      const Dataset& data, const std::filesystem::path& folder) {
  const LandscapeSizes sizes = landscape_sizes(request);
  std::vector<TrialSpec> specs = expand(request, data);
  std::erase_if(specs, [](const TrialSpec& spec) { return spec.trial > 0; });
  TableWriter<LandscapeRow> networks(folder / "landscape_networks.csv");
  TableWriter<CorrelationRow> correlations(folder / "landscape_correlations.csv");
  TableWriter<LandscapeTeleportRow> teleports(folder / "landscape_teleports.csv");
  TableWriter<LandscapeCurveRow> curves(folder / "landscape_curves.csv");
  LineTable lines;
  std::string text;
  for (size_t s = 0; s < specs.size(); ++s) {
    const TrainedNetworks trained = train_networks(specs[s], data, sizes);
    const std::vector<LandscapeRow> rows = measure_landscape(trained, data, sizes);
    const std::vector<CorrelationRow> cells = correlate(rows);
    const std::vector<LandscapeRun> runs = teleport_networks(trained, data, sizes);
    const std::vector<LandscapeArm> arms = landscape_arms(runs);
    for (const LandscapeRow& row : rows) networks.add(row);
    for (const CorrelationRow& row : cells) correlations.add(row);
    for (const LandscapeRun& run : runs) {
      if (run.teleport.arm != kPlainArm) teleports.add(run.teleport);
      for (const EpochLosses& e : run.curve) curves.add({trained.key, e, run.teleport.arm, run.teleport.run});
    }
    landscape_figure(lines, numbered("landscape", s, specs.size()), trained, rows, cells, sizes);
    curves_figure(lines, numbered("landscape_teleports", s, specs.size()), trained, arms, sizes);
    text +=
        fmt::format(
            "{}, {}, rate {}: {} networks, {} epochs, {} training samples; measures on {} batches of {}\n\n",
            specs[s].network, specs[s].optimizer_label(), specs[s].protocol.learning_rate, sizes.networks,
            specs[s].protocol.max_epochs, specs[s].protocol.train, sizes.curves, sizes.curve_batch) +
        correlation_table(cells) + "\n" + teleports_table(arms, sizes.teleport_after) + "\n" +
        outcomes_table(arms, request.intervals());
    const auto diverged =
        std::ranges::count_if(rows, [](const LandscapeRow& r) { return !r.message.empty(); });
    if (diverged > 0) text += fmt::format("{} networks diverged and are left out\n", diverged);
    if (s + 1 < specs.size()) text += "\n";
  }
  networks.commit(), correlations.commit(), teleports.commit(), curves.commit();
  lines.write(folder);
  return text;
}

}  // namespace

ExperimentEntry generalization_experiment() {
  return {
      "generalization",
      "sharpness and curvature along the orbit against validation loss, and teleports that lower or raise "
      "them",
      generalization_defaults,
      generalization_quick,
      generalization_conclusion,
      generalization_plan,
      {table_info<LandscapeRow>("landscape_networks.csv", "a trained network", "Of `generalization`."),
       table_info<CorrelationRow>("landscape_correlations.csv", "a measure and an outcome",
                                  "Of `generalization`."),
       table_info<LandscapeTeleportRow>("landscape_teleports.csv", "a run of a kind of teleport",
                                        "Of `generalization`."),
       table_info<LandscapeCurveRow>("landscape_curves.csv", "an epoch of a run", "Of `generalization`.")},
      {{"paper", "100 networks on 50,000 samples, as published; otherwise 40 on 10,000",
        generalization_paper}}};
}

}  // namespace symopt
