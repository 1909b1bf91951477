// natural.cpp — gradient descent in four metrics on one small network: loss by step and by second.
#include "experiments/experiment.hpp"
#include "experiments/side_by_side.hpp"
#include "experiments/tables.hpp"
#include "protocols/trainer.hpp"
#include "results/csv.hpp"
#include "results/lines.hpp"

namespace symopt {

namespace {

void defaults(Request& request) {
  request.networks = "mlp:784-5-10";
  request.optimizers = "sgd:lr=0.3,path-sgd:lr=1,kfac:lr=0.3,natural:lr=0.3";
  request.start = "he";
  request.trials = 3;
  request.protocol.search = false;
  request.protocol.train = 6000;
  request.protocol.max_epochs = 2;
}

void quick(Request& request) {
  request.trials = 1;
  request.protocol.train = 1000;
}

std::vector<TrialSpec> no_trials(const Request& request, const Dataset& data) {
  for (const TrialSpec& spec : expand(request, data)) check_spec(spec, data);
  return {};
}

// Steps that a point of the drawn curves is the mean of: single batches are noise.
constexpr size_t kWindow = 5;

std::string conclude(const Request& request, const std::vector<TrialRecord>&, const Dataset& data,
                     const std::filesystem::path& folder) {
  const ProtocolSettings& p = request.protocol;
  const int steps = p.max_epochs * ((p.train + p.batch - 1) / p.batch);
  std::vector<std::pair<TrialSpec, StepRun>> runs;
  for (const TrialSpec& spec : expand(request, data)) runs.emplace_back(spec, run_steps(spec, data, steps));

  CsvWriter csv(folder / "steps.csv", "network,optimizer,settings,learning_rate,trial,step,loss");
  CsvWriter timings(folder / "step_timings.csv", "network,optimizer,settings,trial,step,seconds");
  for (const auto& [spec, run] : runs)
    for (size_t i = 0; i < run.loss.size(); ++i) {
      const auto step = static_cast<std::int64_t>(i + 1);
      csv << spec.network << spec.optimizer << spec.settings << spec.protocol.learning_rate << spec.trial
          << step << run.loss[i];
      csv.end_row();
      timings << spec.network << spec.optimizer << spec.settings << spec.trial << step << run.seconds[i];
      timings.end_row();
    }
  csv.commit();
  timings.commit();

  LineTable lines;
  lines.figure({"natural", "loss by step and by second, in four metrics",
                fmt::format("{}, He's start, batches of {}; each point is the mean of {} steps.",
                            request.networks, p.batch, kWindow)});
  for (const bool timed : {false, true}) {
    lines.panel({.title = timed ? "by second" : "by step",
                 .xname = timed ? "training time (s)" : "step",
                 .yname = "loss of the batch (nats)",
                 .log_x = timed,
                 .timed = timed});
    for (const auto& [spec, run] : runs)
      for (size_t i = kWindow; i <= run.loss.size(); i += kWindow) {
        double sum = 0;
        for (size_t k = i - kWindow; k < i; ++k) sum += run.loss[k];
        lines.add(fmt::format("{}, λ = {}", spec.optimizer_label(), spec.protocol.learning_rate), spec.trial,
                  timed ? run.seconds[i - 1] : static_cast<double>(i), sum / kWindow);
      }
  }
  lines.write(folder);

  std::vector<std::vector<std::string>> rows = {
      {"optimizer", "trial", "first loss", "last loss", "s/step", ""}};
  for (const auto& [spec, run] : runs) {
    if (run.loss.empty())
      rows.push_back({spec.optimizer_label(), fmt::format("{}", spec.trial), "–", "–", "–", run.message});
    else
      rows.push_back({spec.optimizer_label(), fmt::format("{}", spec.trial),
                      fmt::format("{:.3f}", run.loss.front()), fmt::format("{:.3f}", run.loss.back()),
                      fmt::format("{:.2e}", run.seconds.back() / static_cast<double>(run.loss.size())),
                      run.message});
  }
  return "Loss of the batch (nats) and time of a step\n" + align(rows, 1);
}

}  // namespace

ExperimentEntry natural_experiment() {
  return {
      "natural", "sgd, path-sgd, kfac and natural gradient on a small network: loss by step and by second",
      defaults,  quick,
      conclude,  no_trials};
}

}  // namespace symopt
