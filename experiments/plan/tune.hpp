// tune.hpp — choosing the settings of optimizers by validation data: studies, rungs of successive halving
// (Jamieson, Talwalkar 2016), winners. What runs is made of requests, so every step is an ordinary results
// folder. Rules and layout: docs/sweeps.md.
#pragma once
#include <filesystem>

#include "experiments/plan/selection.hpp"

namespace symopt {

struct TuneSettings {
  std::string rule = "none";  ///< the preset that the others came from
  std::string space = {};  ///< search spaces by name or path (spaces.hpp), that optimizers and axes came from
  int trials = 1;          ///< of each setting, while tuning
  int halving = 0;         ///< each rung keeps one of so many settings; 0: one rung with all
  std::string criterion = "last";
  double target = 0;
  int studies = 1;
  bool fresh_seed = true;  ///< the chosen settings run with seeds that tuning did not see
  SelectionRule selection() const { return {criterion, target}; }
};
const Options<TuneSettings>& tune_options();

/// The rule without a search: each optimizer's listed setting is the chosen one.
inline constexpr std::string_view kSelfTuning = "algoperf-self";
/// What a preset says, as options of a request or of the tuning: `deepobs` (Schneider, Balles, Hennig 2019),
/// `algoperf` and `algoperf-self` (AlgoPerf 0.6: external and self-tuning rulesets; Dahl et al. 2023).
/// UsageError on another name; nothing for `none`.
Assignments rule_values(const std::string& rule);

/// A setting that is still in the race.
struct Entrant {
  size_t network, place;  ///< in the request's lists
  Candidate candidate;    ///< with `on` where there are several networks
};

/// Who starts in study `study` (from 0): on a grid every point; of a sampler's points, of which there are
/// budget × studies, a random share, the same for every optimizer. In the order of networks.
std::vector<Entrant> study_entrants(const Request& request, const TuneSettings& tune, const Dataset& data,
                                    int study);

/// Epochs of each rung: the last one trains all, each one before it one `halving`-th, at least 1. As many
/// rungs as it takes to come from `settings` to fewer than `halving`.
std::vector<int> rung_epochs(size_t settings, int halving, int max_epochs);

/// Where study `study` (from 0) lies below the tuning's folder.
std::string study_folder(const TuneSettings& tune, int study);

/// The trials of a rung: each entrant's, without the test data.
Request rung_request(const Request& request, const TuneSettings& tune, int study,
                     const std::vector<Entrant>& entrants, int epochs);
/// The trials of the chosen settings, with the test data.
Request final_request(const Request& request, const TuneSettings& tune, int study,
                      const std::vector<Entrant>& winners);

/// A rung's entrants as judged by its records, in their order.
std::vector<Judged> judge_entrants(const Request& rung, const std::vector<Entrant>& entrants,
                                   const std::vector<TrialRecord>& records, const Dataset& data,
                                   const SelectionRule& rule);

struct Promotion {
  std::vector<size_t> kept;     ///< indices of those who go on, where more than one of their optimizer does
  std::vector<size_t> winners;  ///< those who are the only one left
};
/// Of each network's and optimizer's n entrants the best ⌈n/halving⌉; on the last rung, or without halving,
/// the best.
Promotion promote(const std::vector<Judged>& judged, const TuneSettings& tune, bool last);

/// A study's way through its rungs. Each optimizer has on each network the rungs that it would have if it
/// were tuned alone; those of equally many epochs run together, so one with fewer settings enters at a later
/// rung and is not judged before.
class Race {
 public:
  Race(std::vector<Entrant> starters, const TuneSettings& tune, int max_epochs);
  /// Goes to the next rung in which somebody trains; false where there is none.
  bool next();
  int rung() const { return static_cast<int>(begun_); }  ///< from 1
  std::string folder() const;                            ///< of the rung, below the study's
  int epochs() const { return rungs_[begun_ - 1].epochs; }
  bool last() const { return begun_ == rungs_.size(); }
  /// Who trains in the rung: network by network, each in the order of its optimizers.
  const std::vector<Entrant>& entrants() const { return entrants_; }
  /// Ends the rung: indices into entrants().
  void end_rung(const Promotion& promotion);
  /// In the order of entrants().
  const std::vector<Entrant>& winners() const { return winners_; }

 private:
  struct Rung {
    int epochs;
    std::vector<Entrant> entering;
  };
  std::vector<Rung> rungs_;
  size_t begun_ = 0;  ///< rungs, with those that nobody trained in
  std::vector<Entrant> entrants_, winners_;
};

/// A rung, or the run of the chosen settings.
struct TunePart {
  int study;
  std::filesystem::path folder;  ///< below the tuning's
  Request request;
};
/// Everything that a tuning will run, in its order. How many settings go on is known beforehand; who they
/// will be is not, so each optimizer's first ones stand for them.
std::vector<TunePart> tune_parts(const Request& request, const TuneSettings& tune, const Dataset& data);

}  // namespace symopt
