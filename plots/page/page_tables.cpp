// page_tables.cpp — the tables of report.html: results, effort to the target, tests, chosen rates, losses.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "plots/numbers.hpp"
#include "plots/page/markup.hpp"
#include "plots/page/page.hpp"
#include "results/csv.hpp"
#include "results/statistics.hpp"
#include "results/summary.hpp"
#include "results/trial.hpp"

namespace symopt {

namespace {

namespace fs = std::filesystem;

Cell number(const std::string& text, double value, const char* style = "") {
  return {text, csv_number(value), style};
}
Cell count(int value) { return number(fmt::format("{}", value), value); }
Cell percent(double fraction) { return number(percent_text(fraction), fraction); }
Cell plain(const char* format, double value) {
  return number(std::isnan(value) ? "–" : with_minus(fmt::format(fmt::runtime(format), value)), value);
}
Cell p_value(double p) {
  return number(std::isnan(p) ? "–" : p < 1e-4 ? "<0.0001" : fmt::format("{:.4f}", p), p);
}

constexpr const char *kDatasetHead = "data set", *kNetworkHead = "network";

// More rows than these are a file to be read by a program.
constexpr std::size_t kMostRows = 2000;
std::string left_out(std::size_t rows, const char* file) {
  return rows <= kMostRows ? ""
                           : fmt::format(" The first {} of {} rows; all are in {}.", kMostRows, rows, file);
}

std::string section(const char* id, const char* title, const std::string& body) {
  return fmt::format("<section>\n<h2 id=\"{}\">{}</h2>\n{}</section>\n", id, title, body);
}

double seconds_of(const TrialFacts& facts, std::size_t row) {
  return row < facts.groups.size() ? median(facts.groups[row].seconds) : std::nan("");
}

}  // namespace

namespace {

// "data set" and "network" say nothing where all rows have the same one: it stands at the head of the page.
bool is_needed(const Column& column, std::size_t place, const std::vector<std::vector<Cell>>& rows) {
  return (column.head != kDatasetHead && column.head != kNetworkHead) ||
         std::any_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return row[place].text != rows[0][place].text; });
}

}  // namespace

std::string html_table(const std::string& name, const std::string& caption,
                       const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows) {
  std::string text = fmt::format(
      "<div class=\"frame\">{}<div class=\"edge\"><div class=\"scroll{}\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"{}\">\n<table "
      "class=\"sortable\">\n"
      "<caption><span>{}</span></caption>\n<thead><tr>",
      kMoreToTheRight, rows.size() > 24 ? " tall" : "", html_text(name), html_text(caption));
  std::vector<bool> needed;
  bool names = true;  // so far
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    needed.push_back(is_needed(column, i, rows));
    names = names && (i == 0 || (column.left && (rows.empty() || rows[0][i].style.empty())));
    const char* style = column.left ? names ? " class=\"t key\"" : " class=\"t\""
                        : names     ? " class=\"key\""
                                    : "";
    if (needed[i]) text += fmt::format("<th scope=\"col\"{}>{}</th>", style, html_text(column.head));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (const std::vector<Cell>& row : rows) {
    text += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!needed[i]) continue;
      const Cell& cell = row[i];
      const std::string_view style =
          columns[i].left && cell.style.empty() ? std::string_view("t") : std::string_view(cell.style);
      text += fmt::format("<td{}{}>{}</td>", style.empty() ? "" : fmt::format(" class=\"{}\"", style),
                          cell.value.empty() ? "" : fmt::format(" data-v=\"{}\"", html_text(cell.value)),
                          html_text(cell.text));
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n</div></div></div>\n";
}

