// plan.cpp — the rows of plan.csv.
#include "results/plan.hpp"

#include <fmt/format.h>

#include "results/table.hpp"
#include "results/variation.hpp"

namespace symopt {

PlanRow plan_row(const TrialSpec& s) {
  return {{{s.dataset, s.network, s.optimizer, s.settings}, s.seed, s.trial}, s.hash()};
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

std::vector<PlanRow> read_plan(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "plan.csv";
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    throw UserError("results folder", folder.string(), "a folder with a plan.csv", "none");
  return read_table<PlanRow>(file);
}

}  // namespace symopt
