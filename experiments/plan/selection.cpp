// selection.cpp — judging and ranking settings.
#include "experiments/plan/selection.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "results/targets.hpp"

namespace symopt {

namespace {

double error_of(const TrialRecord& record, const SelectionRule& rule) {
  if (record.status != Status::completed) return 1;
  const Outcome o = outcome(record);
  return rule.criterion == "best" ? o.best_validation_error : o.validation_error;
}

void count(Judged& judged, Status status) {
  ++judged.trials;
  ++(status == Status::completed  ? judged.completed
     : status == Status::diverged ? judged.diverged
     : status == Status::failed   ? judged.failed
                                  : judged.timed_out);
}

}  // namespace

bool Judged::better_than(const Judged& other, const SelectionRule& rule) const {
  if (rule.target > 0 && steps != other.steps) return steps < other.steps;
  return validation_error < other.validation_error;
}

std::vector<Judged> judge(const std::vector<Contestant>& contestants, const std::vector<TrialRecord>& records,
                          const SelectionRule& rule) {
  std::vector<Judged> list;
  size_t r = 0;
  for (const Contestant& contestant : contestants) {
    Judged judged{.contestant = contestant, .first = r};
    double error = 0, steps = 0;
    for (TrialSpec spec = contestant.spec; r < records.size(); ++r) {
      spec.trial = records[r].spec.trial;
      if (records[r].spec != spec) break;
      count(judged, records[r].status);
      error += error_of(records[r], rule), steps += effort_to(records[r], rule.target).steps;
    }
    if (judged.trials > 0)
      judged.validation_error = error / judged.trials, judged.steps = steps / judged.trials;
    list.push_back(std::move(judged));
  }
  return list;
}

bool several_datasets(const std::vector<Judged>& judged) {
  return std::ranges::any_of(judged, [&](const Judged& j) {
    return j.contestant.spec.dataset != judged.front().contestant.spec.dataset;
  });
}

std::vector<std::vector<size_t>> ranked(const std::vector<Judged>& judged, const SelectionRule& rule) {
  std::vector<std::vector<size_t>> groups;
  std::map<std::tuple<std::string, std::string, size_t>, size_t> places;
  for (size_t i = 0; i < judged.size(); ++i) {
    const Contestant& c = judged[i].contestant;
    const auto [place, is_new] =
        places.emplace(std::tuple(c.spec.dataset, c.spec.network, c.place), groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(i);
  }
  for (auto& group : groups)
    std::stable_sort(group.begin(), group.end(),
                     [&](size_t a, size_t b) { return judged[a].better_than(judged[b], rule); });
  return groups;
}

std::vector<std::string> edge_warnings(const Sweep& sweep, const Candidate& winner,
                                       const std::vector<Candidate>& rivals) {
  std::vector<std::string> lines;
  for (const Axis* axis : sweep.axes_of(*winner.entry)) {
    std::vector<double> values;
    for (const Candidate& rival : rivals)
      if (const auto value = rival.number(axis->name)) values.push_back(*value);
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    const auto mine = winner.number(axis->name);
    if (!mine || values.size() < 3 || (*mine != values.front() && *mine != values.back())) continue;
    lines.push_back(fmt::format("{}: the best {} = {} is the {} of {} to {}; what is better may lie outside",
                                winner.setting(), axis->name, to_text(*mine),
                                *mine == values.front() ? "lowest" : "highest", to_text(values.front()),
                                to_text(values.back())));
  }
  return lines;
}

}  // namespace symopt
