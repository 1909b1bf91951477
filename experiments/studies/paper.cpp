// paper.cpp — the table of Badrinarayanan, Mishra and Cipolla 2015: four optimizers on ArchBN of depth 2
// and 4.
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/claims.hpp"
#include "experiments/terminal/tables.hpp"

namespace symopt {

namespace {

void paper_defaults(Request&) {}  // Request and ProtocolSettings start as the paper's

void paper_quick(Request& request) {
  request.trials = 2;
  request.protocol.search_epochs = 20;
  request.protocol.max_epochs = 5;
}

std::string paper_conclusion(const Request& request, const std::vector<TrialRecord>& records, const Dataset&,
                             const std::filesystem::path& folder) {
  const std::vector<Group> groups = group_records(records);
  const std::vector<Claim> claims = test_claims(groups, request.seed);
  write_atomically(folder / "claims.csv", claims_csv(claims));

  std::string text =
      error_table(groups, request.seed) + "\n" + effort_table(group_efforts(records, {})) + "\n";
  if (const std::string rates = rate_table(records); !rates.empty()) text += rates + "\n";
  if (const std::string teleports = teleport_table(records); !teleports.empty()) text += teleports + "\n";
  const std::vector<Comparison> comparisons = compare_all(groups, request.seed);
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
