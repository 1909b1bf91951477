// tuning_budget.hpp — the expected best validation error against the number of settings that are tried (Dodge
// et al. 2019; Sivaprasad, Mai, Vogels, Jaggi, Fleuret 2020, arXiv:1910.11758): who wins at which budget.
#pragma once
#include <filesystem>

#include "experiments/plan/tune.hpp"
#include "results/dictionary.hpp"

namespace symopt {

/// budget.csv: of the settings that an optimizer tried in a study.
struct BudgetRow {
  int study = 0;
  std::string network, optimizer;
  int epochs = 0, settings = 0, budget = 0;
  double validation_error = 0, deviation = 0, validation_error_replaced = 0;
};
template <>
const Columns<BudgetRow>& columns_of();
/// budget.csv, for the dictionary.
std::vector<TableInfo> budget_tables();

/// All settings of each optimizer in a study, as they were judged in the optimizer's first rung.
class TuningBudget {
 public:
  explicit TuningBudget(const Request& request) : request_(request) {}
  /// The first rung of an optimizer counts, later ones do not.
  void add_rung(int study, int epochs, const std::vector<Judged>& judged);
  /// budget.csv, and the figure's panels.csv and lines.csv.
  void write(const std::filesystem::path& folder) const;
  /// A row an optimizer, at 1, 2, 4, … settings and all of them; means over the studies.
  std::string text() const;

 private:
  struct Curve {
    int study, epochs;
    std::string network;
    size_t place;
    std::vector<double> sorted;  ///< validation errors, rising
  };
  std::string name_of(const Curve& curve) const;
  const Request& request_;
  std::vector<Curve> curves_;
};

}  // namespace symopt
