// result_rows.cpp — the rows of the table of results, and their cells.
#include "plots/page/result_rows.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "results/intervals.hpp"
#include "results/statistics.hpp"

namespace symopt {

std::vector<ResultRow> result_rows(const Results& results) {
  constexpr double kNone = SummaryRow::kNone;
  std::map<GroupKey, TargetRow> efforts;
  for (const TargetRow& row : results.targets) efforts.emplace(row, row);
  std::map<GroupKey, TargetTimingRow> times;
  for (const TargetTimingRow& row : results.target_timings) times.emplace(row, row);
  std::vector<ResultRow> table;
  // Of a network: most completed trials (negative, so that less is better), then the lowest mean. A mean over
  // the few trials that survived is not better than one over all.
  std::map<std::pair<std::string, std::string>, std::pair<int, double>> lowest;
  const auto rank = [](const ResultRow& row) { return std::pair(-row.completed, row.mean); };
  for (const OptimizerResult& optimizer : results.optimizers) {
    ResultRow row{optimizer.test_error, optimizer.label(), kNone, {}, {}};
    std::vector<double> seconds;
    for (const TrialResult& trial : optimizer.trials)
      if (trial.completed() && !trial.timings.empty()) seconds.push_back(trial.train_seconds());
    row.seconds = median(std::move(seconds));
    row.effort.target = row.effort.epochs = row.effort.epochs_min = row.effort.epochs_max = kNone;
    row.time.seconds = row.time.seconds_min = row.time.seconds_max = kNone;
    if (const auto found = efforts.find(optimizer); found != efforts.end()) row.effort = found->second;
    if (const auto found = times.find(optimizer); found != times.end()) row.time = found->second;
    if (std::isfinite(row.mean)) {
      auto& low = lowest.try_emplace({row.dataset, row.network}, rank(row)).first->second;
      low = std::min(low, rank(row));
    }
    table.push_back(std::move(row));
  }
  for (ResultRow& row : table)
    row.best = std::isfinite(row.mean) && rank(row) == lowest.at({row.dataset, row.network});
  return table;
}

std::string percent_text(double fraction, int decimals) {
  return std::isnan(fraction) ? "–" : fmt::format("{:.{}f}", 100 * fraction, decimals);
}

std::string mean_text(const ResultRow& row) {
  if (std::isnan(row.mean)) return "–";
  return percent_text(row.mean) + " ± " +
         (std::isnan(row.variance) ? "–" : fmt::format("{:.5f}", 1e4 * row.variance));
}

std::string interval_text(const ResultRow& row) {
  if (std::isnan(row.ci_low)) return "–";
  return percent_text(row.ci_low) + "–" + percent_text(row.ci_high);
}

std::string interval_words(const std::vector<ResultRow>& rows) {
  std::set<std::string> kinds;
  for (const ResultRow& row : rows)
    if (!std::isnan(row.ci_low)) kinds.insert(row.interval);
  return interval_words(kinds);
}

std::string range_text(const ResultRow& row) {
  if (std::isnan(row.median)) return "–";
  return fmt::format("{} [{}, {}]", percent_text(row.median), percent_text(row.min), percent_text(row.max));
}

std::string effort_text(double median, double low, double high, int digits) {
  if (std::isnan(median)) return "–";
  if (std::isinf(low)) return "∞";
  const auto text = [&](double x) {
    return std::isinf(x) ? std::string("∞") : fmt::format("{:.{}g}", x, digits);
  };
  return fmt::format("{} [{}, {}]", text(median), text(low), text(high));
}

std::string reached_text(const ResultRow& row) {
  return std::isnan(row.effort.target) ? "–" : fmt::format("{}/{}", row.effort.reached, row.effort.trials);
}

}  // namespace symopt
