// equilibrium.cpp — where weight decay shortens filters as fast as gradients, which are orthogonal to them,
// make them longer, each step turns them by the same angle (Kosson, Messmer, Jaggi 2023).
#include <fmt/format.h>

#include <cmath>

#include "core/network/layer_weights.hpp"
#include "experiments/studies/conservation.hpp"
#include "experiments/studies/side_by_side.hpp"
#include "experiments/terminal/tables.hpp"
#include "protocols/first_steps.hpp"
#include "results/table.hpp"

namespace symopt {

// A row of equilibrium.csv.
struct EquilibriumRow {
  std::string network, optimizer, settings;
  int trial = 0;
  double learning_rate = 0;
  std::int64_t steps = 0;
  double angle = 0, predicted_angle = 0, norm = 0, predicted_norm = 0;
};

template <>
const Columns<EquilibriumRow>& columns_of() {
  using R = EquilibriumRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"optimizer", &R::optimizer, "the optimizer"},
      C{"settings", &R::settings, "its settings"},
      C{"trial", &R::trial, "the trial's number, from 0"},
      C{"learning_rate", &R::learning_rate, "of all steps"},
      C{"steps", &R::steps, "of the run; the means are over its last third"},
      C{"angle", &R::angle, "by which a step turns a filter, root mean square (radians)"},
      C{"predicted_angle", &R::predicted_angle, "√(2λk/(1 + μ)), and for adamw √(2λk(1 − β1)/(1 + β1))"},
      C{"norm", &R::norm, "of a filter, root mean square"},
      C{"predicted_norm", &R::predicted_norm,
        "root mean square of (λ‖w‖²‖g‖²/(2k(1 − μ)))^¼ with each filter's measured mean of ‖w‖²‖g‖²; NaN for "
        "adamw"},
  });
  return columns;
}

TableInfo equilibrium_table() {
  return table_info<EquilibriumRow>("equilibrium.csv", "an optimizer and trial", "Of `conservation`.");
}

namespace {

struct Subject {
  const char *optimizer, *label;
  double rate, decay, momentum;  // momentum, or β1
};
constexpr Subject kSubjects[] = {
    {"momentum:lr=0.1:momentum=0:weight-decay=0.01", "Gradient descent", 0.1, 0.01, 0},
    {"momentum:lr=0.02:weight-decay=0.01", "momentum", 0.02, 0.01, 0.9},
    {"adamw:lr=0.002:weight-decay=0.25", "adamw", 0.002, 0.25, 0.9}};

struct Turns {
  std::vector<double> angle2, norm2;            // means over filters, a step each
  std::vector<std::vector<double>> effective2;  // of each filter ‖w‖²‖g‖², a step each
};

class TurnRecorder final : public StepObserver {
 public:
  TurnRecorder(const TrialSpec& spec, Training<double>& training, Turns& turns)
      : layout_(layout_of(network_of(spec))), training_(training), turns_(turns) {}
  void before_step(std::span<const std::uint32_t>, double, double) override {
    before_.assign(training_.theta().begin(), training_.theta().end());
    double norm2 = 0;
    std::vector<double> effective2;
    each_filter([&](const Block& block, Index i) {
      const double w2 = view(block, std::span<const double>(before_)).row(i).squaredNorm(),
                   g2 = view(block, training_.gradient()).row(i).squaredNorm();
      norm2 += w2;
      effective2.push_back(w2 * g2);
    });
    turns_.norm2.push_back(norm2 / static_cast<double>(effective2.size()));
    turns_.effective2.push_back(std::move(effective2));
  }
  void after_step() override {
    double sum = 0;
    Index filters = 0;
    each_filter([&](const Block& block, Index i) {
      const auto a = view(block, std::span<const double>(before_)).row(i).normalized().eval(),
                 b = view(block, training_.theta()).row(i).normalized().eval();
      sum += std::pow(2 * std::asin(std::min(1., (a - b).norm() / 2)), 2), ++filters;
    });
    turns_.angle2.push_back(sum / static_cast<double>(filters));
  }

 private:
  template <class Call>
  void each_filter(const Call& call) {
    for (size_t l = 0; l + 1 < layout_.layers.size(); ++l)
      for (Index i = 0; i < layer_weights(layout_, l).rows; ++i) call(layer_weights(layout_, l), i);
  }

  ParamLayout layout_;
  Training<double>& training_;
  Turns& turns_;
  std::vector<double> before_;
};

// Of the last third.
double late_mean(const std::vector<double>& values) {
  double sum = 0;
  const size_t from = values.size() - values.size() / 3;
  for (size_t i = from; i < values.size(); ++i) sum += values[i];
  return sum / static_cast<double>(values.size() - from);
}

// Root mean square over filters, each of which has an equilibrium of its own.
double predicted_norm(const Subject& s, const std::vector<std::vector<double>>& effective2) {
  const size_t filters = effective2.front().size();
  double sum = 0;
  for (size_t i = 0; i < filters; ++i) {
    std::vector<double> own;
    for (const auto& step : effective2) own.push_back(step[i]);
    sum += std::sqrt(s.rate * late_mean(own) / (2 * s.decay * (1 - s.momentum)));
  }
  return std::sqrt(sum / static_cast<double>(filters));
}

// The first network of the study that is normalized; empty: none is.
std::string normalized_network(const Request& request, const Dataset& data) {
  for (const TrialSpec& spec : expand(request, data))
    if (network_of(spec).batch_norm()) return spec.network;
  return "";
}

double predicted_angle(const Subject& s) {
  const bool adam = std::string_view(s.optimizer).starts_with("adamw");
  return std::sqrt(2 * s.rate * s.decay *
                   (adam ? (1 - s.momentum) / (1 + s.momentum) : 1 / (1 + s.momentum)));
}

}  // namespace

