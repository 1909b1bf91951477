// tables.cpp — the merged long-format CSVs of a results folder.
#include "results/tables.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "results/class_metrics.hpp"
#include "results/parameters.hpp"
#include "results/ranking.hpp"
#include "results/rows.hpp"
#include "results/summary.hpp"
#include "results/table.hpp"
#include "results/target_tables.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

// Whose each record's rows are.
std::vector<TrialKey> keys_of(const std::vector<TrialRecord>& records) {
  const std::vector<std::string> settings = settings_texts(records);
  std::vector<TrialKey> keys;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TrialSpec& s = records[i].spec;
    keys.push_back({{s.dataset, s.network, s.optimizer, settings[i]}, s.seed, s.trial});
  }
  return keys;
}

void write_trials(const fs::path& path, const std::vector<TrialRecord>& records,
                  const std::vector<TrialKey>& keys) {
  TableWriter<TrialRow> table(path);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TrialRecord& r = records[i];
    table.add({keys[i], outcome(r), r, r.spec.start, static_cast<int>(r.curve.size()), r.spec.hash()});
  }
  table.commit();
}

void write_epochs(const fs::path& path, const std::vector<TrialRecord>& records,
                  const std::vector<TrialKey>& keys) {
  TableWriter<EpochRow> table(path);
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const EpochPoint& p : records[i].curve) table.add({keys[i], p});
  table.commit();
}

void write_search(const fs::path& path, const std::vector<TrialRecord>& records,
                  const std::vector<TrialKey>& keys) {
  TableWriter<SearchRow> table(path);
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const SearchPoint& p : records[i].search)
      table.add({keys[i], p, p.status == Status::completed && p.learning_rate == records[i].learning_rate});
  table.commit();
}

SummaryRow summary_row(const Group& g, const std::string& metric, const GroupSummary& s) {
  return {{g.dataset, g.network, g.optimizer_name, g.settings},
          metric,
          g.trials,
          g.completed,
          g.diverged,
          g.failed,
          g.timed_out,
          s.mean,
          s.variance,
          s.deviation,
          s.median,
          s.q1,
          s.q3,
          s.min,
          s.max,
          to_text(s.interval.kind),
          s.interval.low,
          s.interval.high};
}

void write_summary(const fs::path& path, const std::vector<Group>& groups, const IntervalRule& rule) {
  std::vector<SummaryRow> rows(2 * groups.size());
  parallel_for(groups.size(), [&](std::size_t i) {
    const Group& g = groups[i];
    const IntervalRule own = rule_of(g, rule);
    rows[2 * i] = summary_row(g, "test_error", summarize(g.test_error, own));
    rows[2 * i + 1] = summary_row(g, "best_test_error", summarize(g.best_test_error, own));
  });
  write_table(path, rows);
}

void write_tests(const fs::path& path, const std::vector<Group>& groups, const IntervalRule& rule) {
  TableWriter<TestRow> table(path);
  for (const Comparison& c : compare_all(groups, rule)) {
    const PairedTest& t = c.test;
    table.add({c.dataset, c.network, c.a, c.b, t.pairs, t.mean_difference, to_text(t.interval.kind),
               t.interval.low, t.interval.high, t.t, t.p_t, c.p_t_holm, t.w, t.zeros, t.p_wilcoxon,
               c.p_wilcoxon_holm, t.d_z});
  }
  table.commit();
}

// Both files only where there is something to rank; what an earlier, larger table left goes.
void write_ranking(const fs::path& folder, const std::vector<Group>& groups) {
  const Ranking r = rank(groups);
  if (r.empty()) {
    std::error_code ignored;
    for (const char* file : {"ranks.csv", "friedman.csv"}) fs::remove(folder / file, ignored);
    return;
  }
  const int problems = static_cast<int>(r.problems.size());
  TableWriter<RankRow> table(folder / "ranks.csv");
  for (const Ranked& o : r.optimizers) table.add({o.optimizer, problems, o.mean_rank, o.z, o.p, o.p_holm});
  table.commit();
  write_table<FriedmanRow>(folder / "friedman.csv",
                           {{problems, static_cast<int>(r.optimizers.size()), r.chi_squared, r.p_chi_squared,
                             r.f, r.p_f, r.critical_difference}});
}

void write_timings(const fs::path& path, const std::vector<TrialRecord>& records,
                   const std::vector<TrialKey>& keys) {
  TableWriter<TimingRow> table(path);
  for (std::size_t i = 0; i < records.size(); ++i) {
    int epoch = 0;
    table.add({keys[i], {records[i].search_seconds, 0}, epoch});
    for (const EpochTiming& t : records[i].timings) table.add({keys[i], t, ++epoch});
  }
  table.commit();
}

// Both files only where something teleported; seconds apart.
void write_teleports(const fs::path& folder, const std::vector<TrialRecord>& records,
                     const std::vector<TrialKey>& keys) {
  const bool any =
      std::any_of(records.begin(), records.end(), [](const auto& r) { return !r.teleports.empty(); });
  if (!any) return;
  TableWriter<TeleportRow> table(folder / "teleports.csv");
  TableWriter<TeleportTimingRow> timings(folder / "teleport_timings.csv");
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const Teleport& t : records[i].teleports) {
      table.add({keys[i], {t, t.ascents == 0}});
      timings.add({keys[i], t});
    }
  table.commit();
  timings.commit();
}

// The three files only where metrics of classes were kept.
void write_class_metrics(const fs::path& folder, const std::vector<TrialRecord>& records,
                         const std::vector<TrialKey>& keys) {
  const bool any =
      std::any_of(records.begin(), records.end(), [](const auto& r) { return !r.class_metrics.empty(); });
  if (!any) return;
  TableWriter<ClassMetricsRow> metrics(folder / "class_metrics.csv");
  TableWriter<ConfusionRow> confusion(folder / "confusion.csv");
  TableWriter<ClassRow> classes(folder / "classes.csv");
  for (std::size_t i = 0; i < records.size(); ++i) {
    for (const ClassMetrics& m : records[i].class_metrics) metrics.add({keys[i], m});
    for (const ConfusionCount& c : records[i].confusion) confusion.add({keys[i], c});
    for (const auto& [set, matrix] : confusions(records[i]))
      for (Index k = 0; k < matrix.classes(); ++k)
        classes.add(
            {keys[i], set, static_cast<int>(k), matrix.rows_of(k), matrix.accuracy_of(k), matrix.iou_of(k)});
  }
  metrics.commit();
  confusion.commit();
  classes.commit();
}

}  // namespace

void write_csvs(const fs::path& folder, const std::vector<TrialRecord>& records, const IntervalRule& rule,
                const TargetRule& targets) {
  refuse_linked_folders(folder);
  const std::vector<Group> groups = group_records(records);
  const std::vector<TrialKey> keys = keys_of(records);
  write_trials(folder / "trials.csv", records, keys);
  write_epochs(folder / "epochs.csv", records, keys);
  write_search(folder / "search.csv", records, keys);
  write_summary(folder / "summary.csv", groups, rule);
  write_tests(folder / "tests.csv", groups, rule);
  write_ranking(folder, groups);
  write_timings(folder / "timings.csv", records, keys);
  write_teleports(folder, records, keys);
  write_class_metrics(folder, records, keys);
  write_parameter_index(folder / "parameters", records, keys);
  write_target_tables(folder, records, targets);
}

}  // namespace symopt
