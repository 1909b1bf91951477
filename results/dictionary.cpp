// dictionary.cpp — the tables in the order in which a reader meets them.
#include "results/dictionary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "results/certificate_rows.hpp"
#include "results/combination.hpp"
#include "results/lines.hpp"
#include "results/parameters.hpp"
#include "results/rows.hpp"

namespace symopt {

std::vector<TableInfo> result_tables() {
  std::vector<TableInfo> tables = {
      table_info<TrialRow>("trials.csv", "a trial"),
      table_info<EpochRow>("epochs.csv", "an epoch of a trial's full training"),
      table_info<SearchRow>("search.csv", "a candidate rate of a trial's search"),
      table_info<TimingRow>("timings.csv", "an epoch of a trial"),
      table_info<SummaryRow>("summary.csv", "a metric of a (dataset, network, optimizer, settings)"),
      table_info<TestRow>(
          "tests.csv", "a pair of optimizers",
          "Test errors after the last epoch, over the trials that both completed. In a (dataset, network) of "
          "up to 40 rows of `summary.csv` every pair is there. In a larger one (a sweep) each is compared "
          "with one reference: of those with the most completed trials the one with the lowest mean of "
          "`best_validation_error`; test data have no part in that choice. Where the differences do not "
          "vary, "
          "as with one pair, there is no test: all from `ci_low` on but `zeros` is `nan`."),
      table_info<TargetRow>(
          "targets.csv", "a (dataset, network, optimizer, settings)",
          "What the trials needed to reach a validation error that all optimizers of a (dataset, network) "
          "share, as in AlgoPerf (Dahl et al. 2023, arXiv:2306.07179)."),
      table_info<TargetTimingRow>("target_timings.csv", "a (dataset, network, optimizer, settings)"),
      table_info<ProfileRow>(
          "profiles.csv, profile_timings.csv", "a corner of an optimizer's performance profile",
          "Performance profiles (Dolan, Moré 2002) of the effort in `targets.csv`: epochs, and in the files "
          "of "
          "timings seconds. An optimizer's ratio on a problem is its effort over the lowest effort of any "
          "optimizer there; it is infinite where the target was not reached or the optimizer was not run."),
      table_info<ScoreRow>("scores.csv, score_timings.csv", "an optimizer and kind of problem"),
      table_info<RankRow>(
          "ranks.csv", "an optimizer",
          "Ranks over the (dataset, network)s, where there are three or more (Demšar 2006); only optimizers "
          "that each of them has. The best mean rank comes first, and the others are compared with it."),
      table_info<FriedmanRow>("friedman.csv", "the ranks of `ranks.csv`, of which there is one set"),
      table_info<TeleportRow>(
          "teleports.csv", "a teleport of a trial",
          "Of the full training; a learning-rate search teleports too, and leaves no rows."),
      table_info<TeleportTimingRow>("teleport_timings.csv", "a teleport of a trial"),
      table_info<ClassMetricsRow>("class_metrics.csv",
                                  "an epoch of a trial's full training and a set of samples",
                                  "Where `class-metrics=true`, as are the next two."),
      table_info<ClassRow>("classes.csv", "a class in a set of samples, after a trial's last epoch"),
      table_info<ConfusionRow>("confusion.csv",
                               "a pair of classes in a set of samples, after a trial's last epoch"),
      table_info<ClaimRow>(
          "claims.csv", "a claim of the paper",
          "Of `paper`: the claims whose networks and optimizers the folder has; the one about seconds (claim "
          "4) stands in `report.txt` only."),
      table_info<PlanRow>("plan.csv", "a trial, finished or not"),
      table_info<FactRow>("environment.csv", "a fact"),
      table_info<SourceRow>("sources.csv", "a results folder",
                            "Of `symopt report --out`: where the trials of these tables come from."),
  };
  for (const TableInfo& table : parameter_tables()) tables.push_back(table);
  for (const TableInfo& table : line_tables()) tables.push_back(table);
  tables.push_back(table_info<CertificateRow>("invariance.csv", "an optimizer, network and group",
                                              "Of `symopt invariance --out`."));
  tables.push_back(table_info<OrthogonalityRow>("orthogonality.csv", "a generator of a network's symmetries",
                                                "Of `symopt invariance --out`."));
  tables.push_back(table_info<DegreesRow>("dof.csv", "a network", "Of `symopt dof --out`."));
  tables.push_back(table_info<SpectrumRow>("spectrum.csv", "a singular value", "Of `symopt dof --out`."));
  return tables;
}

namespace {

// How many of a table's columns are those of `key`, in its order.
std::size_t leading(const TableInfo& table, const std::vector<ColumnInfo>& key) {
  const bool all = table.columns.size() >= key.size() &&
                   std::equal(key.begin(), key.end(), table.columns.begin(),
                              [](const ColumnInfo& a, const ColumnInfo& b) { return a.name == b.name; });
  return all ? key.size() : 0;
}

std::string rows_of(const std::vector<ColumnInfo>& columns, std::size_t first) {
  std::string text = "| column | what |\n|---|---|\n";
  for (std::size_t i = first; i < columns.size(); ++i)
    text += fmt::format("| `{}` | {} |\n", columns[i].name, columns[i].help);
  return text;
}

}  // namespace

std::string dictionary(const std::vector<TableInfo>& tables) {
  const std::vector<ColumnInfo> group = columns_of<GroupKey>().infos(),
                                trial = columns_of<TrialKey>().infos();
  std::string text =
      "### The key\nWhose a row is. Tables of trials start with all of these columns, tables of optimizers "
      "with "
      "the first four.\n\n" +
      rows_of(trial, 0);
  for (const TableInfo& table : tables) {
    const std::size_t of_trial = leading(table, trial), key = std::max(of_trial, leading(table, group));
    text += fmt::format("\n### {}\nOne row: {}.\n\n", table.files, table.row);
    if (!table.about.empty()) text += table.about + "\n\n";
    if (key > 0) text += fmt::format("After the key of {}:\n\n", of_trial > 0 ? "a trial" : "an optimizer");
    text += rows_of(table.columns, key);
  }
  return text;
}

}  // namespace symopt
