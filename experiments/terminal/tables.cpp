// tables.cpp — tables as aligned text.
#include "experiments/terminal/tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/text.hpp"
#include "results/class_metrics.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace {

size_t width(const std::string& text) { return static_cast<size_t>(text_length(text)); }

std::string number(const char* format, double value) {
  return std::isnan(value) ? "–" : fmt::format(fmt::runtime(format), value);
}

constexpr std::size_t kMostPairs = 66;  // of 12 optimizers

// A symmetry keeps the loss; its action by finite steps, to some parts in a thousand.
constexpr double kLossChange = 0.01;

template <class Rows, class DatasetOf>
bool several_datasets(const Rows& rows, const DatasetOf& dataset_of) {
  std::set<std::string> datasets;
  for (const auto& row : rows) datasets.insert(dataset_of(row));
  return datasets.size() > 1;
}
constexpr auto kOwnDataset = [](const auto& row) { return row.dataset; };
constexpr auto kSpecDataset = [](const TrialRecord& record) { return record.spec.dataset; };

// Trained at a rate at which nothing moves, a trial completes as any other.
std::string unchanged_lines(const std::vector<Group>& groups, bool several) {
  std::string text;
  for (const Group& g : groups)
    if (g.unchanged > 0)
      text += fmt::format(
          "  {} {}: completed, unchanged: in {} of {} trials no parameter moved, as the rate is too small; "
          "their errors "
          "are those of the starting values\n",
          network_place(several, g.dataset, g.network), g.optimizer, g.unchanged, g.completed);
  return text;
}

std::string p_value(double p) { return p < 1e-4 ? "<0.0001" : number("{:.4f}", p); }

}  // namespace

std::string network_place(bool several, const std::string& dataset, const std::string& network) {
  return several ? fmt::format("{} {}", dataset, network) : network;
}

std::string align(const std::vector<std::vector<std::string>>& rows, size_t left) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - width(row[i]), ' ');
      line += fmt::format(" {}{}{} ", i < left ? "" : pad, row[i], i < left ? pad : "");
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string data_set_line(const std::string& name) {
  const char* remark = name == "synth-digits" ? ", which the program draws itself; not MNIST"
                       : name == "synth-shapes" || name == "synth-streets"
                           ? ", which the program draws itself"
                       : name == "cifar10-jpeg" ? ", of pictures that were stored as JPEG; not CIFAR-10"
                                                : "";
  return fmt::format("Data set: {}{}\n", name, remark);
}

std::string error_line(const std::string& metric) {
  const std::string words = error_words(metric);
  return words.empty() ? "" : fmt::format("Error: {}\n", words);
}

std::string error_table(const std::vector<Group>& groups, const IntervalRule& rule) {
  std::vector<std::vector<std::string>> rows = {{"network", "optimizer", "mean ± variance", "sd", "median",
                                                 "95 % interval", "completed", "diverged", "failed",
                                                 "s/trial"}};
  std::set<std::string> kinds;
  const bool several = several_datasets(groups, kOwnDataset);
  for (const Group& g : groups) {
    const GroupSummary s = summarize(g.test_error, rule_of(g, rule));
    if (!std::isnan(s.interval.low)) kinds.insert(to_text(s.interval.kind));
    rows.push_back({network_place(several, g.dataset, g.network), g.optimizer,
                    g.test_error.empty()
                        ? "–"
                        : fmt::format("{:.3f} ± {}", 100 * s.mean, number("{:.5f}", 1e4 * s.variance)),
                    number("{:.3f}", 100 * s.deviation), number("{:.3f}", 100 * s.median),
                    std::isnan(s.interval.low)
                        ? "–"
                        : fmt::format("{:.3f}–{:.3f}", 100 * s.interval.low, 100 * s.interval.high),
                    fmt::format("{}", g.completed), fmt::format("{}", g.diverged),
                    failed_text(g.failed, g.timed_out), number("{:.1f}", median(g.seconds))});
  }
  return fmt::format(
             "Test error in % (variance in %²) over the completed trials; 95 % interval of the mean: {}; "
             "seconds: median of the full training\n",
             interval_words(kinds)) +
         align(rows, 2) + unchanged_lines(groups, several);
}