std::string results_section(const std::vector<ResultRow>& rows, const TrialFacts& facts) {
  std::vector<std::vector<Cell>> cells;
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    const ResultRow& r = rows[i];
    cells.push_back({{r.dataset},
                     {r.network},
                     {r.optimizer},
                     number(percent_text(r.mean), r.mean, r.best ? "best" : ""),
                     plain("{:.5f}", 1e4 * r.variance),
                     percent(r.deviation),
                     number(with_minus(interval_text(r)), r.ci_low),
                     number(range_text(r), r.median),
                     number(fmt::format("{}/{}", r.completed, r.trials), r.completed),
                     count(r.diverged),
                     number(failed_text(r.failed, r.timed_out), r.failed + r.timed_out),
                     plain("{:.1f}", seconds_of(facts, i))});
  }
  return section(
      "results", "Results",
      html_table(
          "Results",
          "Test error after the last epoch in % over the completed trials, variance in %². Marked in each "
          "network: the lowest mean among the rows with the most completed trials. 95 % interval of the "
          "mean: " +
              interval_words(rows) +
              ". Seconds: median of the full training, without search and evaluation." +
              left_out(rows.size(), "summary.csv"),
          {{kDatasetHead, true},
           {kNetworkHead, true},
           {"optimizer", true},
           {"mean"},
           {"variance"},
           {"sd"},
           {"95 % interval"},
           {"median [range]"},
           {"completed"},
           {"diverged"},
           {"failed"},
           {"s/trial"}},
          cells));
}

std::string claims_section(const fs::path& folder) {
  if (!fs::exists(folder / "claims.csv")) return "";
  CsvRows rows(folder / "claims.csv");
  std::vector<std::vector<Cell>> cells;
  while (rows.next()) {
    const auto text = [&](const char* name) { return rows.row()[rows.column(name)]; };
    cells.push_back({{text("claim"), text("claim")},
                     {text("verdict")},
                     {text("statement"), "", "w"},
                     {text("numbers"), "", "w"},
                     {text("rule"), "", "w"}});
  }
  if (cells.empty()) return "";
  return section(
      "claims", "The paper's claims",
      html_table(
          "The paper's claims",
          "Each by a rule that was fixed before anything was measured. A claim about time, which no two "
          "runs measure alike, is under “What the run said”.",
          {{"no."}, {"verdict", true}, {"claim", true}, {"measured", true}, {"rule", true}}, cells));
}

namespace {

std::string scores_table(const fs::path& folder) {
  struct Score {
    double score, solved, best, count;
  };
  using Key = std::array<std::string, 3>;  // problems, optimizer, settings
  const auto read = [&](const char* file) {
    std::vector<std::pair<Key, Score>> scores;
    if (!fs::exists(folder / file)) return scores;
    CsvRows rows(folder / file);
    while (rows.next()) {
      const auto text = [&](const char* name) { return rows.row()[rows.column(name)]; };
      const auto value = [&](const char* name) { return rows.number(rows.column(name)); };
      scores.push_back({{text("problems"), text("optimizer"), text("settings")},
                        {value("score"), value("solved"), value("best"), value("count")}});
    }
    return scores;
  };
  const auto epochs = read("scores.csv"), seconds = read("score_timings.csv");
  const std::map<Key, Score> timed(seconds.begin(), seconds.end());
  std::vector<std::vector<Cell>> cells;
  for (const auto& [key, s] : epochs) {
    if (cells.size() == kMostRows) break;
    const auto found = timed.find(key);
    cells.push_back({{key[0] == "networks" ? "networks (medians)" : "trials"},
                     {optimizer_label(key[1], key[2])},
                     plain("{:.3f}", s.score),
                     plain("{:.3f}", found == timed.end() ? std::nan("") : found->second.score),
                     number(fmt::format("{:.0f}/{:.0f}", s.solved, s.count), s.solved),
                     number(fmt::format("{:.0f}/{:.0f}", s.best, s.count), s.best)});
  }
  return html_table(
      "Scores",
      "AlgoPerf's score: the mean of the performance profile over ratios from 1 to 4; 1 is best on "
      "every problem. Solved: the target was reached; best: in the fewest epochs." +
          left_out(epochs.size(), "scores.csv"),
      {{"problems", true}, {"optimizer", true}, {"score, epochs"}, {"score, seconds"}, {"solved"}, {"best"}},
      cells);
}

}  // namespace

