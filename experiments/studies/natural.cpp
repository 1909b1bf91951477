// natural.cpp — gradient descent in four metrics on one small network: loss by step and by second.
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/side_by_side.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/lines.hpp"
#include "results/table.hpp"
#include "results/variation.hpp"

namespace symopt {

// A row of steps.csv, and one of step_timings.csv.
struct StepOf {
  std::string network, optimizer, settings;
  int trial = 0, step = 0;
};
struct StepRow : StepOf {
  double learning_rate = 0, loss = 0;
};
struct StepTimingRow : StepOf {
  double seconds = 0;
};

template <>
const Columns<StepOf>& columns_of() {
  using R = StepOf;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"optimizer", &R::optimizer, "the optimizer"},
      C{"settings", &R::settings, "its settings"},
      C{"trial", &R::trial, "the trial's number, from 0"},
      C{"step", &R::step, "the optimizer step, from 1"},
  });
  return columns;
}

template <>
const Columns<StepRow>& columns_of() {
  using R = StepRow;
  using C = Column<R>;
  const Columns<StepOf>& of = columns_of<StepOf>();
  static const Columns<R> columns(of.only({"network", "optimizer", "settings"}),
                                  Columns<R>({C{"learning_rate", &R::learning_rate, "of all steps"}}),
                                  of.only({"trial", "step"}),
                                  Columns<R>({C{"loss", &R::loss, "batch loss before it (nats)"}}));
  return columns;
}

template <>
const Columns<StepTimingRow>& columns_of() {
  using R = StepTimingRow;
  static const Columns<R> columns(
      columns_of<StepOf>(),
      Columns<R>({Column<R>{"seconds", &R::seconds, "since the first step, evaluation apart"}}));
  return columns;
}

namespace {

void natural_defaults(Request& request) {
  request.networks = "mlp:784-5-10";
  request.optimizers = "sgd:lr=0.3,path-sgd:lr=1,kfac:lr=0.3,natural:lr=0.3";
  request.start = "he";
  request.trials = 3;
  request.protocol.search = false;
  request.protocol.train = 6000;
  request.protocol.max_epochs = 2;
}

void natural_quick(Request& request) {
  request.trials = 1;
  request.protocol.train = 1000;
}

// Steps that a point of the drawn curves is the mean of: single batches are noise.
constexpr size_t kWindow = 5;

std::string natural_conclusion(const Request& request, const std::vector<TrialRecord>&, const Dataset& data,
                               const std::filesystem::path& folder) {
  const ProtocolSettings& p = request.protocol;
  const std::int64_t steps = steps_of(p);
  const std::vector<TrialSpec> specs = expand(request, data);
  const std::vector<std::string> settings = settings_texts(specs);
  // The first steps of a process are slow whatever the optimizer: they are taken before any is timed.
  if (!specs.empty()) run_steps(specs.front(), data, steps);
  std::vector<StepRun> runs;
  for (const TrialSpec& spec : specs) runs.push_back(run_steps(spec, data, steps));

  TableWriter<StepRow> table(folder / "steps.csv");
  TableWriter<StepTimingRow> timings(folder / "step_timings.csv");
  for (size_t r = 0; r < runs.size(); ++r)
    for (size_t i = 0; i < runs[r].loss.size(); ++i) {
      const TrialSpec& spec = specs[r];
      const StepOf of{spec.network, spec.optimizer, settings[r], spec.trial, static_cast<int>(i + 1)};
      table.add({of, spec.protocol.learning_rate, runs[r].loss[i]});
      timings.add({of, runs[r].seconds[i]});
    }
  table.commit();
  timings.commit();

  LineTable lines;
  lines.figure(
      {"natural", "Loss by step and by second, in four metrics",
       fmt::format("{}, {}, batches of {}; each point is the mean of {} steps.", request.networks,
                   request.start == "he" ? "He's start" : "start " + request.start, p.batch, kWindow)});
  const std::vector<std::string> networks = split_list("networks", request.networks);
  for (const std::string& network : networks)
    for (const bool timed : {false, true}) {
      const char* clock = timed ? "By second" : "By step";
      lines.panel({.title = networks.size() == 1 ? clock : fmt::format("{}: {}", network, clock),
                   .xname = timed ? "Training time (s)" : "Step",
                   .yname = "Loss of the batch (nats)",
                   .log_x = timed,
                   .timed = timed});
      for (size_t r = 0; r < runs.size(); ++r)
        for (size_t i = kWindow; specs[r].network == network && i <= runs[r].loss.size(); i += kWindow) {
          double sum = 0;
          for (size_t k = i - kWindow; k < i; ++k) sum += runs[r].loss[k];
          lines.add(fmt::format("{}, λ = {}", optimizer_label(specs[r].optimizer, settings[r]),
                                specs[r].protocol.learning_rate),
                    specs[r].trial, timed ? runs[r].seconds[i - 1] : static_cast<double>(i), sum / kWindow);
        }
    }
  lines.write(folder);

  std::vector<std::vector<std::string>> rows = {
      {"network", "optimizer", "trial", "first loss", "last loss", "s/step", ""}};
  for (size_t r = 0; r < runs.size(); ++r) {
    const StepRun& run = runs[r];
    const bool any = !run.loss.empty();
    rows.push_back(
        {specs[r].network, optimizer_label(specs[r].optimizer, settings[r]),
         fmt::format("{}", specs[r].trial), any ? fmt::format("{:.3f}", run.loss.front()) : "–",
         any ? fmt::format("{:.3f}", run.loss.back()) : "–",
         any ? fmt::format("{:.2e}", run.seconds.back() / static_cast<double>(run.loss.size())) : "–",
         run.message});
  }
  return "Loss of the batch (nats) and mean time of a step\n" + align(rows, 2);
}

}  // namespace

ExperimentEntry natural_experiment() {
  return {"natural",
          "sgd, path-sgd, kfac and natural gradient on a small network: loss by step and by second",
          natural_defaults,
          natural_quick,
          natural_conclusion,
          no_trials,
          {table_info<StepRow>("steps.csv", "an optimizer step", "Of `natural`."),
           table_info<StepTimingRow>("step_timings.csv", "an optimizer step", "Of `natural`.")}};
}

}  // namespace symopt
