// sweep.cpp — axes as text, and points.
#include "experiments/plan/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/random.hpp"
#include "core/text.hpp"
#include "results/text.hpp"

namespace symopt {

namespace {

constexpr int kMostPoints = 100000;

UsageError malformed(const std::string& axis, const std::string& expected, const std::string& found) {
  return UsageError(fmt::format("axis '{}': expected {}, found '{}'", axis, expected, found));
}

// Between low and high at `u` in [0, 1].
double between(const Axis& axis, double u) {
  if (u == 0 || u == 1) return u == 0 ? axis.low : axis.high;
  const auto geometric = [u](double low, double high) {
    return std::exp(std::log(low) + u * (std::log(high) - std::log(low)));
  };
  // Four digits of the distance from 1, and none of the subtraction's rounding.
  if (axis.from_one)
    return std::clamp(
        to_double("value", fmt::format("{:.12g}", 1 - rounded(geometric(1 - axis.low, 1 - axis.high)))),
        axis.low, axis.high);
  const double value =
      axis.logarithmic ? geometric(axis.low, axis.high) : axis.low + u * (axis.high - axis.low);
  return std::clamp(rounded(value), axis.low, axis.high);
}

// low:high:log|lin[:N]
void parse_range(Axis& axis, const std::string& label, const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() < 3 || parts.size() > 4 || (parts[2] != "log" && parts[2] != "lin" && parts[2] != "log1m"))
    throw malformed(label, "LOW:HIGH:log|lin|log1m[:COUNT]", text);
  axis.range = true;
  axis.low = to_double(label, parts[0]), axis.high = to_double(label, parts[1]);
  axis.logarithmic = parts[2] == "log", axis.from_one = parts[2] == "log1m";
  if (!(axis.low < axis.high) || std::isinf(axis.high) || std::isinf(axis.low))
    throw malformed(label, "a low end below the high one", text);
  if (axis.logarithmic && axis.low <= 0) throw malformed(label, "ends above 0 for log", text);
  if (axis.from_one && axis.high >= 1) throw malformed(label, "ends below 1 for log1m", text);
  if (parts.size() < 4) return;
  const std::int64_t count = to_integer(label, parts[3]);
  if (count < 2 || count > kMostPoints)
    throw malformed(label, fmt::format("2 to {} values", kMostPoints), parts[3]);
  for (std::int64_t i = 0; i < count; ++i)
    axis.values.push_back(to_text(between(axis, static_cast<double>(i) / static_cast<double>(count - 1))));
}

// Each value once, however it is written: 0.1 and 1e-1 are one.
void check_different(const std::vector<std::string>& values, const std::string& label) {
  std::map<std::string, std::string> seen;  // what it says → as it was written first
  for (const std::string& value : values) {
    const auto number = exact_double(value);
    const auto [first, is_new] = seen.emplace(number ? to_text(*number + 0.0) : value, value);
    if (!is_new)
      throw UsageError(
          fmt::format("axis '{}': expected each value once, found {}", label, twice(first->second, value)));
  }
}

std::string label_of(const Axis& axis) {
  return axis.optimizer.empty() ? axis.name : axis.optimizer + "." + axis.name;
}

bool holds(const OptimizerEntry& entry, const std::string& name) {
  return scope_of(entry, name) == Scope::own;
}

// The option that an axis without optimizer means for this one. UsageError where it has none, or two.
void check_common(const Axis& axis, const OptimizerEntry& entry) {
  const bool own = holds(entry, axis.name), of_trial = is_of_trial(axis.name);
  if (own && of_trial)
    throw UsageError(
        fmt::format("axis '{0}': expected {1}.{0} or protocol.{0}, because {1} and the protocol have an "
                    "option of that name, found '{0}'",
                    axis.name, entry.name));
  if (own || of_trial) return;
  std::set<std::string> names = {"lr", "start", "precision"};
  for (const OptimizerEntry& other : optimizer_registry())
    for (const OptionInfo& info : other.options) names.insert(info.name);
  if (!names.contains(axis.name)) {
    for (const OptionInfo& info : protocol_options().infos()) names.insert(info.name);
    throw unknown_name("axis", axis.name, {names.begin(), names.end()});
  }
  throw UsageError(fmt::format(
      "axis '{0}': expected an option of every optimizer, but {1} lacks it; name those that have it: "
      "OPTIMIZER.{0}=…",
      axis.name, entry.name));
}

// The i-th number of the van der Corput sequence in `base`, i ≥ 1.
double radical_inverse(std::uint64_t i, std::uint64_t base) {
  double inverse = 0, digit = 1;
  for (; i > 0; i /= base) {
    digit /= static_cast<double>(base);
    inverse += digit * static_cast<double>(i % base);
  }
  return inverse;
}

std::uint64_t prime(size_t index) {
  std::uint64_t candidate = 2;
  for (size_t found = 0;; ++candidate) {
    bool is_prime = true;
    for (std::uint64_t d = 2; d * d <= candidate && is_prime; ++d) is_prime = candidate % d != 0;
    if (is_prime && found++ == index) return candidate;
  }
}

// Coordinates in [0, 1), one sequence a dimension.
class Sampler {
 public:
  Sampler(bool halton, size_t dimension, std::uint64_t seed)
      : halton_(halton),
        stream_(Stream(seed, 0).fork(Purpose::sampler, dimension)),
        base_(prime(dimension)),
        shift_(halton ? stream_.uniform() : 0) {}
  double next() {
    if (!halton_) return stream_.uniform();
    const double u = radical_inverse(++index_, base_) + shift_;
    return u - std::floor(u);
  }

