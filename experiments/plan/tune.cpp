// tune.cpp — studies, rungs and winners.
#include "experiments/plan/tune.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/random.hpp"

namespace symopt {

namespace {

// Apart from the samplers' streams, which count axes from 0.
constexpr std::uint64_t kPartition = 1u << 20;

// Of n settings of an optimizer, how many a rung keeps.
size_t survivors(size_t n, const TuneSettings& tune, bool last) {
  const auto eta = static_cast<size_t>(std::max(tune.halving, 1));
  return last || eta < 2 ? 1 : (n + eta - 1) / eta;
}

// Of each group the first ones.
Promotion first_of(const std::vector<std::vector<size_t>>& groups, const TuneSettings& tune, bool last) {
  Promotion promotion;
  for (const std::vector<size_t>& group : groups) {
    const size_t count = survivors(group.size(), tune, last);
    std::vector<size_t>& list = count == 1 ? promotion.winners : promotion.kept;
    list.insert(list.end(), group.begin(), group.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::sort(promotion.kept.begin(), promotion.kept.end());
  return promotion;
}

// Indices of each network's and optimizer's entrants, in the order of the plan.
std::vector<std::vector<size_t>> grouped(const std::vector<Entrant>& entrants) {
  std::map<std::pair<size_t, size_t>, std::vector<size_t>> groups;
  for (size_t i = 0; i < entrants.size(); ++i) groups[{entrants[i].network, entrants[i].place}].push_back(i);
  std::vector<std::vector<size_t>> list;
  for (auto& [ignored, group] : groups) list.push_back(std::move(group));
  return list;
}

// Network by network, each in the order of its optimizers.
void sort_by_plan(std::vector<Entrant>& entrants) {
  std::stable_sort(entrants.begin(), entrants.end(), [](const Entrant& a, const Entrant& b) {
    return std::pair(a.network, a.place) < std::pair(b.network, b.place);
  });
}

std::string joined(const std::vector<Entrant>& entrants) {
  std::string text;
  for (const Entrant& entrant : entrants) {
    if (!text.empty()) text += ',';
    text += entrant.candidate.text();
  }
  return text;
}

}  // namespace

const Options<TuneSettings>& tune_options() {
  using T = TuneSettings;
  using O = Option<T>;
  static const Options<T> options({
      O{.name = "rule",
        .field = &T::rule,
        .choices = {"none", "deepobs", "algoperf", "algoperf-self"},
        .help = "a preset for these options and for set, sampler, budget and trials, which may be given too"},
      O{.name = "space",
        .field = &T::space,
        .help = "search spaces, by name (`symopt list spaces`) or path of an .ini file, comma-separated: "
                "optimizers and axes, which may be given too"},
      O{.name = "tune-trials",
        .field = &T::trials,
        .low = 1,
        .high = 100000,
        .help = "trials of each setting while tuning; `trials` are those of the chosen ones"},
      O{.name = "halving",
        .field = &T::halving,
        .low = 0,
        .high = 1000,
        .help = "successive halving: each rung keeps the best of so many settings, and trains so many times "
                "longer; 0 or 1: no rungs"},
      O{.name = "criterion",
        .field = &T::criterion,
        .choices = {"last", "best"},
        .help = "validation error that decides: after the last epoch, or the lowest"},
      O{.name = "tune-target",
        .field = &T::target,
        .low = 0,
        .high = 1,
        .help = "above 0: the steps to this validation error decide"},
      O{.name = "studies",
        .field = &T::studies,
        .low = 1,
        .high = 1000,
        .help = "times that all of it is done, each time with seeds and points of its own"},
      O{.name = "fresh-seed",
        .field = &T::fresh_seed,
        .help = "run the chosen settings with a seed that tuning did not see"},
  });
  return options;
}

Assignments rule_values(const std::string& rule) {
  if (rule == "none") return {};
  if (rule == "deepobs")
    return {{"set", "lr=1e-5:100:log:36"}, {"sampler", "grid"}, {"budget", "0"},
            {"tune-trials", "1"},          {"halving", "0"},    {"studies", "1"},
            {"fresh-seed", "true"},        {"trials", "10"}};
  if (rule == "algoperf")
    return {{"sampler", "halton"}, {"budget", "5"},  {"tune-trials", "1"},    {"halving", "0"},
            {"criterion", "best"}, {"studies", "3"}, {"fresh-seed", "false"}, {"trials", "1"}};
  if (rule == kSelfTuning)
    return {{"sampler", "grid"},   {"budget", "0"},  {"tune-trials", "1"},    {"halving", "0"},
            {"criterion", "best"}, {"studies", "3"}, {"fresh-seed", "false"}, {"trials", "1"}};
  throw unknown_name("value of option 'rule'", rule,
                     {"none", "deepobs", "algoperf", std::string(kSelfTuning)});
}

std::vector<Entrant> study_entrants(const Request& request, const TuneSettings& tune, const Dataset& data,
                                    int study) {
  Request all = request;
  const bool shared = request.sweep.sampler != "grid" && tune.studies > 1;
  if (shared) all.sweep.budget *= tune.studies;
  const std::vector<std::string> networks = split_list("networks", request.networks);
  std::vector<Entrant> entrants;
  std::map<std::pair<size_t, size_t>, std::vector<size_t>> groups;
  for (Contestant& c : contestants(all, data)) {
    const size_t network =
        static_cast<size_t>(std::find(networks.begin(), networks.end(), c.spec.network) - networks.begin());
    groups[{network, c.place}].push_back(entrants.size());
    c.candidate.on = networks.size() > 1 ? static_cast<int>(network) + 1 : 0;
    entrants.push_back({network, c.place, std::move(c.candidate)});
  }
  if (!shared) return entrants;
  std::vector<char> mine(entrants.size(), 0);
  for (const auto& [ignored, members] : groups) {
    const auto order = Stream(request.seed, 0)
                           .fork(Purpose::sampler, kPartition)
                           .permutation(static_cast<std::uint32_t>(members.size()));
    for (size_t i = 0; i < order.size(); ++i)
      if (static_cast<int>(i % static_cast<size_t>(tune.studies)) == study) mine[members[order[i]]] = 1;
  }
  std::vector<Entrant> share;
  for (size_t i = 0; i < entrants.size(); ++i)
    if (mine[i]) share.push_back(std::move(entrants[i]));
  return share;
}

std::vector<int> rung_epochs(size_t settings, int halving, int max_epochs) {
  std::vector<int> epochs = {max_epochs};
  if (halving < 2) return epochs;
  double length = max_epochs;
  for (size_t n = settings; n >= static_cast<size_t>(halving); n /= static_cast<size_t>(halving)) {
    length /= halving;
    const int shorter = std::max(1, static_cast<int>(std::lround(length)));
    if (shorter < epochs.front()) epochs.insert(epochs.begin(), shorter);
  }
  return epochs;
}

std::string study_folder(const TuneSettings& tune, int study) {
  return tune.studies > 1 ? fmt::format("study-{}", study + 1) : "";
}

Request rung_request(const Request& request, const TuneSettings& tune, int study,
                     const std::vector<Entrant>& entrants, int epochs) {
  Request rung = request;
  rung.sweep = {};
  rung.optimizers = joined(entrants);
  rung.trials = tune.trials;
  rung.seed = request.seed + static_cast<std::uint64_t>(study);
  rung.protocol.max_epochs = epochs;
  rung.protocol.test = false;
  return rung;
}

Request final_request(const Request& request, const TuneSettings& tune, int study,
                      const std::vector<Entrant>& winners) {
  Request final = request;
  final.sweep = {};
  final.optimizers = joined(winners);
  final.seed = request.seed + static_cast<std::uint64_t>(study + (tune.fresh_seed ? tune.studies : 0));
  return final;
}

std::vector<Judged> judge_entrants(const Request& rung, const std::vector<Entrant>& entrants,
                                   const std::vector<TrialRecord>& records, const Dataset& data,
                                   const SelectionRule& rule) {
  // Entrants come network by network, each for one, so the plan has them in their order.
  std::vector<Judged> judged = judge(contestants(rung, data), records, rule);
  for (size_t i = 0; i < judged.size(); ++i) judged[i].contestant.place = entrants[i].place;
  return judged;
}

Promotion promote(const std::vector<Judged>& judged, const TuneSettings& tune, bool last) {
  return first_of(ranked(judged, tune.selection()), tune, last);
}

Race::Race(std::vector<Entrant> starters, const TuneSettings& tune, int max_epochs) {
  const std::vector<std::vector<size_t>> groups = grouped(starters);
  size_t largest = 1;
  for (const auto& group : groups) largest = std::max(largest, group.size());
  for (const int epochs : rung_epochs(largest, tune.halving, max_epochs)) rungs_.push_back({epochs, {}});
  // The rungs of fewer settings are the last ones of more.
  for (const auto& group : groups) {
    const size_t own = rung_epochs(group.size(), tune.halving, max_epochs).size();
    for (const size_t i : group) rungs_[rungs_.size() - own].entering.push_back(std::move(starters[i]));
  }
}

bool Race::next() {
  while (begun_ < rungs_.size()) {
    const std::vector<Entrant>& entering = rungs_[begun_++].entering;
    entrants_.insert(entrants_.end(), entering.begin(), entering.end());
    sort_by_plan(entrants_);
    if (!entrants_.empty()) return true;
  }
  return false;
}

std::string Race::folder() const { return rungs_.size() == 1 ? "search" : fmt::format("rung-{}", begun_); }

void Race::end_rung(const Promotion& promotion) {
  std::vector<Entrant> kept;
  for (const size_t i : promotion.winners) winners_.push_back(std::move(entrants_[i]));
  for (const size_t i : promotion.kept) kept.push_back(std::move(entrants_[i]));
  entrants_ = std::move(kept);
  sort_by_plan(winners_);
}

std::vector<TunePart> tune_parts(const Request& request, const TuneSettings& tune, const Dataset& data) {
  std::vector<TunePart> parts;
  for (int study = 0; study < tune.studies; ++study) {
    const std::filesystem::path own = study_folder(tune, study);
    std::vector<Entrant> all = study_entrants(request, tune, data, study);
    if (tune.rule == kSelfTuning) {
      parts.push_back({study, own / "final", final_request(request, tune, study, all)});
      continue;
    }
    Race race(std::move(all), tune, request.protocol.max_epochs);
    while (race.next()) {
      parts.push_back(
          {study, own / race.folder(), rung_request(request, tune, study, race.entrants(), race.epochs())});
      race.end_rung(first_of(grouped(race.entrants()), tune, race.last()));
    }
    parts.push_back({study, own / "final", final_request(request, tune, study, race.winners())});
  }
  return parts;
}

}  // namespace symopt
