// plan.hpp — plan.csv: the trials of an experiment in their order, finished or not.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "results/rows.hpp"

namespace symopt {

PlanRow plan_row(const TrialSpec& spec);
/// Each trial of a plan, with settings that tell apart whatever varies, as in the other tables.
std::vector<PlanRow> plan_rows(const std::vector<TrialSpec>& specs);

/// The plan of a results folder in its order. UserError where there is none or it is malformed.
std::vector<PlanRow> read_plan(const std::filesystem::path& folder);

}  // namespace symopt
