// profiles.cpp — ratios to the best, shares of problems, scores.
#include "results/profiles.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "results/statistics.hpp"

namespace symopt {

namespace {

constexpr double kNotSolved = std::numeric_limits<double>::infinity();

}  // namespace

std::vector<Costs> performance_ratios(const std::vector<Costs>& costs) {
  std::vector<Costs> ratios = costs;
  const std::size_t problems = costs.empty() ? 0 : costs[0].size();
  for (std::size_t p = 0; p < problems; ++p) {
    double lowest = kNotSolved;
    for (const Costs& solver : costs) {
      assert(solver.size() == problems);
      if (solver[p] < lowest) lowest = solver[p];
    }
    for (std::size_t s = 0; s < costs.size(); ++s) {
      const double cost = costs[s][p];
      // Equal costs first: neither 0/0 nor a rounded quotient.
      ratios[s][p] = !(cost < kNotSolved) ? kNotSolved : cost == lowest ? 1 : cost / lowest;
    }
  }
  return ratios;
}

std::vector<std::pair<double, double>> profile_steps(std::span<const double> ratios) {
  std::vector<double> corners;
  for (const double r : ratios)
    if (std::isfinite(r)) corners.push_back(r);
  std::sort(corners.begin(), corners.end());
  std::vector<std::pair<double, double>> steps;
  for (std::size_t i = 0; i < corners.size(); ++i)
    if (i + 1 == corners.size() || corners[i] < corners[i + 1])
      steps.emplace_back(corners[i], static_cast<double>(i + 1) / static_cast<double>(ratios.size()));
  return steps;
}

double profile_score(std::span<const double> ratios, double r_max) {
  assert(r_max > 1);
  double sum = 0;
  for (const double r : ratios)
    if (r < r_max) sum += (r_max - r) / (r_max - 1);
  return sum / static_cast<double>(ratios.size());
}

std::string to_text(Problems problems) { return problems == Problems::networks ? "networks" : "trials"; }

std::vector<OptimizerProfile> profiles(const std::vector<TargetGroup>& groups, Problems problems,
                                       double Effort::*quantity) {
  using Problem = std::tuple<std::string, std::string, std::uint64_t, int>;
  std::map<Problem, std::size_t> columns;
  std::map<std::pair<std::string, std::string>, std::size_t> rows;
  std::vector<OptimizerProfile> found;
  struct Cell {
    std::size_t row, column;
    double cost;
  };
  std::vector<Cell> cells;
  for (const TargetGroup& g : groups) {
    const std::size_t row = rows.emplace(std::pair(g.optimizer, g.settings), found.size()).first->second;
    if (row == found.size()) found.push_back({g.optimizer, g.settings, {}});
    const auto add = [&](std::uint64_t seed, int trial, double cost) {
      const auto column =
          columns.emplace(Problem(g.dataset, g.network, seed, trial), columns.size()).first->second;
      cells.push_back({row, column, cost});
    };
    if (problems == Problems::networks) {
      add(0, 0, median(g.of(quantity)));
    } else {
      for (std::size_t i = 0; i < g.trial.size(); ++i)
        add(g.trial[i].first, g.trial[i].second, g.effort[i].*quantity);
    }
  }
  // An optimizer that was not run on a problem has not solved it.
  std::vector<Costs> costs(found.size(), Costs(columns.size(), kNotSolved));
  for (const Cell& cell : cells) costs[cell.row][cell.column] = cell.cost;
  const std::vector<Costs> ratios = performance_ratios(costs);
  for (std::size_t s = 0; s < found.size(); ++s) found[s].ratios = ratios[s];
  return found;
}

}  // namespace symopt