std::string targets_section(const fs::path& folder, const std::vector<ResultRow>& rows) {
  if (!fs::exists(folder / "targets.csv")) return "";
  std::vector<std::array<double, 3>> seconds;  // by row of targets.csv: median, lowest, highest
  if (fs::exists(folder / "target_timings.csv")) {
    CsvRows timings(folder / "target_timings.csv");
    while (timings.next())
      seconds.push_back({timings.number(timings.column("seconds")),
                         timings.number(timings.column("seconds_min")),
                         timings.number(timings.column("seconds_max"))});
  }
  std::vector<std::vector<Cell>> cells;
  std::set<std::string> rules;
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    const ResultRow& r = rows[i];
    rules.insert(r.rule);
    const double nan = std::nan("");
    const std::array<double, 3> s = i < seconds.size() ? seconds[i] : std::array<double, 3>{nan, nan, nan};
    cells.push_back({{r.dataset},
                     {r.network},
                     {r.optimizer},
                     percent(r.target),
                     number(reached_text(r), r.reached),
                     number(effort_text(r.epochs, r.epochs_min, r.epochs_max), r.epochs),
                     number(effort_text(s[0], s[1], s[2]), s[0])});
  }
  std::string about;
  if (rules.contains("best"))
    about += " Rule “best”: what the best optimizer's median trial reaches in three quarters of the epochs.";
  if (rules.contains("common"))
    about +=
        " Rule “common”: what the median trial of every optimizer that trains at all reaches in three "
        "quarters "
        "of the epochs.";
  if (rules.contains("given")) about += " Where it was given with --target: as given.";
  return section(
      "targets", "Effort to a common validation error",
      html_table(
          "Effort to the target",
          "Median [range] over all trials, until the validation error is at most the target (%). ∞: never." +
              about + left_out(rows.size(), "targets.csv"),
          {{kDatasetHead, true},
           {kNetworkHead, true},
           {"optimizer", true},
           {"target"},
           {"reached"},
           {"epochs"},
           {"training seconds"}},
          cells) +
          (fs::exists(folder / "scores.csv") ? scores_table(folder) : ""));
}

std::string tests_section(const fs::path& folder) {
  if (!fs::exists(folder / "tests.csv")) return "";
  CsvRows rows(folder / "tests.csv");
  std::vector<std::vector<Cell>> cells;
  std::set<std::string> kinds;
  bool zeros = false, untested = false;
  std::size_t all = 0;
  while (rows.next()) {
    if (++all > kMostRows) continue;
    const auto text = [&](const char* name) { return rows.row()[rows.column(name)]; };
    const auto value = [&](const char* name) { return rows.number(rows.column(name)); };
    const int pairs = static_cast<int>(value("pairs")), dropped = static_cast<int>(value("zeros"));
    const std::string reason = untested_reason(pairs, value("p_t"));
    zeros |= dropped > 0, untested |= !reason.empty();
    if (!std::isnan(value("ci_low"))) kinds.insert(text("interval"));
    const double low = 100 * value("ci_low"), high = 100 * value("ci_high");
    cells.push_back(
        {{text("dataset")},
         {text("network")},
         {text("optimizer_a")},
         {text("optimizer_b")},
         plain("{:+.3f}", 100 * value("mean_difference")),
         number(std::isnan(low) ? "–" : with_minus(fmt::format("{:+.3f} to {:+.3f}", low, high)), low),
         count(pairs),
         plain("{:.2f}", value("t")),
         p_value(value("p_t")),
         p_value(value("p_t_holm")),
         p_value(value("p_wilcoxon")),
         p_value(value("p_wilcoxon_holm")),
         plain("{:.2f}", value("d_z")),
         count(dropped),
         {reason}});
  }
  if (all == 0) return "";
  std::vector<Column> columns = {{kDatasetHead, true},
                                 {kNetworkHead, true},
                                 {"a", true},
                                 {"b", true},
                                 {"a − b"},
                                 {"95 % interval"},
                                 {"pairs"},
                                 {"t"},
                                 {"p"},
                                 {"p Holm"},
                                 {"Wilcoxon p"},
                                 {"Wilcoxon p Holm"},
                                 {"d_z"},
                                 {"zeros"},
                                 {"not tested", true}};
  const auto leave_out = [&](const char* head) {
    const auto column =
        std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.head == head; });
    for (std::vector<Cell>& row : cells) row.erase(row.begin() + (column - columns.begin()));
    columns.erase(column);
  };
  if (!zeros) leave_out("zeros");
  if (!untested) leave_out("not tested");
  return section(
      "tests", "Paired comparisons",
      html_table(
          "Paired comparisons",
          "Differences a − b of the test error in percentage points, trial by trial, with the 95 % interval "
          "of "
          "their mean: " +
              interval_words(kinds) +
              ". Paired t test and Wilcoxon's signed ranks, p two-sided, Holm's correction over all tests of "
              "the table. d_z: mean over standard deviation of the differences." +
              (zeros ? " Zeros: differences of 0, which Wilcoxon's test drops." : "") +
              (untested ? " Not tested, and not counted by Holm: the pairs that say why in the last column."
                        : "") +
              left_out(all, "tests.csv"),
          columns, cells));
}

