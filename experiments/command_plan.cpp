// command_plan.cpp — `symopt plan EXPERIMENT|FILE.ini`: what a run or a sweep would do, and how long it
// takes.
#include <omp.h>

#include <cmath>

#include "experiments/command.hpp"
#include "experiments/estimate.hpp"
#include "experiments/experiment.hpp"
#include "experiments/tables.hpp"

namespace symopt {

namespace po = boost::program_options;

namespace {

struct PlanOptions {
  int head = 10;
  bool time = true;
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
  });
  return options;
}

po::options_description options() {
  po::options_description options("options");
  add_options(options, plan_options().infos());
  options.add(run_options());
  return options;
}

std::string rows_table(const PlanEstimate& estimate, bool timed) {
  std::vector<std::vector<std::string>> rows = {{"network", "optimizer", "settings", "trials", "finished"}};
  if (timed) rows[0].push_back("s/trial");
  for (const PlanRows& r : estimate.rows) {
    rows.push_back({r.network, r.optimizer, fmt::format("{}", r.settings), fmt::format("{}", r.trials),
                    fmt::format("{}", r.finished)});
    if (timed) rows.back().push_back(std::isnan(r.seconds) ? "–" : fmt::format("{:.3g}", r.seconds));
  }
  return align(rows, 2);
}

// The first trials by name, with all that tells them apart.
void print_head(const Session& session, size_t count) {
  if (find_experiment(session.request.experiment).plan != expand) return;
  size_t i = 0;
  for (const Contestant& one : contestants(session.request, *session.data))
    for (int trial = 0; trial < session.request.trials; ++trial) {
      if (i++ == count) return;
      fmt::print("  {}  {} {} trial {}\n", i, one.spec.network, one.candidate.setting(), trial);
    }
}

void print_time(const PlanEstimate& estimate, const RunOptions& options) {
  const size_t left = estimate.trials - estimate.finished;
  const int jobs = std::min<int>(options.jobs > 0 ? options.jobs : omp_get_num_procs(),
                                 static_cast<int>(std::max<size_t>(left, 1)));
  size_t measured = 0, timed = 0;
  for (const PlanRows& row : estimate.rows) measured += row.measured, timed += row.measured == 0;
  std::string source;
  if (measured > 0) source = fmt::format("from {} finished {}", measured, measured == 1 ? "trial" : "trials");
  if (timed > 0)
    source += fmt::format("{}from a timing of 20 steps{}, scaled to all epochs: less where trials stop early",
                          source.empty() ? "" : ", the others ",
                          source.empty() ? " of each network and optimizer" : "");
  fmt::print("estimated time: {} with {} at a time ({})\n", clock_text(estimate.seconds / jobs), jobs,
             source);
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const RunOptions run = read_run_options(given);
  PlanOptions plan;
  plan_options().set(plan, given_options(given, plan_options().infos()));
  const Session session = prepare(make_request("plan", given, arguments), run);
  const auto folder = results_folder(session.request, run, session.request.sweep.empty() ? "" : "-sweep");
  for (const std::string& line : session.left_out) fmt::print("{}\n", line);
  PlanEstimate estimate = count_plan(session, folder);
  if (plan.time) estimate_time(estimate, session, folder);
  fmt::print("{}: {} trials, {} of them finished in {}; data set {}{}\n{}", session.request.experiment,
             estimate.trials, estimate.finished, folder.string(), session.data->name, session.found,
             rows_table(estimate, plan.time));
  if (plan.head > 0 && estimate.trials > 0) {
    fmt::print("{}\n", estimate.trials > static_cast<size_t>(plan.head) ? "the first trials" : "the trials");
    print_head(session, static_cast<size_t>(plan.head));
  }
  if (plan.time && estimate.trials > 0) print_time(estimate, run);
  return 0;
}

}  // namespace

Command plan_command() {
  return {"plan",
          "shows what a run or a sweep would do, how much of it is finished, and how long the rest takes",
          "plan EXPERIMENT|FILE.ini [OPTIONS of run and sweep]",
          "  symopt plan paper\n"
          "  symopt plan paper --set lr=1e-4:1:log:9 --trials 3 --head 100\n"
          "  symopt plan out/paper-mnist/config.ini --out out/paper-mnist\n",
          options,
          run};
}

}  // namespace symopt
