// ranking.cpp — ranks, Friedman's statistic and what follows from it.
#include "results/ranking.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace symopt {

namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

using Problem = std::pair<std::string, std::string>;

double error_of(const Group& group) {
  return group.test_error.empty() ? std::numeric_limits<double>::infinity() : mean(group.test_error);
}

// Ranks of values, 1 for the lowest, equal ones at their mean rank.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<double> ranks;
  for (const double v : values) {
    double below = 0, equal = 0;
    for (const double other : values) below += other < v, equal += other == v;
    ranks.push_back(below + (equal + 1) / 2);
  }
  return ranks;
}

// By problem and by how it is called over all of them, each optimizer's error.
using Errors = std::map<std::string, std::map<Problem, double>>;

Errors errors_by_name(const std::vector<Group>& groups) {
  std::map<std::pair<Problem, std::string>, int> settings;
  for (const Group& g : groups) ++settings[{{g.dataset, g.network}, g.optimizer_name}];
  std::set<std::string> several;  // names that have more than one setting somewhere
  for (const auto& [key, count] : settings)
    if (count > 1) several.insert(key.second);
  Errors errors;
  for (const Group& g : groups)
    errors[several.contains(g.optimizer_name) ? g.optimizer : g.optimizer_name][{g.dataset, g.network}] =
        error_of(g);
  return errors;
}

// P(range of k standard normal values ≤ q) = k ∫ φ(z) (Φ(z) − Φ(z − q))^(k−1) dz, by Simpson's rule.
double range_below(double q, int k) {
  const boost::math::normal_distribution<> normal;
  constexpr int kSteps = 2000;
  constexpr double kFrom = -9, kTo = 9 + 9;
  const double h = (kTo - kFrom) / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double z = kFrom + i * h;
    const double inside = boost::math::cdf(normal, z) - boost::math::cdf(normal, z - q);
    const double weight = i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * boost::math::pdf(normal, z) * std::pow(inside, k - 1);
  }
  return k * sum * h / 3;
}

void test(Ranking& ranking) {
  const auto k = static_cast<double>(ranking.optimizers.size()),
             n = static_cast<double>(ranking.problems.size());
  double squares = 0;
  for (const Ranked& r : ranking.optimizers) squares += r.mean_rank * r.mean_rank;
  // Ties lower what ranks can vary by: the statistic is divided by 1 − Σ(t³ − t)/(N(k³ − k)).
  double ties = 0;
  for (std::size_t p = 0; p < ranking.problems.size(); ++p) {
    std::map<double, double> equal;
    for (const Ranked& r : ranking.optimizers) ++equal[r.ranks[p]];
    for (const auto& [rank, t] : equal) ties += t * t * t - t;
  }
  const double untied = 1 - ties / (n * (k * k * k - k));
  if (untied <= 0) {  // every problem has all optimizers equal
    ranking.chi_squared = 0, ranking.f = 0;
  } else {
    ranking.chi_squared =
        std::max(0.0, 12 * n / (k * (k + 1)) * (squares - k * (k + 1) * (k + 1) / 4) / untied);
    const double rest = n * (k - 1) - ranking.chi_squared;
    // Where all problems agree the rest is 0 but for rounding.
    ranking.f = rest <= 1e-9 * n * (k - 1) ? std::numeric_limits<double>::infinity()
                                           : (n - 1) * ranking.chi_squared / rest;
  }
  ranking.p_chi_squared = boost::math::cdf(
      boost::math::complement(boost::math::chi_squared_distribution<>(k - 1), ranking.chi_squared));
  ranking.p_f = std::isinf(ranking.f)
                    ? 0
                    : boost::math::cdf(boost::math::complement(
                          boost::math::fisher_f_distribution<>(k - 1, (k - 1) * (n - 1)), ranking.f));
  const double error = std::sqrt(k * (k + 1) / (6 * n));
  ranking.critical_difference = nemenyi(static_cast<int>(k)) * error;

  std::vector<double> p;
  const double best = ranking.optimizers.front().mean_rank;
  for (std::size_t i = 0; i < ranking.optimizers.size(); ++i) {
    Ranked& r = ranking.optimizers[i];
    r.z = i == 0 ? kNoNumber : (r.mean_rank - best) / error;
    r.p = i == 0 ? kNoNumber : std::erfc(r.z / std::sqrt(2.0));
    p.push_back(r.p);
  }
  p = holm(p);
  for (std::size_t i = 0; i < p.size(); ++i) ranking.optimizers[i].p_holm = p[i];
}

}  // namespace

double nemenyi(int k) {
  double low = 0, high = 20;
  while (high - low > 1e-10) {
    const double middle = (low + high) / 2;
    (range_below(middle, k) < 0.95 ? low : high) = middle;
  }
  return low / std::sqrt(2.0);
}

Ranking rank(const std::vector<Group>& groups) {
  std::vector<Problem> problems;
  std::vector<std::string> names;  // in the order of the groups
  const Errors errors = errors_by_name(groups);
  for (const Group& g : groups) {
    const Problem problem{g.dataset, g.network};
    if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(problem);
    for (const std::string& name : {g.optimizer_name, g.optimizer})
      if (errors.contains(name) && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
  }
  Ranking ranking;
  std::erase_if(names, [&](const std::string& name) {
    const bool somewhere_not = errors.at(name).size() < problems.size();
    if (somewhere_not) ranking.left_out.push_back(name);
    return somewhere_not;
  });
  if (static_cast<int>(problems.size()) < kFewestProblems || names.size() < 2) return {};
  for (const Problem& problem : problems)
    ranking.problems.push_back(fmt::format("{} {}", problem.first, problem.second));
  for (const std::string& name : names) ranking.optimizers.push_back({name, {}, 0, 0, 0, 0});
  for (const Problem& problem : problems) {
    std::vector<double> values;
    for (const std::string& name : names) values.push_back(errors.at(name).at(problem));
    const std::vector<double> ranks = ranks_of(values);
    for (std::size_t i = 0; i < names.size(); ++i) ranking.optimizers[i].ranks.push_back(ranks[i]);
  }
  for (Ranked& r : ranking.optimizers) r.mean_rank = mean(r.ranks);
  std::stable_sort(ranking.optimizers.begin(), ranking.optimizers.end(),
                   [](const Ranked& a, const Ranked& b) { return a.mean_rank < b.mean_rank; });
  test(ranking);
  return ranking;
}

}  // namespace symopt
