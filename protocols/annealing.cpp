// annealing.cpp — the schedules.
#include "protocols/annealing.hpp"

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

}  // namespace

const std::vector<Schedule>& schedule_registry() {
  static const std::vector<Schedule> schedules = {
      {"bold-driver", "halve when the cost rose, else raise by a tenth (the paper's)", bold_driver},
      {"exponential", "times `decay` after every epoch", exponential},
      {"constant", "no change", constant},
      {"cosine", "half a cosine from the base rate to 0 at max-epochs", cosine},
      {"step", "times `decay` every `decay-every` epochs", step},
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
