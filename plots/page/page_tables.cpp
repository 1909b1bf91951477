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

namespace symopt {

namespace {

Cell number(const std::string& text, double value, const char* style = "") {
  return {text, csv_number(value), style};
}
Cell count(int value) { return number(fmt::format("{}", value), value); }
Cell percent(double fraction) { return number(percent_text(fraction), fraction); }
Cell plain(const char* format, double value) {
  return number(std::isnan(value) ? "–" : with_minus(fmt::format(fmt::runtime(format), value)), value);
}
Cell p_value(double p) { return number(p_text(p), p); }

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

// "data set" and "network" say nothing where all rows have the same one: it stands at the head of the page.
bool is_needed(const Heading& column, std::size_t place, const std::vector<std::vector<Cell>>& rows) {
  return (column.head != kDatasetHead && column.head != kNetworkHead) ||
         std::any_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return row[place].text != rows[0][place].text; });
}

}  // namespace

std::string html_table(const std::string& name, const std::string& caption,
                       const std::vector<Heading>& columns, const std::vector<std::vector<Cell>>& rows) {
  std::string text = fmt::format(
      "<div class=\"frame\">{}<div class=\"edge\"><div class=\"scroll{}\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"{}\">\n<table "
      "class=\"sortable\">\n"
      "<caption><span>{}</span></caption>\n<thead><tr>",
      kMoreToTheRight, rows.size() > 24 ? " tall" : "", html_text(name), html_text(caption));
  std::vector<bool> needed;
  bool names = true;  // so far
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Heading& column = columns[i];
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

std::string results_section(const std::vector<ResultRow>& rows) {
  std::vector<std::vector<Cell>> cells;
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    const ResultRow& r = rows[i];
    cells.push_back({{r.dataset},
                     {r.network},
                     {r.label},
                     number(percent_text(r.mean), r.mean, r.best ? "best" : ""),
                     plain("{:.5f}", 1e4 * r.variance),
                     percent(r.deviation),
                     number(with_minus(interval_text(r)), r.ci_low),
                     number(range_text(r), r.median),
                     number(fmt::format("{}/{}", r.completed, r.trials), r.completed),
                     count(r.diverged),
                     number(failed_text(r.failed, r.timed_out), r.failed + r.timed_out),
                     plain("{:.1f}", r.seconds)});
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

std::string claims_section(const Results& results) {
  std::vector<std::vector<Cell>> cells;
  for (const ClaimRow& c : results.claims)
    cells.push_back(
        {count(c.claim), {c.verdict}, {c.statement, "", "w"}, {c.numbers, "", "w"}, {c.rule, "", "w"}});
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

std::string scores_table(const Results& results) {
  using Key = std::array<std::string, 3>;  // problems, optimizer, settings
  std::map<Key, double> timed;
  for (const ScoreRow& s : results.score_timings)
    timed.emplace(Key{s.problems, s.optimizer, s.settings}, s.score);
  std::vector<std::vector<Cell>> cells;
  for (const ScoreRow& s : results.scores) {
    if (cells.size() == kMostRows) break;
    const auto found = timed.find({s.problems, s.optimizer, s.settings});
    cells.push_back({{s.problems == "networks" ? "networks (medians)" : "trials"},
                     {optimizer_label(s.optimizer, s.settings)},
                     plain("{:.3f}", s.score),
                     plain("{:.3f}", found == timed.end() ? std::nan("") : found->second),
                     number(fmt::format("{}/{}", s.solved, s.count), s.solved),
                     number(fmt::format("{}/{}", s.best, s.count), s.best)});
  }
  return html_table(
      "Scores",
      "AlgoPerf's score: the mean of the performance profile over ratios from 1 to 4; 1 is best on "
      "every problem. Solved: the target was reached; best: in the fewest epochs." +
          left_out(results.scores.size(), "scores.csv"),
      {{"problems", true}, {"optimizer", true}, {"score, epochs"}, {"score, seconds"}, {"solved"}, {"best"}},
      cells);
}

}  // namespace

std::string targets_section(const Results& results, const std::vector<ResultRow>& rows) {
  if (results.targets.empty()) return "";
  std::vector<std::vector<Cell>> cells;
  std::set<std::string> rules;
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    const ResultRow& r = rows[i];
    const TargetRow& e = r.effort;
    const TargetTimingRow& t = r.time;
    rules.insert(e.rule);
    cells.push_back({{r.dataset},
                     {r.network},
                     {r.label},
                     percent(e.target),
                     number(reached_text(r), e.reached),
                     number(effort_text(e.epochs, e.epochs_min, e.epochs_max), e.epochs),
                     number(effort_text(t.seconds, t.seconds_min, t.seconds_max), t.seconds)});
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
          (results.scores.empty() ? "" : scores_table(results)));
}

std::string tests_section(const Results& results) {
  if (results.tests.empty()) return "";
  std::vector<std::vector<Cell>> cells;
  std::set<std::string> kinds;
  bool zeros = false, untested = false;
  for (const TestRow& r : results.tests) {
    if (cells.size() == kMostRows) break;
    const std::string reason = untested_reason(r.pairs, r.p_t);
    zeros |= r.zeros > 0, untested |= !reason.empty();
    if (!std::isnan(r.ci_low)) kinds.insert(r.interval);
    const double low = 100 * r.ci_low, high = 100 * r.ci_high;
    cells.push_back(
        {{r.dataset},
         {r.network},
         {r.optimizer_a},
         {r.optimizer_b},
         plain("{:+.3f}", 100 * r.mean_difference),
         number(std::isnan(low) ? "–" : with_minus(fmt::format("{:+.3f} to {:+.3f}", low, high)), low),
         count(r.pairs),
         plain("{:.2f}", r.t),
         p_value(r.p_t),
         p_value(r.p_t_holm),
         p_value(r.p_wilcoxon),
         p_value(r.p_wilcoxon_holm),
         plain("{:.2f}", r.d_z),
         count(r.zeros),
         {reason}});
  }
  std::vector<Heading> columns = {{kDatasetHead, true},
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
        std::find_if(columns.begin(), columns.end(), [&](const Heading& c) { return c.head == head; });
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
              left_out(results.tests.size(), "tests.csv"),
          columns, cells));
}

