// paper.cpp — the table of Badrinarayanan, Mishra and Cipolla 2015: four optimizers on ArchBN of depth 2
// and 4.
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

std::string paper_conclusion(const Request& request, const std::vector<TrialRecord>& records,
                             const Dataset& data, const std::filesystem::path& folder) {
  const std::vector<Group> groups = group_records(records);
  const std::vector<Claim> claims = test_claims(groups, request.intervals(), time_un(request, records, data));
  write_atomically(folder / "claims.csv", claims_csv(claims));

  std::string text =
      error_table(groups, request.intervals()) + "\n" + effort_table(group_efforts(records, {})) + "\n";
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

}  // namespace

ExperimentEntry paper_experiment() {
  return {"paper", "the paper's table: sgd, b-sgd, un, sm on ArchBN of depth 2 and 4, 10 paired trials",
          paper_defaults, paper_quick, paper_conclusion};
}

}  // namespace symopt