std::string rates_section(const TrialFacts& facts) {
  std::vector<std::vector<Cell>> cells;
  std::size_t all = 0;
  for (const TrialFacts::Group& g : facts.groups) {
    if (g.rates.empty() || ++all > kMostRows) continue;
    std::string rates, edge;
    for (const auto& [rate, trials] : g.rates)
      rates += fmt::format("{}{} ({})", rates.empty() ? "" : ", ", number_text(rate, 3), trials);
    if (g.high > 0) edge += fmt::format("high in {}", g.high);
    if (g.low > 0) edge += fmt::format("{}low in {}", edge.empty() ? "" : ", ", g.low);
    cells.push_back({{g.dataset},
                     {g.network},
                     {g.optimizer},
                     {rates, csv_number(g.rates.front().first), "w"},
                     {!g.searched    ? "not searched"
                      : edge.empty() ? "none"
                                     : edge,
                      csv_number(g.low + g.high), "t"}});
  }
  if (cells.empty()) return "";
  return section(
      "rates", "Learning rates",
      html_table("Learning rates",
                 "The rates that the full trainings started with, and by how many trials. At an edge of "
                 "the grid a wider one might find a better rate; a rate that was given was not searched." +
                     left_out(all, "trials.csv"),
                 {{kDatasetHead, true},
                  {kNetworkHead, true},
                  {"optimizer", true},
                  {"rates (trials)", true},
                  {"edge of the grid", true}},
                 cells));
}

std::string unfinished_section(const TrialFacts& facts) {
  if (facts.unfinished.empty()) return "";
  std::vector<std::vector<Cell>> cells;
  for (const TrialFacts::Unfinished& u : facts.unfinished) {
    if (cells.size() == kMostRows) break;
    cells.push_back({{u.dataset},
                     {u.network},
                     {u.optimizer},
                     {u.seed, u.seed},
                     {u.trial, u.trial},
                     {u.status},
                     count(u.epochs),
                     {u.message, "", "w"}});
  }
  return section("unfinished", "Trials that did not complete",
                 html_table("Trials that did not complete",
                            "They are in no mean; their epochs are in the tables and in the figures." +
                                left_out(facts.unfinished.size(), "trials.csv"),
                            {{kDatasetHead, true},
                             {kNetworkHead, true},
                             {"optimizer", true},
                             {"seed"},
                             {"trial"},
                             {"status", true},
                             {"epochs"},
                             {"message", true}},
                            cells));
}

}  // namespace symopt
