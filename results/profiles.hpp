// profiles.hpp — performance profiles (Dolan, Moré 2002): of each solver the share of problems that it solves
// at no more than τ times the lowest cost; and AlgoPerf's score, the profile's mean over τ in [1, 4].
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "results/targets.hpp"

namespace symopt {

/// Costs or ratios of one solver, a number a problem. A problem that was not solved has infinite cost.
using Costs = std::vector<double>;

/// r = cost / lowest cost of any solver, problem by problem; infinite where the solver did not solve it. All
/// solvers must have as many problems. A NaN counts as not solved.
std::vector<Costs> performance_ratios(const std::vector<Costs>& costs);
/// The corners of the step function ρ(τ), the share of ratios that are at most τ: every finite ratio once,
/// rising, with ρ there.
std::vector<std::pair<double, double>> profile_steps(std::span<const double> ratios);
/// ∫ρ(τ)dτ / (r_max − 1) over [1, r_max], exactly: the mean over problems of the share of that range that
/// lies above the problem's ratio. In [0, 1]; NaN without problems.
double profile_score(std::span<const double> ratios, double r_max = 4);

/// Every optimizer with its ratios.
struct OptimizerProfile {
  std::string optimizer, settings;
  Costs ratios;
};
/// What a problem is: a (dataset, network), with the median over its trials as the cost (AlgoPerf's
/// workloads), or each (dataset, network, seed, trial), in which the optimizers have the same data and draws.
enum class Problems { networks, trials };
std::string to_text(Problems problems);
std::vector<OptimizerProfile> profiles(const std::vector<TargetGroup>& groups, Problems problems,
                                       double Effort::*quantity);

}  // namespace symopt