std::string effort_table(const std::vector<TargetGroup>& groups) {
  std::vector<std::vector<std::string>> rows = {
      {"network", "optimizer", "target", "reached", "epochs", "range", "s"}};
  const auto effort = [](double x) { return std::isinf(x) ? std::string("∞") : number("{:.3g}", x); };
  const bool several = several_datasets(groups, kOwnDataset);
  for (const TargetGroup& g : groups) {
    const std::vector<double> epochs = g.of(&Effort::epochs);
    rows.push_back({network_place(several, g.dataset, g.network), optimizer_label(g.optimizer, g.settings),
                    number("{:.3f}", 100 * g.target), fmt::format("{}/{}", g.reached(), g.effort.size()),
                    effort(median(epochs)),
                    g.reached() == 0
                        ? "–"
                        : fmt::format("{}–{}", effort(quantile(epochs, 0)), effort(quantile(epochs, 1))),
                    effort(median(g.of(&Effort::seconds)))});
  }
  return fmt::format(
             "Effort until the validation error is at most the target in % (rule: {}); medians over all "
             "trials, ∞ never\n",
             groups.empty() ? "none" : groups[0].rule) +
         align(rows, 2);
}

std::string comparison_table(const std::vector<Comparison>& comparisons) {
  if (comparisons.size() > kMostPairs)
    return fmt::format("{} paired comparisons of test errors: tests.csv\n", comparisons.size());
  std::vector<std::vector<std::string>> rows = {{"network", "a", "b", "a − b", "95 % interval", "pairs", "t",
                                                 "p", "p Holm", "Wilcoxon p", "Holm", "d_z"}};
  const bool zeros = std::ranges::any_of(comparisons, [](const Comparison& c) { return c.test.zeros > 0; });
  if (zeros) rows[0].push_back("zeros");
  std::set<std::string> kinds;
  std::map<std::string, std::vector<std::string>> untested;  // by reason
  const bool several = several_datasets(comparisons, kOwnDataset);
  for (const Comparison& c : comparisons) {
    const std::string network = network_place(several, c.dataset, c.network);
    const PairedTest& t = c.test;
    if (!std::isnan(t.interval.low)) kinds.insert(to_text(t.interval.kind));
    if (const std::string reason = untested_reason(t.pairs, t.p_t); !reason.empty())
      untested[reason].push_back(fmt::format("{} − {} on {}", c.a, c.b, network));
    rows.push_back({network, c.a, c.b, number("{:+.3f}", 100 * t.mean_difference),
                    std::isnan(t.interval.low)
                        ? "–"
                        : fmt::format("{:+.3f} to {:+.3f}", 100 * t.interval.low, 100 * t.interval.high),
                    fmt::format("{}", t.pairs), number("{:.2f}", t.t), p_value(t.p_t), p_value(c.p_t_holm),
                    p_value(t.p_wilcoxon), p_value(c.p_wilcoxon_holm), number("{:.2f}", t.d_z)});
    if (zeros) rows.back().push_back(fmt::format("{}", t.zeros));
  }
  std::string text = fmt::format(
      "Paired differences of the test error in percentage points; 95 % interval of their mean: {}; p "
      "two-sided, Holm over all tests of the table{}\n{}",
      interval_words(kinds), zeros ? "; zeros: differences of 0, which Wilcoxon's test drops" : "",
      align(rows, 3));
  for (const auto& [reason, pairs] : untested)
    text += fmt::format("  –, not tested and not counted by Holm: {}: {}\n", reason, fmt::join(pairs, ", "));
  return text;
}

std::string ranking_table(const Ranking& ranking) {
  if (ranking.empty()) return "";
  std::vector<std::vector<std::string>> rows = {{"optimizer", "mean rank", "ranks", "z", "p", "p Holm"}};
  for (const Ranked& r : ranking.optimizers) {
    std::string ranks;
    for (const double one : r.ranks) ranks += fmt::format("{}{:g}", ranks.empty() ? "" : " ", one);
    const bool best = std::isnan(r.p);
    rows.push_back({r.optimizer, fmt::format("{:.3f}", r.mean_rank), ranks,
                    best ? "–" : fmt::format("{:.2f}", r.z), best ? "–" : p_value(r.p),
                    best ? "–" : p_value(r.p_holm)});
  }
  std::string text = fmt::format(
      "Ranks by mean test error over {} problems ({}); each against the best, p two-sided, Holm over all\n{}",
      ranking.problems.size(), fmt::join(ranking.problems, ", "), align(rows, 1));
  text += fmt::format(
      "  Friedman: χ² = {:.3f}, p = {}; Iman and Davenport: F = {}, p = {}; mean ranks more than {:.3f} "
      "apart "
      "differ at 5 % (Nemenyi)\n",
      ranking.chi_squared, p_value(ranking.p_chi_squared),
      std::isinf(ranking.f) ? "∞" : fmt::format("{:.3f}", ranking.f), p_value(ranking.p_f),
      ranking.critical_difference);
  if (!ranking.left_out.empty())
    text += fmt::format("  not on every problem, and not ranked: {}\n", fmt::join(ranking.left_out, ", "));
  return text;
}

