// result_rows.cpp — the rows of the table of results, read from the CSVs.
#include "plots/page/result_rows.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>

#include "results/csv.hpp"
#include "results/intervals.hpp"
#include "results/text.hpp"
#include "results/trial.hpp"

namespace symopt {

namespace {

namespace fs = std::filesystem;
using Key = std::vector<std::string>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Key key_of(const CsvRows& rows) {
  Key key;
  for (const char* const name : {"dataset", "network", "optimizer", "settings"})
    key.push_back(rows.row()[rows.column(name)]);
  return key;
}

void read_targets(const fs::path& file, const std::map<Key, std::size_t>& places,
                  std::vector<ResultRow>& table) {
  CsvRows rows(file);
  while (rows.next()) {
    const auto place = places.find(key_of(rows));
    if (place == places.end())
      throw UserError(rows.file().string(), fmt::format("line {}, column optimizer", rows.line()),
                      "an optimizer that summary.csv has",
                      fmt::format("'{}'", escaped(rows.row()[rows.column("optimizer")])));
    ResultRow& row = table[place->second];
    const auto number = [&](const char* name) { return rows.number(rows.column(name)); };
    row.target = number("target"), row.rule = rows.row()[rows.column("rule")];
    row.reached = static_cast<int>(number("reached"));
    row.epochs = number("epochs"), row.epochs_min = number("epochs_min"),
    row.epochs_max = number("epochs_max");
  }
}

}  // namespace

std::vector<ResultRow> read_result_rows(const fs::path& folder) {
  std::vector<ResultRow> table;
  std::map<Key, std::size_t> places;
  // Of a network: most completed trials (negative, so that less is better), then the lowest mean. A mean over
  // the few trials that survived is not better than one over all.
  std::map<std::pair<std::string, std::string>, std::pair<int, double>> lowest;
  const auto rank = [](const ResultRow& row) { return std::pair(-row.completed, row.mean); };
  CsvRows rows(folder / "summary.csv");
  while (rows.next()) {
    if (rows.row()[rows.column("metric")] != "test_error") continue;
    const Key key = key_of(rows);
    const auto number = [&](const char* name) { return rows.number(rows.column(name)); };
    const auto count = [&](const char* name) { return static_cast<int>(number(name)); };
    ResultRow row{};
    row.dataset = key[0], row.network = key[1];
    row.optimizer = optimizer_label(key[2], key[3]);
    row.trials = count("trials"), row.completed = count("completed"), row.diverged = count("diverged");
    row.failed = count("failed"), row.timed_out = count("timed_out");
    row.mean = number("mean"), row.variance = number("variance"), row.deviation = number("deviation");
    row.median = number("median"), row.min = number("min"), row.max = number("max");
    row.interval = rows.row()[rows.column("interval")];
    row.ci_low = number("ci_low"), row.ci_high = number("ci_high");
    row.target = row.epochs = row.epochs_min = row.epochs_max = kNaN;
    places.emplace(key, table.size());
    if (std::isfinite(row.mean)) {
      auto& low = lowest.try_emplace({key[0], key[1]}, rank(row)).first->second;
      low = std::min(low, rank(row));
    }
    table.push_back(std::move(row));
  }
  for (ResultRow& row : table)
    row.best = std::isfinite(row.mean) && rank(row) == lowest.at({row.dataset, row.network});
  if (fs::exists(folder / "targets.csv")) read_targets(folder / "targets.csv", places, table);
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
  return std::isnan(row.target) ? "–" : fmt::format("{}/{}", row.reached, row.trials);
}

}  // namespace symopt
