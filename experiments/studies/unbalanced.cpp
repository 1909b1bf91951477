// unbalanced.cpp — one function from two starts (Neyshabur, Salakhutdinov, Srebro 2015): He's, and the same
// draws with every hidden unit rescaled. Optimizers that are equivariant under node-wise rescaling do not see
// the difference.
#include <algorithm>
#include <cmath>
#include <limits>

#include "experiments/plan/experiment.hpp"
#include "experiments/studies/side_by_side.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/lines.hpp"
#include "results/table.hpp"

namespace symopt {

// A row of distances.csv.
struct DistanceRow {
  std::string network, optimizer, settings;
  double learning_rate = 0;
  std::string precision;
  int trial = 0;
  std::int64_t steps = 0;
  double largest_distance = 0;
  std::int64_t at_step = 0;
  double first_loss = 0, last_loss_balanced = 0, last_loss_unbalanced = 0;
  std::string message_balanced, message_unbalanced;
};

template <>
const Columns<DistanceRow>& columns_of() {
  using R = DistanceRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"optimizer", &R::optimizer, "the optimizer"},
      C{"settings", &R::settings, "its settings"},
      C{"learning_rate", &R::learning_rate, "of all steps"},
      C{"precision", &R::precision, "`double` or `float`"},
      C{"trial", &R::trial, "the trial's number, from 0"},
      C{"steps", &R::steps, "steps of each of its two runs, from the balanced and from the rescaled start"},
      C{"largest_distance", &R::largest_distance, "of the two curves of the batch loss (nats)"},
      C{"at_step", &R::at_step, "where it is"},
      C{"first_loss", &R::first_loss, "batch loss before the first step"},
      C{"last_loss_balanced", &R::last_loss_balanced, "before the last step, from the balanced start"},
      C{"last_loss_unbalanced", &R::last_loss_unbalanced, "the same from the rescaled one"},
      C{"message_balanced", &R::message_balanced, "where the run left the finite numbers, or empty"},
      C{"message_unbalanced", &R::message_unbalanced, "the same of the other"},
  });
  return columns;
}

namespace {

constexpr const char *kBalanced = "he", *kUnbalanced = "unbalanced";

void unbalanced_defaults(Request& request) {
  request.networks = "mlp:784-32-32-10";
  request.optimizers =
      "sgd:lr=0.01,path-sgd:lr=0.2,sm:lr=0.05,"
      "kfac:lr=0.02:damping=0:kl-clip=0:fisher=exact:t-cov=1:t-inv=1";
  request.precision = "double";
  request.trials = 3;
  request.protocol.search = false;
  // Without damping K-FAC needs batches that fill its factors, and inverts 784×784 at every step.
  request.protocol.batch = 500;
  request.protocol.train = 10000;
  request.protocol.max_epochs = 2;
}

void unbalanced_quick(Request& request) {
  request.trials = 1;
  request.protocol.train = 5000;
  request.protocol.max_epochs = 1;
}

struct Distance {
  double largest = 0;
  int step = 0;  ///< from 1
};
// Of the losses of two runs; infinite where one of them ended early.
Distance distance(const StepRun& a, const StepRun& b) {
  Distance d;
  const size_t common = std::min(a.loss.size(), b.loss.size());
  for (size_t i = 0; i < common; ++i)
    if (const double x = std::abs(a.loss[i] - b.loss[i]); x > d.largest) d = {x, static_cast<int>(i) + 1};
  if (a.loss.size() != b.loss.size())
    d = {std::numeric_limits<double>::infinity(), static_cast<int>(common) + 1};
  return d;
}

struct Pair {
  const TrialSpec* spec;
  StepRun balanced, rescaled;
};

// A panel a network and optimizer, all on one axis. A loss above ten times the first one has left the
// picture.
void draw(const std::vector<Pair>& pairs, bool several_networks, LineTable& lines) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  const auto for_each = [](const Pair& pair, const auto& visit) {
    if (pair.balanced.loss.empty()) return;  // it did not come through its first step
    for (const StepRun* run : {&pair.balanced, &pair.rescaled})
      for (size_t i = 0; i < run->loss.size(); ++i)
        if (run->loss[i] <= 10 * pair.balanced.loss.front()) visit(*run, i);
  };
  for (const Pair& pair : pairs)
    for_each(pair, [&](const StepRun& run, size_t i) {
      low = std::min(low, run.loss[i]), high = std::max(high, run.loss[i]);
    });
  for (const Pair& pair : pairs) {
    lines.panel({.title = fmt::format("{}{}, λ = {}", several_networks ? pair.spec->network + ", " : "",
                                      pair.spec->optimizer, pair.spec->protocol.learning_rate),
                 .xname = "Step",
                 .yname = "Loss of the batch (nats)",
                 .log_y = true,
                 .band = false,
                 .y_low = low / 1.1,
                 .y_high = high * 1.1});
    for_each(pair, [&](const StepRun& run, size_t i) {
      lines.add(&run == &pair.balanced ? "Balanced start" : "Rescaled start", 0, static_cast<double>(i + 1),
                run.loss[i]);
    });
  }
}

