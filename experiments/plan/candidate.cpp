// candidate.cpp — reading, writing and applying an optimizer with its options.
#include "experiments/plan/candidate.hpp"

#include <algorithm>
#include <cmath>

#include "core/network/start.hpp"
#include "results/text.hpp"

namespace symopt {

namespace {

constexpr std::string_view kProtocol = "protocol.";

// The options of a trial that are neither the optimizer's nor the protocol's.
const Options<TrialSpec>& spec_options() {
  using O = Option<TrialSpec>;
  static const Options<TrialSpec> options({
      O{.name = "start", .field = &TrialSpec::start, .choices = start_kinds()},
      O{.name = "precision", .field = &TrialSpec::precision, .choices = {"float", "double"}},
  });
  return options;
}

bool has(const OptimizerEntry& entry, const std::string& name) {
  return std::any_of(entry.options.begin(), entry.options.end(),
                     [&](const OptionInfo& info) { return info.name == name; });
}

}  // namespace

std::string full_name(const std::string& name) {
  if (name == "lr") return "learning-rate";
  return name.starts_with(kProtocol) ? name.substr(kProtocol.size()) : name;
}

bool is_of_trial(const std::string& name) {
  const std::string full = full_name(name);
  return protocol_options().has(full) || (spec_options().has(full) && !name.starts_with(kProtocol));
}

Scope scope_of(const OptimizerEntry& entry, const std::string& name) {
  if (has(entry, name)) return Scope::own;
  if (name == "on") return Scope::on;
  return is_of_trial(name) ? Scope::of_trial : Scope::unknown;
}

void Candidate::set(const std::string& name, const std::string& value) {
  const Scope scope = scope_of(*entry, name);
  if (scope == Scope::on) {
    const std::int64_t place = to_integer("on", value);
    if (place < 1 || place > 1000)
      throw UsageError(
          fmt::format("optimizer {}: option 'on': expected 1 to 1000, found {}", entry->name, value));
    on = static_cast<int>(place);
    return;
  }
  // What is unknown goes to the optimizer, whose refusal names the nearest of its options.
  Assignments& list = scope == Scope::of_trial ? of_trial : own;
  const std::string full = scope == Scope::of_trial ? full_name(name) : name;
  for (const auto& [other, ignored] : list)
    if (other == full)
      throw UsageError(
          fmt::format("optimizer {}: option '{}': expected once, found twice", entry->name, name));
  list.emplace_back(full, value);
}

std::optional<std::string> Candidate::value(const std::string& name) const {
  const bool of_optimizer = scope_of(*entry, name) == Scope::own;
  for (const auto& [other, value] : of_optimizer ? own : of_trial)
    if (other == (of_optimizer ? name : full_name(name))) return value;
  return std::nullopt;
}

std::optional<double> Candidate::number(const std::string& name) const {
  const auto text = value(name);
  const auto parsed = text ? exact_double(*text) : std::nullopt;
  return parsed && !std::isnan(*parsed) ? parsed : std::nullopt;
}

std::string Candidate::text() const { return on > 0 ? fmt::format("{}:on={}", setting(), on) : setting(); }

std::string Candidate::setting() const {
  std::string text = entry->name;
  for (const auto& [name, value] : own) text += fmt::format(":{}={}", name, value);
  for (const auto& [name, value] : of_trial) {
    const bool hidden = has(*entry, name);
    text += fmt::format(":{}{}={}", hidden ? kProtocol : "", name == "learning-rate" ? "lr" : name, value);
  }
  return text;
}

TrialSpec Candidate::applied_to(TrialSpec spec) const {
  spec.optimizer = entry->name;
  spec.settings = entry->canonical(own);
  bool rate = false, search = false;
  for (const auto& [name, value] : of_trial) {
    try {
      if (protocol_options().has(name))
        protocol_options().set(spec.protocol, name, value);
      else
        spec_options().set(spec, name, value);
    } catch (const UsageError& e) {
      throw UsageError(fmt::format("optimizer {}: {}", entry->name, e.what()));
    }
    rate |= name == "learning-rate";
    search |= name == "search" && spec.protocol.search;
  }
  if (rate && search)
    throw UsageError(
        fmt::format("optimizer {}: option 'lr': expected no search=true beside it, found it", entry->name));
  if (rate) spec.protocol.search = false;
  return spec;
}

Candidate parse_candidate(const std::string& text) {
  Candidate candidate;
  size_t end = std::min(text.find(':'), text.size());
  candidate.entry = &find_optimizer(text.substr(0, end));
  while (end < text.size()) {
    const size_t begin = end + 1;
    end = std::min(text.find(':', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const Assignments one = parse_settings(part);
    if (one.size() != 1)
      throw UsageError(
          fmt::format("optimizer {}: expected name=value, found '{}'", candidate.entry->name, part));
    candidate.set(one[0].first, one[0].second);
  }
  return candidate;
}

}  // namespace symopt