std::string rate_table(const std::vector<TrialRecord>& records) {
  struct Count {
    std::map<double, int, std::greater<>> chosen;
    int low = 0, high = 0;
  };
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, Count> counts;
  const std::vector<std::string> settings = settings_texts(records);
  const bool several = several_datasets(records, kSpecDataset);
  for (size_t i = 0; i < records.size(); ++i) {
    const TrialRecord& r = records[i];
    if (r.search.empty() || std::isnan(r.learning_rate)) continue;
    const std::pair key(network_place(several, r.spec.dataset, r.spec.network),
                        optimizer_label(r.spec.optimizer, settings[i]));
    if (!counts.contains(key)) order.push_back(key);
    Count& count = counts[key];
    ++count.chosen[r.learning_rate];
    count.low += r.edge == "low";
    count.high += r.edge == "high";
  }
  if (order.empty()) return "";
  std::vector<std::vector<std::string>> rows = {
      {"network", "optimizer", "chosen rates (trials)", "edge of the grid"}};
  for (const auto& key : order) {
    std::string chosen, edge;
    for (const auto& [rate, n] : counts[key].chosen)
      chosen += fmt::format("{}{:.3g} ({})", chosen.empty() ? "" : ", ", rate, n);
    if (counts[key].high > 0) edge += fmt::format("high in {}", counts[key].high);
    if (counts[key].low > 0) edge += fmt::format("{}low in {}", edge.empty() ? "" : ", ", counts[key].low);
    rows.push_back({key.first, key.second, chosen, edge.empty() ? "none" : edge});
  }
  return "Learning rates that the search chose\n" + align(rows, 4);
}

std::string teleport_table(const std::vector<TrialRecord>& records) {
  using Key = std::pair<std::string, std::string>;  // network, optimizer with its settings
  std::vector<Key> order;
  std::map<Key, std::vector<Teleport>> all;
  const std::vector<std::string> settings = settings_texts(records);
  const bool several = several_datasets(records, kSpecDataset);
  for (size_t i = 0; i < records.size(); ++i)
    for (const Teleport& t : records[i].teleports) {
      const Key key(network_place(several, records[i].spec.dataset, records[i].spec.network),
                    optimizer_label(records[i].spec.optimizer, settings[i]));
      if (!all.contains(key)) order.push_back(key);
      all[key].push_back(t);
    }
  if (order.empty()) return "";
  std::vector<std::vector<std::string>> rows = {{"network", "optimizer", "teleports", "skipped",
                                                 "‖∇L‖² after/before", "loss after/before", "furthest from 1",
                                                 "ms"}};
  int lossy = 0, idle = 0;
  for (const Key& key : order) {
    std::vector<double> gradient, loss, seconds;
    int skipped = 0;
    double furthest = 1;
    for (const Teleport& t : all[key]) {
      seconds.push_back(t.seconds);
      if (t.ascents == 0) {
        ++skipped;
        continue;
      }
      gradient.push_back(t.gradient_after / t.gradient_before);
      loss.push_back(t.loss_after / t.loss_before);
      if (!(std::abs(loss.back() - 1) <= std::abs(furthest - 1))) furthest = loss.back();
      lossy += !(std::abs(loss.back() - 1) <= kLossChange);
    }
    const bool none = gradient.empty();
    idle += none;
    rows.push_back({key.first, key.second, fmt::format("{}", all[key].size()), fmt::format("{}", skipped),
                    none ? "–" : fmt::format("{:.4g}", median(gradient)),
                    none ? "–" : fmt::format("{:.6g}", median(loss)),
                    none ? "–" : fmt::format("{:.6g}", furthest),
                    fmt::format("{:.1f}", 1e3 * median(seconds))});
  }
  std::string text = "Teleports of the trials (medians, and the loss that changed most)\n" + align(rows, 2);
  if (lossy > 0)
    text += fmt::format(
        "  teleports that change the loss by more than {:.0f} %: {} (ascent steps too long for their "
        "action)\n",
        100 * kLossChange, lossy);
  if (idle > 0)
    text +=
        fmt::format("  optimizers whose teleports were all skipped, so that they ran as without: {}\n", idle);
  return text;
}

}  // namespace symopt
