// sweep_report.cpp — the text that ends a sweep.
#include "experiments/plan/sweep_report.hpp"

#include <algorithm>
#include <cmath>

#include "experiments/terminal/tables.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace {

constexpr size_t kShown = 5;  // settings of an optimizer; the others are in summary.csv

std::string percent(double fraction) {
  return std::isnan(fraction) ? "–" : fmt::format("{:.3f}", 100 * fraction);
}

}  // namespace

double mean_test_error(const Judged& j, const std::vector<TrialRecord>& records) {
  std::vector<double> errors;
  for (size_t r = j.first; r < j.first + static_cast<size_t>(j.trials); ++r)
    if (records[r].status == Status::completed) errors.push_back(outcome(records[r]).test_error);
  return mean(errors);
}

std::string ranking_table(const std::vector<Judged>& judged, const std::vector<TrialRecord>& records,
                          const SelectionRule& rule, bool with_test) {
  std::vector<std::vector<std::string>> rows = {{"network", "setting"}};
  if (rule.target > 0) rows[0].push_back("steps");
  rows[0].push_back("validation");
  const bool several = several_datasets(judged);
  if (with_test) rows[0].push_back("test");
  for (const char* column : {"completed", "diverged", "failed"}) rows[0].emplace_back(column);
  for (const std::vector<size_t>& group : ranked(judged, rule)) {
    for (size_t i = 0; i < std::min(group.size(), kShown); ++i) {
      const Judged& j = judged[group[i]];
      const TrialSpec& spec = j.contestant.spec;
      std::vector<std::string> row = {network_place(several, spec.dataset, spec.network),
                                      j.contestant.candidate.setting()};
      if (rule.target > 0) row.push_back(std::isinf(j.steps) ? "∞" : fmt::format("{:.0f}", j.steps));
      row.push_back(percent(j.validation_error));
      if (with_test) row.push_back(percent(mean_test_error(j, records)));
      for (const int n : {j.completed, j.diverged}) row.push_back(fmt::format("{}", n));
      row.push_back(failed_text(j.failed, j.timed_out));
      rows.push_back(std::move(row));
    }
    if (group.size() > kShown) rows.push_back({"", fmt::format("… and {} more", group.size() - kShown)});
  }
  return fmt::format(
             "Settings by {}; means over the trials in %, one that did not complete counts as 100 %\n",
             rule.target > 0 ? fmt::format("steps to a validation error of {}", to_text(rule.target))
             : rule.criterion == "best" ? "validation error at its lowest"
                                        : "validation error after the last epoch") +
         align(rows, 2);
}

std::string sweep_report(const Request& request, const std::vector<TrialRecord>& records,
                         const std::vector<Contestant>& contestants) {
  const SelectionRule rule;
  const Sweep sweep(request.sweep, request.seed);
  const std::vector<Judged> judged = judge(contestants, records, rule);
  const bool several = several_datasets(judged);
  std::string text = ranking_table(judged, records, rule, request.protocol.test) + "\n";

  const std::vector<std::string> settings = settings_texts(records);
  std::vector<Group> groups = group_records(records), best;
  std::string warnings;
  for (const std::vector<size_t>& group : ranked(judged, rule)) {
    const Judged& winner = judged[group[0]];
    if (winner.trials == 0) continue;
    std::vector<Candidate> rivals;
    for (const size_t i : group) rivals.push_back(judged[i].contestant.candidate);
    for (const std::string& line : edge_warnings(sweep, winner.contestant.candidate, rivals))
      warnings += fmt::format(
          "  {}: {}\n",
          network_place(several, winner.contestant.spec.dataset, winner.contestant.spec.network), line);
    const std::string label = optimizer_label(winner.contestant.spec.optimizer, settings[winner.first]);
    for (const Group& g : groups)
      if (g.dataset == winner.contestant.spec.dataset && g.network == winner.contestant.spec.network &&
          g.optimizer == label)
        best.push_back(g);
  }
  if (!warnings.empty()) text += fmt::format("At an edge of its range\n{}\n", warnings);
  text += fmt::format("The best setting of each optimizer, chosen by validation error. {}",
                      error_table(best, request.intervals()));
  if (const std::string teleports = teleport_table(records); !teleports.empty()) text += "\n" + teleports;
  const std::vector<Comparison> comparisons = compare_all(best, request.intervals());
  if (!comparisons.empty() && request.protocol.test)
    text += fmt::format("\n{}", comparison_table(comparisons));
  return text;
}

}  // namespace symopt
