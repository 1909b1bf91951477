// sensitivity.cpp — slices of a grid through its best points.
#include "experiments/plan/sensitivity.hpp"

#include <algorithm>
#include <set>

#include "experiments/terminal/tables.hpp"
#include "results/lines.hpp"

namespace symopt {

namespace {

// The same setting but for one option: everything that was set beside it.
std::string beside(const Candidate& candidate, const std::string& name) {
  Candidate other = candidate;
  const auto drop = [&](Assignments& list, const std::string& key) {
    std::erase_if(list, [&](const auto& assignment) { return assignment.first == key; });
  };
  if (scope_of(*candidate.entry, name) == Scope::own)
    drop(other.own, name);
  else
    drop(other.of_trial, full_name(name));
  return other.setting();
}

// Numbers that rise by a factor of 20 or more from end to end.
bool wants_logarithm(const std::set<double>& values) {
  return *values.begin() > 0 && *values.rbegin() >= 20 * *values.begin();
}

struct Slice {
  std::string series;
  std::vector<size_t> settings;  // indices of judged
};

using Place = std::pair<std::string, std::string>;  // data set, network
Place place_of(const Contestant& contestant) { return {contestant.spec.dataset, contestant.spec.network}; }

// A slice of each optimizer on a network, through its best setting.
std::vector<Slice> slices(const std::vector<Judged>& judged, const Place& place, const std::string& axis) {
  std::vector<Slice> list;
  for (const std::vector<size_t>& group : ranked(judged, {})) {
    const Contestant& best = judged[group[0]].contestant;
    if (place_of(best) != place || !best.candidate.number(axis)) continue;
    Slice slice{beside(best.candidate, axis), {}};
    for (const size_t i : group)
      if (beside(judged[i].contestant.candidate, axis) == slice.series) slice.settings.push_back(i);
    if (slice.settings.size() < 3) continue;
    std::sort(slice.settings.begin(), slice.settings.end(), [&](size_t a, size_t b) {
      return judged[a].contestant.candidate.number(axis) < judged[b].contestant.candidate.number(axis);
    });
    list.push_back(std::move(slice));
  }
  return list;
}

}  // namespace

void write_sensitivity(const Request& request, const std::vector<TrialRecord>& records,
                       const std::vector<Contestant>& contestants, const std::filesystem::path& folder) {
  if (request.sweep.sampler != "grid") return;
  const std::vector<Judged> judged = judge(contestants, records, {});
  const bool several = several_datasets(judged);
  std::vector<Place> places;
  for (const Contestant& c : contestants)
    if (std::ranges::find(places, place_of(c)) == places.end()) places.push_back(place_of(c));
  std::set<std::string> names;  // an option that two optimizers' axes spell differently is one
  const Sweep sweep(request.sweep, request.seed);
  for (const Axis& axis : sweep.axes())
    if (!axis.zipped) names.insert(axis.name == "learning-rate" ? "lr" : axis.name);
  LineTable lines;
  bool any = false;
  for (const std::string& name : names) {
    bool begun = false;
    for (const Place& place : places) {
      const std::vector<Slice> list = slices(judged, place, name);
      std::set<double> values;
      for (const Slice& slice : list)
        for (const size_t i : slice.settings) values.insert(*judged[i].contestant.candidate.number(name));
      if (list.empty()) continue;
      if (!begun)
        lines.figure(
            {"sensitivity_" + (name == "lr" ? full_name(name) : name),
             several ? fmt::format("Validation error by {}", name)
                     : fmt::format("{}, validation error by {}", place.first, name),
             "Everything else at the best setting of each optimizer. After the last epoch; trials that "
             "did not complete count as 100 %."});
      any = begun = true;
      lines.panel({.title = network_place(several, place.first, place.second),
                   .xname = name,
                   .yname = "validation error (%)",
                   .log_x = wants_logarithm(values)});
      for (const Slice& slice : list)
        for (const size_t i : slice.settings) {
          const Judged& j = judged[i];
          for (size_t r = j.first; r < j.first + static_cast<size_t>(j.trials); ++r)
            lines.add(
                slice.series, records[r].spec.trial, *j.contestant.candidate.number(name),
                100 * (records[r].status == Status::completed ? outcome(records[r]).validation_error : 1));
        }
    }
  }
  if (any) lines.write(folder);
}

}  // namespace symopt
