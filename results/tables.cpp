// tables.cpp — the merged long-format CSVs of a results folder. Columns: results/README.md.
#include "results/tables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/parallel.hpp"
#include "results/csv.hpp"
#include "results/parameters.hpp"
#include "results/summary.hpp"
#include "results/target_tables.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

// The columns that a row of one trial starts with.
constexpr std::string_view kKey = "dataset,network,optimizer,settings,seed,trial";

using Keys = std::vector<std::string>;
Keys keys_of(const std::vector<TrialRecord>& records) {
  Keys keys = settings_texts(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TrialSpec& s = records[i].spec;
    keys[i] = csv_fields(
        {s.dataset, s.network, s.optimizer, keys[i], fmt::format("{}", s.seed), fmt::format("{}", s.trial)});
  }
  return keys;
}

void write_trials(const fs::path& path, const std::vector<TrialRecord>& records, const Keys& keys) {
  CsvWriter csv(
      path, fmt::format("{},start,status,learning_rate,edge,epochs,stop,cost,train_error,validation_error,"
                        "test_error,best_epoch,best_validation_error,best_test_error,message,hash",
                        kKey));
  for (std::size_t row = 0; row < records.size(); ++row) {
    const TrialRecord& r = records[row];
    const Outcome o = outcome(r);
    csv.raw(keys[row]) << r.spec.start << to_text(r.status) << r.learning_rate << r.edge
                       << static_cast<std::int64_t>(r.curve.size()) << r.stop << o.cost << o.train_error
                       << o.validation_error << o.test_error << o.best_epoch << o.best_validation_error
                       << o.best_test_error << r.message << r.spec.hash();
    csv.end_row();
  }
  csv.commit();
}

void write_epochs(const fs::path& path, const std::vector<TrialRecord>& records, const Keys& keys) {
  CsvWriter csv(
      path, fmt::format("{},epoch,steps,learning_rate,cost,train_error,validation_error,test_error", kKey));
  for (std::size_t row = 0; row < records.size(); ++row) {
    const TrialRecord& r = records[row];
    const std::string& start = keys[row];
    for (const EpochPoint& p : r.curve) {
      csv.raw(start) << p.epoch << p.steps << p.learning_rate << p.cost << p.train_error << p.validation_error
                     << p.test_error;
      csv.end_row();
    }
  }
  csv.commit();
}

void write_search(const fs::path& path, const std::vector<TrialRecord>& records, const Keys& keys) {
  CsvWriter csv(path, fmt::format("{},learning_rate,status,cost,validation_error,chosen", kKey));
  for (std::size_t row = 0; row < records.size(); ++row) {
    const TrialRecord& r = records[row];
    const std::string& start = keys[row];
    for (const SearchPoint& p : r.search) {
      const bool chosen = p.status == Status::completed && p.learning_rate == r.learning_rate;
      csv.raw(start) << p.learning_rate << to_text(p.status) << p.cost << p.validation_error
                     << (chosen ? 1 : 0);
      csv.end_row();
    }
  }
  csv.commit();
}

void write_summary(const fs::path& path, const std::vector<Group>& groups, const IntervalRule& rule) {
  CsvWriter csv(path,
                "dataset,network,optimizer,settings,metric,trials,completed,diverged,failed,timed_out,mean,"
                "variance,deviation,median,q1,q3,min,max,interval,ci_low,ci_high");
  std::vector<std::pair<GroupSummary, GroupSummary>> summaries(groups.size());
  parallel_for(groups.size(), [&](std::size_t i) {
    const IntervalRule own = rule_of(groups[i], rule);
    summaries[i] = {summarize(groups[i].test_error, own), summarize(groups[i].best_test_error, own)};
  });
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (const auto& [metric, s] :
         {std::pair("test_error", &summaries[i].first), std::pair("best_test_error", &summaries[i].second)}) {
      const Group& g = groups[i];
      csv << g.dataset << g.network << g.optimizer_name << g.settings << metric << g.trials << g.completed
          << g.diverged << g.failed << g.timed_out << s->mean << s->variance << s->deviation << s->median
          << s->q1 << s->q3 << s->min << s->max << to_text(s->interval.kind) << s->interval.low
          << s->interval.high;
      csv.end_row();
    }
  csv.commit();
}

