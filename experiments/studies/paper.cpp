// paper.cpp — the table of Badrinarayanan, Mishra and Cipolla 2015: four optimizers on ArchBN of depth 2
// and 4.
#include <algorithm>

#include "experiments/plan/experiment.hpp"
#include "experiments/studies/claims.hpp"
#include "experiments/terminal/tables.hpp"

namespace symopt {

namespace {

constexpr int kQuickEpochs = 5;

void paper_defaults(Request&) {}  // Request and ProtocolSettings start as the paper's

void paper_quick(Request& request) {
  request.trials = 2;
  request.protocol.search_epochs = 20;
  request.protocol.max_epochs = kQuickEpochs;
}

// What claim 4 rests on; nothing in a run as short as that of --quick, which is for a first look, or where
// one of the two was not asked for.
std::optional<StepRatio> time_un(const Request& request, const std::vector<TrialRecord>& records,
                                 const Dataset& data) {
  if (request.protocol.max_epochs <= kQuickEpochs) return {};
  const auto find = [&](const char* label) -> const TrialSpec* {
    for (const TrialRecord& r : records)
      if (r.spec.network == "archbn-4" && r.spec.optimizer_label() == label) return &r.spec;
    return nullptr;
  };
  const TrialSpec *un = find("un"), *b_sgd = find("b-sgd");
  if (un == nullptr || b_sgd == nullptr) return {};
  return time_steps(*un, *b_sgd, data);
}

// Of one data set's records. Where there are several, a claim says which one it is about.
std::vector<Claim> claims_on(const Dataset& data, const Request& request,
                             const std::vector<TrialRecord>& records, bool several) {
  std::vector<TrialRecord> own;
  for (const TrialRecord& r : records)
    if (r.spec.dataset == data.name) own.push_back(r);
  std::vector<Claim> claims =
      test_claims(group_records(own), request.intervals(), time_un(request, own, data));
  if (several)
    for (Claim& c : claims) c.statement = fmt::format("{}: {}", data.name, c.statement);
  return claims;
}

std::string paper_conclusion_on(const Request& request, const std::vector<TrialRecord>& records,
                                const std::vector<const Dataset*>& data,
                                const std::filesystem::path& folder) {
  const std::vector<Group> groups = group_records(records);
  std::vector<Claim> claims;
  for (const Dataset* one : data)
    for (Claim& c : claims_on(*one, request, records, data.size() > 1)) claims.push_back(std::move(c));
  write_atomically(folder / "claims.csv", claims_csv(claims));

  std::string text =
      error_table(groups, request.intervals()) + "\n" + effort_table(group_efforts(records, {})) + "\n";
  if (data.size() > 1)
    if (const std::string ranks = ranking_table(rank(groups)); !ranks.empty()) text += ranks + "\n";
  if (const std::string rates = rate_table(records); !rates.empty()) text += rates + "\n";
  if (const std::string teleports = teleport_table(records); !teleports.empty()) text += teleports + "\n";
  const std::vector<Comparison> comparisons = compare_all(groups, request.intervals());
  if (!comparisons.empty()) text += comparison_table(comparisons) + "\n";
  if (!claims.empty()) text += "The paper's claims\n";
  for (const Claim& c : claims)
    text += fmt::format("  {}. {}: {}\n     {}\n     ({})\n", c.number, c.statement, to_text(c.verdict),
                        c.numbers, c.rule);
  return text;
}

std::string paper_conclusion(const Request& request, const std::vector<TrialRecord>& records,
                             const Dataset& data, const std::filesystem::path& folder) {
  return paper_conclusion_on(request, records, {&data}, folder);
}

std::string paper_conclusion_of_several(const Request& request, const std::vector<TrialRecord>& records,
                                        const DatasetTable& table, const std::filesystem::path& folder) {
  std::vector<const Dataset*> data;  // in the order of the plan
  for (const TrialRecord& r : records)
    if (const Dataset* one = table.at(r.spec.dataset).get(); std::ranges::find(data, one) == data.end())
      data.push_back(one);
  return paper_conclusion_on(request, records, data, folder);
}

}  // namespace

ExperimentEntry paper_experiment() {
  ExperimentEntry entry{"paper",
                        "the paper's table: sgd, b-sgd, un, sm on ArchBN of depth 2 and 4, 10 paired trials",
                        paper_defaults, paper_quick, paper_conclusion};
  entry.conclude_several = paper_conclusion_of_several;
  return entry;
}

}  // namespace symopt
