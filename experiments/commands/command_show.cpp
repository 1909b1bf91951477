// command_show.cpp — `symopt show FOLDER`: the state of a results folder on one screen, from what it holds.
// Nothing is locked, changed, or read from a data set.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "experiments/commands/command.hpp"
#include "experiments/session/session.hpp"
#include "experiments/terminal/answer.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/statistics.hpp"
#include "results/store.hpp"

namespace symopt {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

constexpr int kDeepest = 4;  // tunings keep their parts in TUNING/NETWORK-STUDY/PART

bool holds_plan(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "config.ini", ignored) && fs::exists(folder / "plan.csv", ignored);
}

// Below `folder`, in the order of their names.
void find_parts(const fs::path& folder, int depth, std::vector<fs::path>& parts) {
  for (const fs::path& part : list_folder(folder)) {
    std::error_code ignored;
    if (!fs::is_directory(part, ignored) || fs::is_symlink(part, ignored)) continue;
    if (holds_plan(part)) parts.push_back(part);
    if (depth < kDeepest) find_parts(part, depth + 1, parts);
  }
}

std::string duration_text(double seconds) {
  const auto s = static_cast<long>(std::lround(seconds));
  return s < 60 ? fmt::format("{} s", s) : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

double seconds_of(const TrialRecord& record) {
  double seconds = 0;
  for (const EpochTiming& t : record.timings) seconds += t.train_seconds + t.evaluation_seconds;
  return seconds;
}

struct State {
  std::vector<PlanRow> plan;
  std::vector<TrialRecord> records;
  std::vector<std::string> begun;  // hashes of trials with a checkpoint
  size_t left() const { return plan.size() - std::min(plan.size(), records.size()); }
};

State read_state(const fs::path& folder) {
  State state{read_plan(folder), read_records(folder), {}};
  for (const std::string& hash : CheckpointFolder(folder / "checkpoints", folder / "damaged").hashes()) {
    const bool planned =
        std::ranges::any_of(state.plan, [&](const PlanRow& row) { return row.hash == hash; });
    const bool done =
        std::ranges::any_of(state.records, [&](const TrialRecord& r) { return r.spec.hash() == hash; });
    if (planned && !done) state.begun.push_back(hash);
  }
  return state;
}

std::string counts(const State& state) {
  std::map<std::string, int> ends;
  for (const TrialRecord& record : state.records) ++ends[to_text(record.status)];
  std::string words;
  for (const auto& [status, count] : ends)
    if (status != "completed")
      words += fmt::format(", {} {}", count, status == "timed_out" ? "timed out" : status);
  return fmt::format("{} trials: {} finished{}{}{}", state.plan.size(), state.records.size(),
                     words.empty() ? "" : " (" + words.substr(2) + ")",
                     state.begun.empty() ? "" : fmt::format(", {} in the middle", state.begun.size()),
                     state.left() > state.begun.size()
                         ? fmt::format(", {} not begun", state.left() - state.begun.size())
                         : "");
}

// In the order of the plan.
std::vector<std::string> datasets_of(const State& state) {
  std::vector<std::string> names;
  for (const PlanRow& row : state.plan)
    if (std::ranges::find(names, row.dataset) == names.end()) names.push_back(row.dataset);
  return names;
}

// One row an optimizer and network: how many of its trials are there, and how they stand.
std::string rows_of(const State& state) {
  std::vector<std::vector<std::string>> rows = {
      {"network", "optimizer", "finished", "validation error", "test error", "a trial took"}};
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, int> planned;
  const bool several = datasets_of(state).size() > 1;
  for (const PlanRow& row : state.plan) {
    const std::pair key(network_place(several, row.dataset, row.network),
                        optimizer_label(row.optimizer, row.settings));
    if (planned[key]++ == 0) order.push_back(key);
  }
  constexpr size_t kMost = 30;
  // By the plan's labels: what tells settings apart is not the same in a part of the trials.
  std::map<std::string, std::pair<std::string, std::string>> key_of;  // of a hash
  for (const PlanRow& row : state.plan)
    key_of[row.hash] = {network_place(several, row.dataset, row.network),
                        optimizer_label(row.optimizer, row.settings)};
  std::map<std::pair<std::string, std::string>, std::vector<TrialRecord>> there;
  for (const TrialRecord& record : state.records) there[key_of[record.spec.hash()]].push_back(record);
  for (size_t i = 0; i < std::min(order.size(), kMost); ++i) {
    const auto& [network, label] = order[i];
    std::vector<std::string> row = {network, label, fmt::format("0 of {}", planned[order[i]]), "–", "–", "–"};
    for (const Group& g : group_records(there[order[i]])) {
      const auto percent = [](const std::vector<double>& values) {
        return values.empty() ? std::string("–") : fmt::format("{:.2f} %", 100 * mean(values));
      };
      row[2] = fmt::format("{} of {}", g.trials, planned[order[i]]);
      row[3] = percent(g.best_validation_error), row[4] = percent(g.test_error);
      if (!g.seconds.empty()) row[5] = duration_text(mean(g.seconds));
    }
    rows.push_back(row);
  }
  std::string text = align(rows, 2);
  if (order.size() > kMost) text += fmt::format("  and {} more\n", order.size() - kMost);
  return text;
}

void show(const fs::path& folder) {
  const State state = read_state(folder);
  const Request request = read_request(folder / "config.ini");
  print_output("{}: {}{}\n{}\n", folder.string(), request.experiment,
               state.plan.empty() ? "" : fmt::format(" on {}", fmt::join(datasets_of(state), ", ")),
               counts(state));
  if (state.plan.empty()) {
    if (read_file(folder / "report.txt"))
      print_output("the study runs by itself and has ended: {}\n", (folder / "report.txt").string());
    else
      print_output("the study runs by itself and has not ended; from its start again: {}\n",
                   resume_command("run", folder, {}));
    return;
  }
  print_output("\n{}\n", rows_of(state));
  // While trials are missing, optimizers have different ones.
  if (state.left() == 0) {
    print_output("{}", answer(group_records(state.records), request.intervals()));
    return;
  }
  double seconds = 0;
  int timed = 0;
  for (const TrialRecord& record : state.records)
    if (const double s = seconds_of(record); s > 0) seconds += s, ++timed;
  if (timed > 0)
    print_output("left: at most about {} of one core without searches, by the mean of {} finished trials\n",
                 duration_text(seconds / timed * static_cast<double>(state.left())), timed);
  print_output("go on with: {}\n", resume_command("run", folder, {}));
}

po::options_description describe_show() { return po::options_description("options"); }

int run_show(const po::variables_map&, const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    throw UsageError(fmt::format("show: expected one results folder, found {}", arguments.size()));
  const fs::path folder = arguments[0];
  if (holds_plan(folder)) {
    show(folder);
    return 0;
  }
  std::vector<fs::path> parts;
  find_parts(folder, 1, parts);
  if (parts.empty())
    throw UserError("results folder", folder.string(), "config.ini and plan.csv, in it or in a part of it",
                    "neither");
  // A tuning: a line a part.
  std::vector<std::vector<std::string>> rows;
  for (const fs::path& part : parts) rows.push_back({part.string(), counts(read_state(part))});
  print_output("{}", align(rows, 2));
  return 0;
}

}  // namespace

Command show_command() {
  return {"show",
          "the state of a results folder: what is finished, who is ahead, what is left, how to go on",
          "show FOLDER",
          "  symopt show out/paper\n",
          describe_show,
          run_show};
}

}  // namespace symopt