void write_tests(const fs::path& path, const std::vector<Group>& groups, const IntervalRule& rule) {
  CsvWriter csv(path,
                "dataset,network,optimizer_a,optimizer_b,pairs,mean_difference,interval,ci_low,ci_high,t,p_t,"
                "p_t_holm,w,"
                "zeros,p_wilcoxon,p_wilcoxon_holm,d_z");
  for (const Comparison& c : compare_all(groups, rule)) {
    const PairedTest& t = c.test;
    csv << c.dataset << c.network << c.a << c.b << t.pairs << t.mean_difference << to_text(t.interval.kind)
        << t.interval.low << t.interval.high << t.t << t.p_t << c.p_t_holm << t.w << t.zeros << t.p_wilcoxon
        << c.p_wilcoxon_holm << t.d_z;
    csv.end_row();
  }
  csv.commit();
}

void write_timings(const fs::path& path, const std::vector<TrialRecord>& records, const Keys& keys) {
  CsvWriter csv(path, fmt::format("{},epoch,train_seconds,evaluation_seconds", kKey));
  for (std::size_t row = 0; row < records.size(); ++row) {
    const TrialRecord& r = records[row];
    const std::string& start = keys[row];
    csv.raw(start) << 0 << r.search_seconds << 0;
    csv.end_row();
    for (std::size_t i = 0; i < r.timings.size(); ++i) {
      csv.raw(start) << static_cast<std::int64_t>(i + 1) << r.timings[i].train_seconds
                     << r.timings[i].evaluation_seconds;
      csv.end_row();
    }
  }
  csv.commit();
}

// Both files only where something teleported; seconds apart.
void write_teleports(const fs::path& folder, const std::vector<TrialRecord>& records, const Keys& keys) {
  const bool any =
      std::any_of(records.begin(), records.end(), [](const auto& r) { return !r.teleports.empty(); });
  if (!any) return;
  CsvWriter csv(
      folder / "teleports.csv",
      fmt::format("{},step,skipped,ascents,gradient_before,gradient_after,loss_before,loss_after", kKey));
  CsvWriter timings(folder / "teleport_timings.csv", fmt::format("{},step,seconds", kKey));
  for (std::size_t row = 0; row < records.size(); ++row) {
    const TrialRecord& r = records[row];
    const std::string& start = keys[row];
    for (const Teleport& t : r.teleports) {
      csv.raw(start) << t.step << (t.ascents == 0 ? 1 : 0) << t.ascents << t.gradient_before
                     << t.gradient_after << t.loss_before << t.loss_after;
      csv.end_row();
      timings.raw(start) << t.step << t.seconds;
      timings.end_row();
    }
  }
  csv.commit();
  timings.commit();
}

}  // namespace

void write_csvs(const fs::path& folder, const std::vector<TrialRecord>& records, const IntervalRule& rule,
                const TargetRule& targets) {
  const std::vector<Group> groups = group_records(records);
  const Keys keys = keys_of(records);
  write_trials(folder / "trials.csv", records, keys);
  write_epochs(folder / "epochs.csv", records, keys);
  write_search(folder / "search.csv", records, keys);
  write_summary(folder / "summary.csv", groups, rule);
  write_tests(folder / "tests.csv", groups, rule);
  write_timings(folder / "timings.csv", records, keys);
  write_teleports(folder, records, keys);
  write_parameter_index(folder / "parameters", records, kKey, keys);
  write_target_tables(folder, records, targets);
}

}  // namespace symopt
