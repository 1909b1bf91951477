// annealing.hpp — how the learning rate changes after an epoch.
#pragma once
#include <span>
#include <string_view>

#include "results/trial.hpp"

namespace symopt {

/// One schedule. `next` gives the rate of epoch e + 1, e = costs.size() ≥ 1.
struct Schedule {
  std::string name, help;
  /// base: the rate of the first epoch; rate: of epoch e; costs: mean batch loss of epochs 1 … e.
  double (*next)(const ProtocolSettings& protocol, double base, double rate, std::span<const double> costs);
};

/// The rate of epoch costs.size() + 1, after epochs of those costs, the last of them at `rate`: W = warmup
/// epochs at base·(e + 1)/(W + 1), e = 0, …, W − 1; then the protocol's schedule, which knows of the epochs
/// after them alone and begins with the base rate.
double rate_after(const ProtocolSettings& protocol, double base, double rate, std::span<const double> costs);

/// bold-driver (the paper's), exponential, constant, cosine, step, polynomial.
const std::vector<Schedule>& schedule_registry();
const Schedule& find_schedule(std::string_view name);

}  // namespace symopt
