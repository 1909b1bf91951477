// command_plan.cpp — `symopt plan EXPERIMENT|FILE.ini`: what a run, a sweep or a tuning would do, and how
// long it takes.

#include <algorithm>
#include <cmath>

#include "experiments/commands/command.hpp"
#include "experiments/commands/help.hpp"
#include "experiments/commands/plan_detect.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/session/estimate.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "experiments/terminal/tables.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

struct PlanOptions {
  int head = 10;
  bool time = true;
  double detect = 0, power = 80, level = 5;
};
const Options<PlanOptions>& plan_options() {
  using O = Option<PlanOptions>;
  static const Options<PlanOptions> options({
      O{.name = "head",
        .field = &PlanOptions::head,
        .low = 0,
        .high = 1e9,
        .help = "trials of the list that are shown"},
      O{.name = "time", .field = &PlanOptions::time, .help = "estimate the time"},
      O{.name = "detect",
        .field = &PlanOptions::detect,
        .low = 0,
        .high = 100,
        .help =
            "points of test error, above 0: how many paired trials see such a difference, from the pilot in "
            "FOLDER; nothing else is planned"},
      O{.name = "power",
        .field = &PlanOptions::power,
        .low = 1,
        .high = 99.99,
        .help = "with detect: % of experiments that are to see it"},
      O{.name = "level",
        .field = &PlanOptions::level,
        .low = 0.001,
        .high = 50,
        .help = "with detect: level of the two-sided test, in %"},
  });
  return options;
}

po::options_description describe_plan() {
  po::options_description options("options");
  add_options(options, plan_options().infos());
  add_options(options, tune_options().infos());
  options.add(run_options());
  return options;
}

std::string rows_table(const PlanEstimate& estimate, bool timed) {
  std::vector<std::vector<std::string>> rows = {{"network", "optimizer", "settings", "trials", "finished"}};
  const bool several = std::ranges::any_of(
      estimate.rows, [&](const PlanRows& r) { return r.dataset != estimate.rows.front().dataset; });
  if (timed) rows[0].push_back("s/trial");
  for (const PlanRows& r : estimate.rows) {
    rows.push_back({network_place(several, r.dataset, r.network), r.optimizer, fmt::format("{}", r.settings),
                    fmt::format("{}", r.trials), fmt::format("{}", r.finished)});
    if (timed) rows.back().push_back(std::isnan(r.seconds) ? "–" : fmt::format("{:.3g}", r.seconds));
  }
  return align(rows, 2);
}

// Over all the trials of a part.
double mean_seconds(const PlanEstimate& plan) {
  double sum = 0;
  for (const PlanRows& row : plan.rows) sum += row.seconds * static_cast<double>(row.trials);
  return sum / static_cast<double>(plan.trials);
}

std::string parts_table(const std::vector<PartEstimate>& parts, bool timed, int jobs) {
  std::vector<std::vector<std::string>> rows = {{"part", "settings", "epochs", "trials", "finished"}};
  if (timed) rows[0].insert(rows[0].end(), {"s/trial", "time left"});
  for (const PartEstimate& part : parts) {
    rows.push_back({part.folder.string()});
    const PlanEstimate& plan = part.plan;
    for (const size_t n : {part.settings, static_cast<size_t>(part.epochs), plan.trials, plan.finished})
      rows.back().push_back(fmt::format("{}", n));
    if (!timed) continue;
    const double seconds = mean_seconds(plan);
    rows.back().push_back(std::isnan(seconds) ? "–" : fmt::format("{:.3g}", seconds));
    rows.back().push_back(clock_text(plan.seconds / jobs));
  }
  return align(rows, 1);
}

// The first trials by name, with all that tells them apart.
void print_head(const Session& session, size_t trials, size_t count) {
  if (count == 0 || trials == 0) return;
  print_output("{}\n", trials > count ? "the first trials" : "the trials");
  if (find_experiment(session.request.experiment).plan != expand) return;
  size_t i = 0;
  for (const Contestant& one : session.contestants())
    for (int trial = 0; trial < session.request.trials; ++trial) {
      if (i++ == count) return;
      print_output("  {}  {} {} trial {}\n", i,
                   network_place(session.several(), one.spec.dataset, one.spec.network),
                   one.candidate.setting(), trial);
    }
}

int jobs_of(const PlanEstimate& estimate, const RunOptions& options) {
  const size_t left = std::max<size_t>(estimate.trials - estimate.finished, 1);
  return static_cast<int>(std::min(left, static_cast<size_t>(options.jobs_at_most())));
}