std::string measure_equilibrium(const Request& request, const Dataset& data,
                                const std::filesystem::path& folder, LineTable& lines) {
  const std::string network = normalized_network(request, data);
  TableWriter<EquilibriumRow> table(folder / "equilibrium.csv");
  // Times that decay takes: six of them, fewer where the study has fewer steps.
  const std::int64_t steps_each = steps_of(request.protocol);
  const double times = std::min(6., 0.03 * static_cast<double>(steps_each));
  if (network.empty() || times < 4) {
    table.commit();
    return network.empty() ? ""
                           : fmt::format("Equilibrium: not measured, as {} steps are too few; expected 134\n",
                                         steps_each);
  }
  lines.figure(
      {"conservation_equilibrium", "Decay and gradients balance: each step turns filters by one angle",
       "Root mean square over the filters in front of batch normalization, and over 50 steps. Grey: what "
       "Kosson, Messmer and Jaggi (2023) predict for the angle from the rate, the decay and the momentum "
       "alone. "
       "Trial 1."});
  std::vector<std::vector<std::string>> rows = {
      {"optimizer", "trial", "angle", "predicted", "of it", "norm", "predicted", "of it"}};
  std::vector<std::pair<const Subject*, Turns>> drawn;
  for (const Subject& subject : kSubjects) {
    Request own = request;
    own.networks = network, own.optimizers = subject.optimizer;
    const auto steps = static_cast<std::int64_t>(times / (subject.rate * subject.decay));
    for (const TrialSpec& asked : expand(own, data)) {
      TrialSpec spec = asked;
      spec.protocol.annealing = "constant";
      FirstSteps<double> first(spec, data);
      Turns turns;
      TurnRecorder recorder(spec, first.training(), turns);
      if (const std::string message = first.run(steps, recorder); !message.empty()) {
        rows.push_back({subject.label, fmt::format("{}", spec.trial), message, "–", "–", "–", "–", "–"});
        continue;
      }
      EquilibriumRow row{spec.network,
                         spec.optimizer,
                         spec.settings,
                         spec.trial,
                         subject.rate,
                         steps,
                         std::sqrt(late_mean(turns.angle2)),
                         predicted_angle(subject),
                         std::sqrt(late_mean(turns.norm2)),
                         std::numeric_limits<double>::quiet_NaN()};
      if (spec.optimizer == "momentum") row.predicted_norm = predicted_norm(subject, turns.effective2);
      table.add(row);
      const bool norm = std::isfinite(row.predicted_norm);
      rows.push_back({subject.label, fmt::format("{}", row.trial), fmt::format("{:.5f}", row.angle),
                      fmt::format("{:.5f}", row.predicted_angle),
                      fmt::format("{:.2f}", row.angle / row.predicted_angle), fmt::format("{:.3f}", row.norm),
                      norm ? fmt::format("{:.3f}", row.predicted_norm) : "–",
                      norm ? fmt::format("{:.2f}", row.norm / row.predicted_norm) : "–"});
      if (spec.trial == 0) drawn.emplace_back(&subject, std::move(turns));
    }
  }
  table.commit();
  const auto panel = [&](const char* title, const char* yname, const auto& values, bool predicted) {
    lines.panel(
        {.title = title, .xname = "Time (λk times steps)", .yname = yname, .log_y = true, .band = false});
    constexpr size_t kMean = 50;
    for (const auto& [subject, turns] : drawn) {
      const std::vector<double>& all = values(turns);
      const double each = subject->rate * subject->decay;
      for (size_t i = 0; i + kMean <= all.size(); i += kMean) {
        double sum = 0;
        for (size_t j = i; j < i + kMean; ++j) sum += all[j];
        lines.add(subject->label, 0, each * static_cast<double>(i + kMean), std::sqrt(sum / kMean));
      }
      if (!predicted) continue;
      for (const double at : {0., each * static_cast<double>(all.size())})
        lines.add("Predicted", static_cast<int>(subject - kSubjects), at, predicted_angle(*subject),
                  Mark::level);
    }
  };
  panel(
      "Angle of a step", "Radians", [](const Turns& t) -> const auto& { return t.angle2; }, true);
  panel(
      "Norm of a filter", "Norm", [](const Turns& t) -> const auto& { return t.norm2; }, false);
  return fmt::format(
             "Equilibrium of filters in front of batch normalization, over the last third of {:.2g} times "
             "1/(λk)\n",
             times) +
         align(rows, 2);
}

}  // namespace symopt