std::string ranks_section(const Results& results) {
  if (results.ranks.empty()) return "";
  const FriedmanRow& test = results.friedman.front();
  std::vector<std::vector<Cell>> cells;
  for (const RankRow& r : results.ranks) {
    if (cells.size() == kMostRows) break;
    cells.push_back(
        {{r.optimizer}, plain("{:.3f}", r.mean_rank), plain("{:.2f}", r.z), p_value(r.p), p_value(r.p_holm)});
  }
  return section(
      "ranks", "Ranks over all problems",
      html_table(
          "Ranks",
          fmt::format("Mean rank by mean test error over {} problems (data set and network), 1 is the "
                      "lowest. Each against the best: normal, p two-sided, Holm's correction. Friedman: "
                      "χ² = {:.3f}, p = {}; Iman and Davenport: p = {}. Mean ranks more than {:.3f} apart "
                      "differ at 5 % (Nemenyi).",
                      test.problems, test.chi_squared, p_text(test.p_chi_squared), p_text(test.p_f),
                      test.critical_difference) +
              left_out(results.ranks.size(), "ranks.csv"),
          {{"optimizer", true}, {"mean rank"}, {"z"}, {"p"}, {"p Holm"}}, cells));
}

std::string rates_section(const Results& results) {
  std::vector<std::vector<Cell>> cells;
  std::size_t all = 0;
  for (const OptimizerResult& o : results.optimizers) {
    std::map<double, int, std::greater<>> chosen;  // by how many trials
    int low = 0, high = 0;
    bool searched = false;
    for (const TrialResult& t : o.trials) {
      low += t.edge == "low", high += t.edge == "high", searched |= !t.search.empty();
      if (std::isfinite(t.learning_rate)) ++chosen[t.learning_rate];
    }
    if (chosen.empty() || ++all > kMostRows) continue;
    std::string rates, edge;
    for (const auto& [rate, trials] : chosen)
      rates += fmt::format("{}{} ({})", rates.empty() ? "" : ", ", number_text(rate, 3), trials);
    if (high > 0) edge += fmt::format("high in {}", high);
    if (low > 0) edge += fmt::format("{}low in {}", edge.empty() ? "" : ", ", low);
    cells.push_back({{o.dataset},
                     {o.network},
                     {o.label()},
                     {rates, csv_number(chosen.begin()->first), "w"},
                     {!searched      ? "not searched"
                      : edge.empty() ? "none"
                                     : edge,
                      csv_number(low + high), "t"}});
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

std::string unfinished_section(const Results& results) {
  std::vector<std::vector<Cell>> cells;
  std::size_t all = 0;
  for (const OptimizerResult& o : results.optimizers)
    for (const TrialResult& t : o.trials) {
      if (t.completed() || ++all > kMostRows) continue;
      const std::string seed = fmt::format("{}", t.seed);
      cells.push_back({{o.dataset},
                       {o.network},
                       {o.label()},
                       {seed, seed},
                       count(t.trial),
                       {to_text(t.status)},
                       count(t.epochs),
                       {t.message, "", "w"}});
    }
  if (all == 0) return "";
  return section("unfinished", "Trials that did not complete",
                 html_table("Trials that did not complete",
                            "They are in no mean; their epochs are in the tables and in the figures." +
                                left_out(all, "trials.csv"),
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