 private:
  bool halton_;
  Stream stream_;
  std::uint64_t base_, index_ = 0;
  double shift_;
};

std::string value_at(const Axis& axis, double u) {
  if (axis.values.empty()) {
    const double value = between(axis, u);
    return to_text(axis.integer ? std::round(value) : value);
  }
  const auto count = static_cast<double>(axis.values.size());
  return axis.values[static_cast<size_t>(std::min(u * count, count - 1))];
}

}  // namespace

std::string twice(const std::string& first, const std::string& second) {
  return first == second ? fmt::format("'{}' twice", first)
                         : fmt::format("'{}' and '{}', which are the same", first, second);
}

double rounded(double value) { return to_double("value", fmt::format("{:.4g}", value)); }

Axis parse_axis(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError(fmt::format("axis: expected NAME=VALUES, found '{}'", text));
  Axis axis;
  axis.name = text.substr(0, equals);
  const std::string label = axis.name, values = text.substr(equals + 1);
  const size_t dot = axis.name.find('.');
  if (dot != std::string::npos && !axis.name.starts_with("protocol.")) {
    axis.optimizer = axis.name.substr(0, dot);
    axis.name = axis.name.substr(dot + 1);
    find_optimizer(axis.optimizer);
  }
  if (values.find(':') != std::string::npos) {
    parse_range(axis, label, values);
  } else {
    axis.values = split(values, ',');
    for (const std::string& value : axis.values)
      if (value.empty()) throw malformed(label, "values between commas", values);
  }
  const std::set<std::string> different(axis.values.begin(), axis.values.end());
  if (different.size() < axis.values.size() && values.find(':') != std::string::npos)
    throw malformed(label, fmt::format("at most {} values, which differ in four digits", different.size()),
                    values);
  check_different(axis.values, label);
  return axis;
}

namespace {

bool is_integer(const Axis& axis) {
  const auto integer = [&](const std::vector<OptionInfo>& infos, const std::string& name) {
    return std::any_of(infos.begin(), infos.end(),
                       [&](const OptionInfo& info) { return info.name == name && info.type == "integer"; });
  };
  if (!axis.optimizer.empty() && holds(find_optimizer(axis.optimizer), axis.name))
    return integer(find_optimizer(axis.optimizer).options, axis.name);
  if (is_of_trial(axis.name)) return integer(protocol_options().infos(), full_name(axis.name));
  for (const OptimizerEntry& entry : optimizer_registry())
    if (integer(entry.options, axis.name)) return true;
  return false;
}

void round_to_integers(Axis& axis) {
  axis.integer = axis.range && is_integer(axis);
  if (!axis.integer) return;
  for (std::string& value : axis.values) value = to_text(std::round(to_double(axis.name, value)));
  const std::set<std::string> different(axis.values.begin(), axis.values.end());
  if (different.size() < axis.values.size())
    throw malformed(label_of(axis), fmt::format("at most {} whole numbers", different.size()),
                    fmt::format("{}", axis.values.size()));
}

}  // namespace

namespace {

Assignments axes_in(const char* option, const std::string& text) {
  try {
    return parse_settings(text);
  } catch (const UsageError&) {
    throw UsageError(fmt::format("option '{}': expected axes, NAME=VALUES, found '{}'", option, text));
  }
}

}  // namespace

Sweep::Sweep(const SweepSettings& settings, std::uint64_t seed) : settings_(settings), seed_(seed) {
  const bool grid = settings.sampler == "grid";
  if (grid && settings.budget > 0)
    throw UsageError("option 'budget': expected sampler=random or sampler=halton beside it, found grid");
  if (!grid && settings.budget < 1)
    throw UsageError(fmt::format("option 'sampler': expected a budget of at least 1 beside {}, found {}",
                                 settings.sampler, settings.budget));
  std::map<std::string, size_t> dimensions;
  std::set<std::string> seen;
  for (const bool zipped : {false, true})
    for (const auto& [name, values] : axes_in(zipped ? "zip" : "set", zipped ? settings.zip : settings.set)) {
      Axis axis = parse_axis(name + "=" + values);
      if (!seen.insert(label_of(axis)).second)
        throw UsageError(fmt::format("axis '{}': expected once, found twice", label_of(axis)));
      if (grid && axis.values.empty())
        throw malformed(label_of(axis), "a count, as in LOW:HIGH:log:9, for sampler grid", values);
      round_to_integers(axis);
      axis.zipped = zipped;
      axis.dimension =
          dimensions.emplace(zipped ? "" : full_name(axis.name), dimensions.size()).first->second;
      axes_.push_back(std::move(axis));
    }
  if (!grid && axes_.empty())
    throw UsageError(fmt::format(
        "option 'sampler': expected axes (option 'set' or 'zip') beside {}, found none", settings.sampler));
}

