// results.cpp — the tables of a results folder, joined by their keys.
#include "results/results.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "results/class_metrics.hpp"
#include "results/configuration.hpp"
#include "results/table.hpp"

namespace symopt {

namespace fs = std::filesystem;

double TrialResult::train_seconds() const {
  double seconds = 0;
  for (const EpochTiming& t : timings) seconds += t.train_seconds;
  return seconds;
}

std::string OptimizerResult::label() const { return optimizer_label(optimizer, settings); }

namespace {

template <class S>
std::vector<S> read_optional(const fs::path& file) {
  return fs::exists(file) ? read_table<S>(file) : std::vector<S>{};
}

// Each row's optimizer must be one of `scores`.
std::vector<ProfileRow> read_profiles(const fs::path& file, const std::vector<ScoreRow>& scores) {
  std::set<std::tuple<std::string, std::string, std::string>> known;
  for (const ScoreRow& s : scores) known.emplace(s.problems, s.optimizer, s.settings);
  std::vector<ProfileRow> rows;
  if (!fs::exists(file)) return rows;
  TableReader<ProfileRow> table(file);
  for (ProfileRow row; table.next(row);) {
    if (!known.contains({row.problems, row.optimizer, row.settings}))
      throw table.malformed("optimizer", "an optimizer that the table of scores has");
    rows.push_back(row);
  }
  return rows;
}

// Fills in the trials, table by table.
class Join {
 public:
  explicit Join(Results& results) : results_(results) {}

  void trials() {
    TableReader<TrialRow> table(results_.folder / "trials.csv");
    for (TrialRow row; table.next(row);) {
      if (row.trial < 0) throw table.malformed("trial", "an integer ≥ 0");
      const auto [group, is_new] = groups_.try_emplace(row, results_.optimizers.size());
      if (is_new) results_.optimizers.push_back({row, {}, {}});
      std::vector<TrialResult>& trials = results_.optimizers[group->second].trials;
      if (!trials_.try_emplace(row, group->second, trials.size()).second)
        throw table.malformed("trial", "each trial once");
      trials.push_back({row, {}, {}, {}});
    }
  }

  void epochs() {
    TableReader<EpochRow> table(results_.folder / "epochs.csv");
    for (EpochRow row; table.next(row);) {
      if (row.epoch < 1) throw table.malformed("epoch", "an integer ≥ 1");
      trial_of(table, row).curve.push_back({row});
    }
  }

  void search() {
    TableReader<SearchRow> table(results_.folder / "search.csv");
    for (SearchRow row; table.next(row);) {
      if (!(row.learning_rate > 0)) throw table.malformed("learning_rate", "a learning rate > 0");
      trial_of(table, row).search.push_back(row);
    }
  }

  // Epoch 0 is the search; the others rise, as those of the curve do.
  void timings() {
    TableReader<TimingRow> table(results_.folder / "timings.csv");
    double elapsed = 0;
    std::size_t next = 0;
    for (TimingRow row; table.next(row);) {
      TrialResult& trial = trial_of(table, row);
      if (row.epoch == 0) {
        trial.search_seconds = row.train_seconds;
        continue;
      }
      if (trial.timings.empty()) elapsed = 0, next = 0;
      trial.timings.push_back(row);
      elapsed += row.train_seconds;
      std::vector<EpochResult>& curve = trial.curve;
      while (next < curve.size() && curve[next].epoch < row.epoch) ++next;
      if (next < curve.size() && curve[next].epoch == row.epoch) curve[next].seconds = elapsed;
    }
  }

  void summary() {
    TableReader<SummaryRow> table(results_.folder / "summary.csv");
    for (SummaryRow row; table.next(row);) {
      const auto group = groups_.find(row);
      if (group == groups_.end()) throw table.malformed("optimizer", "an optimizer that trials.csv has");
      if (row.metric == "test_error") results_.optimizers[group->second].test_error = row;
      results_.summary.push_back(row);
    }
  }

  void targets() {
    const fs::path file = results_.folder / "targets.csv";
    if (!fs::exists(file)) return;
    TableReader<TargetRow> table(file);
    for (TargetRow row; table.next(row);) {
      if (!groups_.contains(row)) throw table.malformed("optimizer", "an optimizer that trials.csv has");
      results_.targets.push_back(row);
    }
  }

 private:
  // A trial's rows stand together.
  template <class S>
  TrialResult& trial_of(const TableReader<S>& table, const TrialKey& key) {
    if (last_ == nullptr || *last_ != key) {
      const auto found = trials_.find(key);
      if (found == trials_.end()) throw table.malformed("trial", "a trial that trials.csv has");
      last_ = &found->first;
      trial_ = &results_.optimizers[found->second.first].trials[found->second.second];
    }
    return *trial_;
  }

  Results& results_;
  std::map<GroupKey, std::size_t> groups_;                          // place in results_.optimizers
  std::map<TrialKey, std::pair<std::size_t, std::size_t>> trials_;  // and in its trials
  const TrialKey* last_ = nullptr;
  TrialResult* trial_ = nullptr;
};

}  // namespace

Results read_results(const fs::path& folder) {
  Results results;
  results.folder = folder;
  if (fs::exists(folder / "trials.csv")) {
    Join join(results);
    join.trials();
    join.epochs();
    join.search();
    join.summary();
    if (fs::exists(folder / "timings.csv")) join.timings();
    join.targets();
  }
  results.tests = read_optional<TestRow>(folder / "tests.csv");
  results.target_timings = read_optional<TargetTimingRow>(folder / "target_timings.csv");
  results.scores = read_optional<ScoreRow>(folder / "scores.csv");
  results.score_timings = read_optional<ScoreRow>(folder / "score_timings.csv");
  results.profiles = read_profiles(folder / "profiles.csv", results.scores);
  results.profile_timings = read_profiles(folder / "profile_timings.csv", results.score_timings);
  results.ranks = read_optional<RankRow>(folder / "ranks.csv");
  results.friedman = read_optional<FriedmanRow>(folder / "friedman.csv");
  if (results.ranks.empty() != results.friedman.empty() || results.friedman.size() > 1)
    throw UserError("results folder", (folder / "friedman.csv").string(), "one row beside ranks.csv",
                    fmt::format("{}", results.friedman.size()));
  results.claims = read_optional<ClaimRow>(folder / "claims.csv");
  try {
    results.environment = read_optional<FactRow>(folder / "environment.csv");
  } catch (const UserError& error) {
    throw UserError(fmt::format(
        "{}; the run sets it aside and writes it again, and so does removing it and `symopt run {}`",
        error.what(), (folder / "config.ini").string()));
  }
  if (fs::exists(folder / "config.ini"))
    for (const auto& [name, value] : read_configuration(folder / "config.ini"))
      if (name == "metric") results.error_is = error_words(value);
  return results;
}

}  // namespace symopt
