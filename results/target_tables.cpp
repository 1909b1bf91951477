// target_tables.cpp — effort to the target as tables: medians with ranges, profiles, scores.
#include "results/target_tables.hpp"

#include <limits>

#include "results/profiles.hpp"
#include "results/rows.hpp"
#include "results/statistics.hpp"
#include "results/table.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

TargetHead head_of(const TargetGroup& g) {
  return {{g.dataset, g.network, g.optimizer, g.settings},
          g.rule,
          g.target,
          static_cast<int>(g.effort.size()),
          g.reached()};
}

// Median, quartiles and range over all trials, ∞ among them.
struct Spread {
  explicit Spread(const std::vector<double>& x)
      : median(quantile(x, 0.5)),
        q1(quantile(x, 0.25)),
        q3(quantile(x, 0.75)),
        min(quantile(x, 0)),
        max(quantile(x, 1)) {}
  double median, q1, q3, min, max;
};

void write_targets(const fs::path& path, const std::vector<TargetGroup>& groups) {
  TableWriter<TargetRow> table(path);
  for (const TargetGroup& g : groups) {
    const Spread e(g.of(&Effort::epochs)), s(g.of(&Effort::steps));
    table.add({head_of(g), e.median, e.q1, e.q3, e.min, e.max, s.median, s.q1, s.q3, s.min, s.max});
  }
  table.commit();
}

void write_target_timings(const fs::path& path, const std::vector<TargetGroup>& groups) {
  TableWriter<TargetTimingRow> table(path);
  for (const TargetGroup& g : groups) {
    const Spread s(g.of(&Effort::seconds));
    table.add({head_of(g), s.median, s.q1, s.q3, s.min, s.max});
  }
  table.commit();
}

void write_profiles(const fs::path& profile_path, const fs::path& score_path,
                    const std::vector<TargetGroup>& groups, double Effort::*quantity) {
  TableWriter<ProfileRow> steps(profile_path);
  TableWriter<ScoreRow> scores(score_path);
  for (const Problems problems : {Problems::networks, Problems::trials})
    for (const OptimizerProfile& p : profiles(groups, problems, quantity)) {
      int solved = 0, best = 0;
      for (const double r : p.ratios) solved += r < std::numeric_limits<double>::infinity(), best += r == 1;
      scores.add({to_text(problems), p.optimizer, p.settings, static_cast<int>(p.ratios.size()), solved, best,
                  profile_score(p.ratios)});
      for (const auto& [ratio, share] : profile_steps(p.ratios))
        steps.add({to_text(problems), p.optimizer, p.settings, ratio, share});
    }
  steps.commit();
  scores.commit();
}

}  // namespace

void write_target_tables(const fs::path& folder, const std::vector<TrialRecord>& records,
                         const TargetRule& rule) {
  const std::vector<TargetGroup> groups = group_efforts(records, rule);
  write_targets(folder / "targets.csv", groups);
  write_target_timings(folder / "target_timings.csv", groups);
  write_profiles(folder / "profiles.csv", folder / "scores.csv", groups, &Effort::epochs);
  write_profiles(folder / "profile_timings.csv", folder / "score_timings.csv", groups, &Effort::seconds);
}

}  // namespace symopt
