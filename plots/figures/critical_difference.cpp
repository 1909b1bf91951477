// critical_difference.cpp — Demšar's diagram: mean ranks on a line, bars over those that Nemenyi's test does
// not tell apart.
#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/numbers.hpp"

namespace symopt {

namespace {

// Places in `ranks`, which rise, from … to: the longest runs within a critical difference.
std::vector<std::pair<std::size_t, std::size_t>> cliques(const std::vector<double>& ranks, double apart) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (std::size_t from = 0; from < ranks.size(); ++from) {
    std::size_t to = from;
    while (to + 1 < ranks.size() && ranks[to + 1] - ranks[from] <= apart) ++to;
    if (to > from && (runs.empty() || to > runs.back().second)) runs.emplace_back(from, to);
  }
  return runs;
}

}  // namespace

Drawing critical_difference(const Results& results) {
  const FriedmanRow& test = results.friedman.at(0);
  const std::size_t n = std::min<std::size_t>(results.ranks.size(), kMostShown);
  constexpr int kPanel = 460, kRow = 22, kAxis = 104, kBar = 12;
  Drawing drawing;
  drawing.name = "critical_difference";
  drawing.scripts = {"critical_difference"};

  std::vector<std::string> names;
  std::vector<double> ranks;
  int widest_name = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const RankRow& row = results.ranks[i];
    ranks.push_back(row.mean_rank);
    names.push_back(fmt::format("{} {:.2f}", shorten(row.optimizer, 34), row.mean_rank));
    widest_name = std::max(widest_name, text_width(names.back()));
  }
  const auto bars = cliques(ranks, test.critical_difference);
  // The better half hangs to the left, from the top down; the others to the right, from the bottom up.
  const std::size_t half = (n + 1) / 2;
  const int below = kAxis + 16 + kBar * static_cast<int>(bars.size());
  std::vector<int> rows, left_side;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t down = i < half ? i : n - 1 - i;
    rows.push_back(below + kRow * static_cast<int>(down) + 10);
    left_side.push_back(i < half);
  }
  std::vector<double> bar_from, bar_to;
  for (const auto& [from, to] : bars) bar_from.push_back(ranks[from]), bar_to.push_back(ranks[to]);

  const double last = std::max<double>(test.optimizers, 1 + test.critical_difference);
  const int left = widest_name + 34;
  drawing.width = 2 * left + kPanel;
  drawing.height = below + kRow * static_cast<int>(half) + 70;
  set_frame(drawing,
            fmt::format("Mean ranks of {} optimizers over {} problems", test.optimizers, test.problems),
            fmt::format(
                "Rank 1: the lowest mean test error of a data set and network. Bars join optimizers whose "
                "mean ranks are less than the critical difference of {:.3f} apart, which Nemenyi's test "
                "does not tell apart at 5 %. Friedman's test: p = {}.{}",
                test.critical_difference, p_text(test.p_f),
                n < results.ranks.size() ? fmt::format(" Drawn: the best {} of {}.", n, results.ranks.size())
                                         : ""));
  drawing.data.begin("mean rank, optimizers from the best on");
  for (const double rank : ranks) drawing.data.row({rank, 0});
  drawing.variables.set("n", static_cast<double>(n));
  drawing.variables.set("panel", kPanel);
  drawing.variables.set("left", left);
  drawing.variables.set("axis", kAxis);
  drawing.variables.set("last", last);
  drawing.variables.set("apart", test.critical_difference);
  drawing.variables.set("apart_text", fmt::format("Critical difference {:.3f}", test.critical_difference));
  drawing.variables.set("xticks",
                        tick_list(ticks_of({.low = 1, .high = last, .pixels = kPanel, .whole = true})));
  drawing.variables.set("label", names);
  drawing.variables.set("rank", ranks);
  drawing.variables.set("row", rows);
  drawing.variables.set("on_left", left_side);
  drawing.variables.set("bars", static_cast<double>(bars.size()));
  drawing.variables.set("bar", kBar);
  drawing.variables.set("bar_from", bars.empty() ? std::vector<double>{1} : bar_from);
  drawing.variables.set("bar_to", bars.empty() ? std::vector<double>{1} : bar_to);
  return drawing;
}

}  // namespace symopt
