// plan.cpp — writing and reading plan.csv.
#include "results/plan.hpp"

#include "results/csv.hpp"
#include "results/files.hpp"
#include "results/variation.hpp"

namespace symopt {

PlanRow plan_row(const TrialSpec& s) {
  return {
      s.dataset, s.network, s.optimizer, s.settings, fmt::format("{}", s.seed), fmt::format("{}", s.trial),
      s.hash()};
}

std::vector<PlanRow> plan_rows(const std::vector<TrialSpec>& specs) {
  const std::vector<std::string> settings = settings_texts(specs);
  std::vector<PlanRow> rows;
  rows.reserve(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    rows.push_back(plan_row(specs[i]));
    rows.back().settings = settings[i];
  }
  return rows;
}

std::string PlanRow::text() const {
  return fmt::format("{} {} {} seed {} trial {}", dataset, network, optimizer_label(optimizer, settings),
                     seed, trial);
}

std::string to_plan_text(const std::vector<PlanRow>& plan) {
  std::string text = "dataset,network,optimizer,settings,seed,trial,hash\n";
  for (const PlanRow& r : plan)
    text += csv_fields({r.dataset, r.network, r.optimizer, r.settings, r.seed, r.trial, r.hash}) + "\n";
  return text;
}

std::vector<PlanRow> read_plan(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "plan.csv";
  if (!read_file(file))
    throw UserError("results folder", folder.string(), "a folder with a plan.csv", "none");
  const CsvTable table = read_csv(file);
  std::vector<std::size_t> columns;
  for (const char* name : {"dataset", "network", "optimizer", "settings", "seed", "trial", "hash"})
    columns.push_back(table.column(name));
  std::vector<PlanRow> plan;
  plan.reserve(table.rows.size());
  for (const auto& row : table.rows)
    plan.push_back({row[columns[0]], row[columns[1]], row[columns[2]], row[columns[3]], row[columns[4]],
                    row[columns[5]], row[columns[6]]});
  return plan;
}

}  // namespace symopt
