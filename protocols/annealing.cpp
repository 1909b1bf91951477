// annealing.cpp — the schedules.
#include "protocols/annealing.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace symopt {

namespace {

// After epoch e ≥ 2: the rate is halved where the cost rose or is not finite, else raised by a tenth
// (Badrinarayanan, Mishra, Cipolla 2015; Battiti 1989).
double bold_driver(const ProtocolSettings& p, double, double rate, std::span<const double> costs) {
  if (costs.size() < 2) return rate;
  const double now = costs.back(), before = costs[costs.size() - 2];
  return rate * (now > before || !std::isfinite(now) ? p.bold_down : p.bold_up);
}

double exponential(const ProtocolSettings& p, double, double rate, std::span<const double>) {
  return p.decay * rate;
}

double constant(const ProtocolSettings&, double, double rate, std::span<const double>) { return rate; }

// From the base rate to 0 over max_epochs along half a cosine (Loshchilov and Hutter 2017, without restarts).
double cosine(const ProtocolSettings& p, double base, double, std::span<const double> costs) {
  const double progress = std::min(1.0, static_cast<double>(costs.size()) / p.max_epochs);
  return base * (1 + std::cos(std::numbers::pi * progress)) / 2;
}

double step(const ProtocolSettings& p, double, double rate, std::span<const double> costs) {
  return costs.size() % static_cast<size_t>(p.decay_every) == 0 ? p.decay * rate : rate;
}

// From the base rate to decay-end of it over decay-share of the epochs, by the power of what is left of them;
// there it stays (AlgoPerf's linear decay is power 1, share 0.9).
double polynomial(const ProtocolSettings& p, double base, double, std::span<const double> costs) {
  const double progress = std::min(1.0, static_cast<double>(costs.size()) / (p.decay_share * p.max_epochs));
  return base * (p.decay_end + (1 - p.decay_end) * std::pow(1 - progress, p.decay_power));
}

}  // namespace

double rate_after(const ProtocolSettings& protocol, double base, double rate, std::span<const double> costs) {
  const auto warmup = static_cast<size_t>(protocol.warmup);
  if (costs.size() < warmup)
    return base * static_cast<double>(costs.size() + 1) / static_cast<double>(warmup + 1);
  if (costs.size() == warmup) return base;
  const Schedule& schedule = find_schedule(protocol.annealing);
  if (warmup == 0) return schedule.next(protocol, base, rate, costs);
  ProtocolSettings after = protocol;
  after.max_epochs = std::max(1, protocol.max_epochs - protocol.warmup);
  return schedule.next(after, base, rate, costs.subspan(warmup));
}

const std::vector<Schedule>& schedule_registry() {
  static const std::vector<Schedule> schedules = {
      {"bold-driver", "halve when the cost rose, else raise by a tenth (the paper's)", bold_driver},
      {"exponential", "times `decay` after every epoch", exponential},
      {"constant", "no change", constant},
      {"cosine", "half a cosine from the base rate to 0 at max-epochs", cosine},
      {"step", "times `decay` every `decay-every` epochs", step},
      {"polynomial", "from the base rate to `decay-end` of it by `decay-power`", polynomial},
  };
  return schedules;
}

const Schedule& find_schedule(std::string_view name) {
  std::vector<std::string> names;
  for (const Schedule& schedule : schedule_registry()) {
    if (schedule.name == name) return schedule;
    names.push_back(schedule.name);
  }
  throw unknown_name("annealing", name, names);
}

}  // namespace symopt
