// targets.cpp — targets by rule or as given, and what each trial needed to reach them.
#include "results/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "core/text.hpp"
#include "results/statistics.hpp"
#include "results/text.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
// The share of the epochs in which the rule's target is reached, so that it is not the last thing a training
// does: AlgoPerf's 75 % of the runtime.
constexpr double kShareOfEpochs = 0.75;

double lowest_within(const TrialRecord& record) {
  const double last = std::ceil(kShareOfEpochs * record.spec.protocol.max_epochs);
  double lowest = kNever;
  for (const EpochPoint& p : record.curve)
    if (p.epoch <= last && p.validation_error < lowest) lowest = p.validation_error;
  return lowest;
}

double target_error(const std::string& text) {
  const std::optional<double> value = exact_double(text);
  if (!value || !(*value > 0 && *value < 1))
    throw UsageError(fmt::format(
        "option 'target': expected best, common or a validation error between 0 and 1, found '{}'",
        escaped(text)));
  return *value;
}

using NetworkKey = std::pair<std::string, std::string>;  // dataset, network

std::map<NetworkKey, double> targets_by_rule(const std::vector<TargetGroup>& groups,
                                             const std::vector<std::vector<const TrialRecord*>>& members,
                                             const std::string& rule) {
  std::map<NetworkKey, double> targets;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::vector<double> lowest;
    for (const TrialRecord* record : members[i]) lowest.push_back(lowest_within(*record));
    const double error = median(std::move(lowest));
    double& target = targets.try_emplace({groups[i].dataset, groups[i].network}, kNever).first->second;
    if (target == kNever || (rule == "common" && error < kNever ? error > target : error < target))
      target = error;
  }
  return targets;
}

}  // namespace

TargetRule parse_targets(const std::string& text) {
  TargetRule rule;
  if (text == "best" || text == "common") {
    rule.rule = text;
    return rule;
  }
  for (const std::string& part : split(text, ',')) {
    const std::size_t equals = part.rfind('=');  // a network's name may hold one too
    const std::string network = equals == std::string::npos ? "" : part.substr(0, equals);
    const double error = target_error(equals == std::string::npos ? part : part.substr(equals + 1));
    if (!rule.given.emplace(network, error).second)
      throw UsageError(
          fmt::format("option 'target': expected one error a network, found two{}",
                      network.empty() ? " without a network" : fmt::format(" of {}", escaped(network))));
  }
  return rule;
}

Effort effort_to(const TrialRecord& record, double target) {
  double seconds = 0;
  for (std::size_t i = 0; i < record.curve.size(); ++i) {
    const EpochPoint& p = record.curve[i];
    seconds += i < record.timings.size() ? record.timings[i].train_seconds
                                         : std::numeric_limits<double>::quiet_NaN();
    if (p.validation_error <= target)
      return {static_cast<double>(p.epoch), static_cast<double>(p.steps), seconds};
  }
  return {kNever, kNever, kNever};
}

int TargetGroup::reached() const {
  return static_cast<int>(
      std::count_if(effort.begin(), effort.end(), [](const Effort& e) { return std::isfinite(e.epochs); }));
}

std::vector<double> TargetGroup::of(double Effort::*quantity) const {
  std::vector<double> values;
  for (const Effort& e : effort) values.push_back(e.*quantity);
  return values;
}

std::vector<TargetGroup> group_efforts(const std::vector<TrialRecord>& records, const TargetRule& rule) {
  std::vector<TargetGroup> groups;
  std::vector<std::vector<const TrialRecord*>> members;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::size_t> places;
  std::set<std::string> networks;
  const std::vector<std::string> settings = settings_texts(records);
  for (std::size_t r = 0; r < records.size(); ++r) {
    const TrialSpec& s = records[r].spec;
    const auto [place, is_new] =
        places.emplace(std::tuple(s.dataset, s.network, s.optimizer, settings[r]), groups.size());
    if (is_new) {
      groups.push_back({s.dataset, s.network, s.optimizer, settings[r], 0, {}, {}, {}});
      members.emplace_back();
      networks.insert(s.network);
    }
    members[place->second].push_back(&records[r]);
  }
  for (const auto& [network, error] : rule.given)
    if (!network.empty() && networks.count(network) == 0)
      throw unknown_name("network of a target", network, {networks.begin(), networks.end()});

  const std::map<NetworkKey, double> by_rule = targets_by_rule(groups, members, rule.rule);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    TargetGroup& group = groups[i];
    auto given = rule.given.find(group.network);
    if (given == rule.given.end()) given = rule.given.find("");
    group.rule = given == rule.given.end() ? rule.rule : "given";
    group.target = given == rule.given.end() ? by_rule.at({group.dataset, group.network}) : given->second;
    if (group.target == kNever) group.target = std::numeric_limits<double>::quiet_NaN();
    for (const TrialRecord* record : members[i]) {
      group.trial.emplace_back(record->spec.seed, record->spec.trial);
      group.effort.push_back(effort_to(*record, group.target));
    }
  }
  return groups;
}

}  // namespace symopt
