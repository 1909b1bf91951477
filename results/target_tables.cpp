// target_tables.cpp — effort to the target as tables: medians with ranges, profiles, scores.
#include "results/target_tables.hpp"

#include <fmt/format.h>

#include "results/csv.hpp"
#include "results/profiles.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

// Median, quartiles and range over all trials, ∞ among them.
void put_distribution(CsvWriter& csv, const std::vector<double>& x) {
  for (const double q : {0.5, 0.25, 0.75, 0.0, 1.0}) csv << quantile(x, q);
}

void write_targets(const fs::path& path, const std::vector<TargetGroup>& groups) {
  CsvWriter csv(path,
                "dataset,network,optimizer,settings,rule,target,trials,reached,"
                "epochs,epochs_q1,epochs_q3,epochs_min,epochs_max,steps,steps_q1,steps_q3,steps_min,"
                "steps_max");
  for (const TargetGroup& g : groups) {
    csv << g.dataset << g.network << g.optimizer << g.settings << g.rule << g.target
        << static_cast<std::int64_t>(g.effort.size()) << g.reached();
    put_distribution(csv, g.of(&Effort::epochs));
    put_distribution(csv, g.of(&Effort::steps));
    csv.end_row();
  }
  csv.commit();
}

void write_target_timings(const fs::path& path, const std::vector<TargetGroup>& groups) {
  CsvWriter csv(path,
                "dataset,network,optimizer,settings,rule,target,trials,reached,"
                "seconds,seconds_q1,seconds_q3,seconds_min,seconds_max");
  for (const TargetGroup& g : groups) {
    csv << g.dataset << g.network << g.optimizer << g.settings << g.rule << g.target
        << static_cast<std::int64_t>(g.effort.size()) << g.reached();
    put_distribution(csv, g.of(&Effort::seconds));
    csv.end_row();
  }
  csv.commit();
}

void write_profiles(const fs::path& profile_path, const fs::path& score_path,
                    const std::vector<TargetGroup>& groups, double Effort::*quantity) {
  CsvWriter steps(profile_path, "problems,optimizer,settings,ratio,share");
  CsvWriter scores(score_path, "problems,optimizer,settings,count,solved,best,score");
  for (const Problems problems : {Problems::networks, Problems::trials})
    for (const OptimizerProfile& p : profiles(groups, problems, quantity)) {
      const auto count = static_cast<std::int64_t>(p.ratios.size());
      std::int64_t solved = 0, best = 0;
      for (const double r : p.ratios) solved += r < std::numeric_limits<double>::infinity(), best += r == 1;
      scores << to_text(problems) << p.optimizer << p.settings << count << solved << best
             << profile_score(p.ratios);
      scores.end_row();
      for (const auto& [ratio, share] : profile_steps(p.ratios)) {
        steps << to_text(problems) << p.optimizer << p.settings << ratio << share;
        steps.end_row();
      }
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