std::vector<const Axis*> Sweep::axes_of(const OptimizerEntry& entry) const {
  std::vector<const Axis*> mine;
  for (const Axis& axis : axes_) {
    const bool replaced = std::any_of(axes_.begin(), axes_.end(), [&](const Axis& other) {
      return other.optimizer == entry.name && full_name(other.name) == full_name(axis.name);
    });
    if (axis.optimizer == entry.name || (axis.optimizer.empty() && !replaced)) mine.push_back(&axis);
  }
  return mine;
}

namespace {

using Point = std::vector<std::string>;  // a value for each axis

// Axes that advance together: the zipped ones, and each other one alone.
std::vector<std::vector<size_t>> together(const std::vector<const Axis*>& axes) {
  std::vector<std::vector<size_t>> groups;
  std::vector<size_t> zipped;
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i]->zipped)
      zipped.push_back(i);
    else
      groups.push_back({i});
  if (!zipped.empty()) groups.push_back(zipped);
  for (const size_t i : zipped)
    if (axes[i]->values.size() != axes[zipped[0]]->values.size())
      throw UsageError(fmt::format("axis '{}': expected {} values, as many as '{}' has beside it, found {}",
                                   label_of(*axes[i]), axes[zipped[0]]->values.size(),
                                   label_of(*axes[zipped[0]]), axes[i]->values.size()));
  return groups;
}

// How many points there are; more than kMostPoints where there is an interval.
size_t combinations(const std::vector<const Axis*>& axes, const std::vector<std::vector<size_t>>& groups) {
  size_t count = 1;
  for (const auto& group : groups) {
    const size_t values = axes[group[0]]->values.size();
    count = std::min<size_t>(kMostPoints + 1, values == 0 ? kMostPoints + 1 : count * values);
  }
  return count;
}

std::vector<Point> grid(const std::vector<const Axis*>& axes, const std::vector<std::vector<size_t>>& groups,
                        size_t count) {
  std::vector<Point> points(count, Point(axes.size()));
  size_t repeat = 1;  // points between two changes of the group's value
  for (size_t g = groups.size(); g-- > 0;) {
    const size_t values = axes[groups[g][0]]->values.size();
    for (size_t p = 0; p < count; ++p)
      for (const size_t i : groups[g]) points[p][i] = axes[i]->values[p / repeat % values];
    repeat *= values;
  }
  return points;
}

std::vector<Point> sampled(const std::vector<const Axis*>& axes, const SweepSettings& settings,
                           std::uint64_t seed, size_t count) {
  std::map<size_t, Sampler> samplers;
  for (const Axis* axis : axes)
    samplers.try_emplace(axis->dimension, settings.sampler == "halton", axis->dimension, seed);
  // Lists and whole numbers repeat; where so many draws in a row bring nothing new, hardly anything is left.
  std::set<Point> seen;
  std::vector<Point> points;
  for (size_t repeats = 0; points.size() < count && repeats < 1000 * (points.size() + 1);) {
    std::map<size_t, double> u;
    for (auto& [dimension, sampler] : samplers) u[dimension] = sampler.next();
    Point point;
    for (const Axis* axis : axes) point.push_back(value_at(*axis, u[axis->dimension]));
    const bool is_new = seen.insert(point).second;
    repeats = is_new ? 0 : repeats + 1;
    if (is_new) points.push_back(std::move(point));
  }
  return points;
}

}  // namespace

std::vector<Candidate> Sweep::points(const Candidate& base) const {
  const std::vector<const Axis*> axes = axes_of(*base.entry);
  for (const Axis* axis : axes)
    if (axis->optimizer.empty())
      check_common(*axis, *base.entry);
    else if (scope_of(*base.entry, axis->name) == Scope::unknown)
      base.entry->canonical({{axis->name, "?"}});  // whose refusal names the nearest option
  if (axes.empty()) return {base};
  const auto groups = together(axes);
  const size_t all = combinations(axes, groups);
  const bool is_grid = settings_.sampler == "grid";
  if (is_grid && all > kMostPoints)
    throw UsageError(
        fmt::format("option 'set': expected at most {} points an optimizer, found more; sampler "
                    "random or halton takes some of them",
                    kMostPoints));
  const std::vector<Point> points =
      is_grid ? grid(axes, groups, all)
              : sampled(axes, settings_, seed_, std::min(all, static_cast<size_t>(settings_.budget)));
  std::vector<Candidate> candidates;
  for (const Point& point : points) {
    Candidate candidate = base;
    for (size_t i = 0; i < axes.size(); ++i) candidate.set(axes[i]->name, point[i]);
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace symopt