std::string unbalanced_conclusion(const Request& request, const std::vector<TrialRecord>&,
                                  const Dataset& data, const std::filesystem::path& folder) {
  const std::vector<TrialSpec> specs = expand(request, data);
  const std::int64_t steps = steps_of(request.protocol);
  LineTable lines;
  lines.figure(
      {"unbalanced", "The same function from a balanced and from a rescaled start",
       fmt::format(
           "Start: He's, and the same draws with each hidden unit's inputs times 10 c and outputs over "
           "it, log c ~ N(0, 1). {}, {} arithmetic, batches of {}. Trial 1 of {}.",
           request.networks, request.precision, request.protocol.batch, request.trials)});
  std::vector<Pair> drawn;
  TableWriter<DistanceRow> table(folder / "distances.csv");
  std::vector<std::vector<std::string>> rows = {{"network", "optimizer", "precision", "trial",
                                                 "largest distance", "at step", "last loss",
                                                 "rescaled start"}};
  std::vector<std::string> remarks;
  for (const TrialSpec& asked : specs)
    for (const std::string precision : {"double", "float"}) {
      TrialSpec spec = asked;
      spec.precision = precision, spec.start = kBalanced;
      const StepRun a = run_steps(spec, data, steps);
      spec.start = kUnbalanced;
      const StepRun b = run_steps(spec, data, steps);
      const Distance d = distance(a, b);
      const double nan = std::numeric_limits<double>::quiet_NaN();
      const auto last = [&](const StepRun& run) { return run.loss.empty() ? nan : run.loss.back(); };
      table.add({spec.network, spec.optimizer, spec.settings, spec.protocol.learning_rate, precision,
                 spec.trial, steps, d.largest, d.step, a.loss.empty() ? nan : a.loss.front(), last(a),
                 last(b), a.message, b.message});
      rows.push_back({spec.network, spec.optimizer_label(), precision, fmt::format("{}", spec.trial),
                      fmt::format("{:.2e}", d.largest), fmt::format("{}", d.step),
                      fmt::format("{:.4g}", last(a)),
                      b.message.empty() ? fmt::format("{:.4g}", last(b)) : b.message});
      for (const std::string& remark : {a.remark, b.remark})
        if (!remark.empty() && std::find(remarks.begin(), remarks.end(), remark) == remarks.end())
          remarks.push_back(remark);
      if (precision == request.precision && spec.trial == 0) drawn.push_back({&asked, a, b});
    }
  table.commit();
  draw(drawn, split_list("networks", request.networks).size() > 1, lines);
  lines.write(folder);
  std::string text = "Largest distance of the two curves of the loss, in nats\n" + align(rows, 3);
  for (const std::string& remark : remarks) text += remark + "\n";
  return text;
}

}  // namespace

ExperimentEntry unbalanced_experiment() {
  return {
      "unbalanced",
      "one function from a balanced and from a rescaled start: sgd, path-sgd, sm, kfac",
      unbalanced_defaults,
      unbalanced_quick,
      unbalanced_conclusion,
      no_trials,
      {table_info<DistanceRow>("distances.csv", "an optimizer, precision and trial", "Of `unbalanced`.")}};
}

}  // namespace symopt