void print_time(const PlanEstimate& estimate, int jobs) {
  if (estimate.trials == 0) return;
  size_t measured = 0, timed = 0;
  for (const PlanRows& row : estimate.rows) measured += row.measured, timed += row.measured == 0;
  std::string source;
  if (measured > 0) source = fmt::format("from {} finished {}", measured, measured == 1 ? "trial" : "trials");
  if (timed > 0)
    source += fmt::format(
        "{}from a timing of a few steps{}, scaled to all epochs: less where trials stop early",
        source.empty() ? "" : ", the others ", source.empty() ? " of each network and optimizer" : "");
  const std::string line = fmt::format("estimated time: {} with {} at a time ({})",
                                       clock_text(estimate.seconds / jobs), jobs, source);
  print_output("{}\n", hanging(line, 4, terminal_columns()));
}

void plan_tuning(Tuning tuning, const RunOptions& run, const PlanOptions& plan) {
  const Session session = prepare_tuning("plan", tuning, run);
  const auto folder = results_folder(tuning.request, run, "-tuned");
  for (const std::string& line : session.remarks()) print_output("{}\n", line);
  const std::vector<PartEstimate> parts =
      estimate_tuning(tuning, session, folder, plan.time, run.control.threads);
  PlanEstimate all;
  for (const PartEstimate& part : parts) {
    all.rows.insert(all.rows.end(), part.plan.rows.begin(), part.plan.rows.end());
    all.trials += part.plan.trials, all.finished += part.plan.finished, all.seconds += part.plan.seconds;
  }
  const int jobs = jobs_of(all, run);
  print_output("{}, tuned: {} trials, {} of them finished in {}; data set {}\n{}", tuning.request.experiment,
               all.trials, all.finished, folder.string(), session.data_text(),
               parts_table(parts, plan.time, jobs));
  const Session first =
      prepare(tune_parts(tuning.request, tuning.settings, *session.data()).front().request, session.data());
  print_head(first, all.trials, static_cast<size_t>(plan.head));
  if (plan.time) print_time(all, jobs);
}

void plan_run(Request request, const RunOptions& run, const PlanOptions& plan) {
  if (run.shard)
    throw UsageError("option '--shard': expected run or sweep, found plan, which shows all trials");
  const Session session = prepare(std::move(request), run);
  const auto folder = results_folder(session.request, run, session.request.sweep.empty() ? "" : "-sweep");
  for (const std::string& line : session.remarks()) print_output("{}\n", line);
  if (session.specs.empty()) {
    print_output("{}: no trials, the study runs by itself, in one piece; data set {}\n",
                 session.request.experiment, session.data_text());
    return;
  }
  PlanEstimate estimate = count_plan(session, folder);
  StepTimings timings;
  if (plan.time) estimate_time(estimate, session, folder, timings, run.control.threads);
  print_output("{}: {} trials, {} of them finished in {}; data set{} {}\n{}", session.request.experiment,
               estimate.trials, estimate.finished, folder.string(), session.several() ? "s" : "",
               session.data_text(), rows_table(estimate, plan.time));
  print_head(session, estimate.trials, static_cast<size_t>(plan.head));
  if (plan.time) print_time(estimate, jobs_of(estimate, run));
}

int run_plan(const po::variables_map& given, const std::vector<std::string>& arguments) {
  RunOptions run = read_run_options(given);
  if (!run.reuse.empty())
    throw UsageError("plan: expected options of a plan, found --reuse, which run, sweep and tune have");
  PlanOptions plan;
  plan_options().set(plan, given_options(given, plan_options().infos()));
  if (given.count("detect") > 0) {
    if (plan.detect <= 0)
      throw UsageError("option 'detect': expected more than 0 points of test error, found 0");
    if (arguments.size() != 1)
      throw UsageError(fmt::format("plan --detect: expected one results folder, found {}", arguments.size()));
    plan_detection(arguments[0], plan.detect / 100, {plan.level / 100, plan.power / 100});
    return 0;
  }
  for (const char* name : {"power", "level"})
    if (given.count(name) > 0)
      throw UsageError(fmt::format("option '{}': expected detect beside it, found none", name));
  Tuning tuning = read_tuning("plan", given, arguments);
  adapt(run, tuning.request);
  if (tuning.asked)
    plan_tuning(std::move(tuning), run, plan);
  else
    plan_run(std::move(tuning.request), run, plan);
  return 0;
}

}  // namespace

Command plan_command() {
  return {"plan",
          "shows what a run, a sweep or a tuning would do, how much of it is finished, and how long the rest "
          "takes",
          "plan EXPERIMENT|FILE.ini|FOLDER [OPTIONS of run, sweep and tune]",
          "  symopt plan paper\n"
          "  symopt plan paper --set lr=1e-4:1:log:9 --trials 3 --head 100\n"
          "  symopt plan paper --set lr=1e-4:1:log:27 --halving 3 --tune-trials 2\n"
          "  symopt plan out/paper-mnist/config.ini --out out/paper-mnist\n"
          "  symopt plan out/paper-mnist --detect 0.1 --power 90\n",
          describe_plan,
          run_plan};
}

}  // namespace symopt
