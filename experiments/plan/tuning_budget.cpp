// tuning_budget.cpp — its rows, its figure and its table.
#include "experiments/plan/tuning_budget.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "experiments/terminal/tables.hpp"
#include "results/lines.hpp"
#include "results/order_statistics.hpp"
#include "results/statistics.hpp"
#include "results/table.hpp"

namespace symopt {

template <>
const Columns<BudgetRow>& columns_of() {
  using R = BudgetRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"study", &R::study, "which study, from 1"},
      C{"network", &R::network, "the network, by the name it was asked for"},
      C{"optimizer", &R::optimizer, "as it was listed"},
      C{"epochs", &R::epochs, "of a trial in the optimizer's first rung, where all its settings were judged"},
      C{"settings", &R::settings, "that were tried there"},
      C{"budget", &R::budget, "so many of them, drawn at random"},
      C{"validation_error", &R::validation_error,
        "expected lowest of these, all different: at the last budget the lowest of all"},
      C{"deviation", &R::deviation, "standard deviation of that lowest"},
      C{"validation_error_replaced", &R::validation_error_replaced,
        "expected lowest where a setting may be drawn again (Dodge et al. 2019)"},
  });
  return columns;
}

std::vector<TableInfo> budget_tables() {
  return {
      table_info<BudgetRow>("budget.csv", "a tuning budget of an optimizer in a study", "Of `symopt tune`.")};
}

void TuningBudget::add_rung(int study, int epochs, const std::vector<Judged>& judged) {
  const size_t before = curves_.size();
  for (const Judged& j : judged) {
    const Contestant& c = j.contestant;
    const auto same = [&](const Curve& curve) {
      return curve.study == study && curve.network == c.spec.network && curve.place == c.place;
    };
    const auto known = std::find_if(curves_.begin(), curves_.end(), same);
    if (known == curves_.end())
      curves_.push_back({study, epochs, c.spec.network, c.place, {j.validation_error}});
    else if (known - curves_.begin() >= static_cast<std::ptrdiff_t>(before))
      known->sorted.push_back(j.validation_error);
  }
  for (size_t i = before; i < curves_.size(); ++i)
    std::sort(curves_[i].sorted.begin(), curves_[i].sorted.end());
}

std::string TuningBudget::name_of(const Curve& curve) const {
  return listed_optimizers(request_)[curve.place].setting();
}

void TuningBudget::write(const std::filesystem::path& folder) const {
  TableWriter<BudgetRow> rows(folder / "budget.csv");
  LineTable lines;
  lines.figure(
      {"tuning_budget", "Expected best validation error by tuning budget",
       "Of so many settings, drawn at random from those that were tried, the lowest validation error "
       "to expect; at the right end all of them. Judged in the first rung; a trial that did not "
       "complete counts as 100 %."});
  for (const std::string& network : split_list("networks", request_.networks)) {
    lines.panel({.title = network,
                 .xname = "settings tried",
                 .yname = "validation error (%)",
                 .log_x = true,
                 .log_y = true});
    for (const Curve& curve : curves_) {
      if (curve.network != network) continue;
      const std::string name = name_of(curve);
      for (const size_t k : budgets_up_to(curve.sorted.size())) {
        const ExpectedLowest best = expected_lowest(curve.sorted, k);
        rows.add({curve.study + 1, network, name, curve.epochs, static_cast<int>(curve.sorted.size()),
                  static_cast<int>(k), best.mean, best.deviation, best.replaced});
        if (best.mean > 0) lines.add(name, curve.study, static_cast<double>(k), 100 * best.mean);
      }
    }
  }
  rows.commit();
  lines.write(folder);
}

std::string TuningBudget::text() const {
  size_t most = 1;
  for (const Curve& curve : curves_) most = std::max(most, curve.sorted.size());
  std::vector<size_t> shown;
  for (size_t k = 1; k < most; k *= 2) shown.push_back(k);
  std::vector<std::vector<std::string>> table = {{"network", "optimizer", "epochs", "settings"}};
  for (const size_t k : shown) table[0].push_back(fmt::format("of {}", k));
  table[0].emplace_back("of all");
  std::map<std::pair<std::string, size_t>, std::vector<const Curve*>> optimizers;
  std::vector<std::pair<std::string, size_t>> order;
  for (const std::string& network : split_list("networks", request_.networks))
    for (const Curve& curve : curves_) {
      if (curve.network != network) continue;
      const std::pair key(network, curve.place);
      if (optimizers[key].empty()) order.push_back(key);
      optimizers[key].push_back(&curve);
    }
  for (const auto& key : order) {
    const std::vector<const Curve*>& curves = optimizers[key];
    const size_t count = curves[0]->sorted.size();
    table.push_back(
        {key.first, name_of(*curves[0]), fmt::format("{}", curves[0]->epochs), fmt::format("{}", count)});
    const auto mean_at = [&](size_t k) {
      std::vector<double> values;
      for (const Curve* curve : curves) values.push_back(expected_lowest(curve->sorted, k).mean);
      return fmt::format("{:.3f}", 100 * mean(values));
    };
    for (const size_t k : shown) table.back().push_back(k < count ? mean_at(k) : "–");
    table.back().push_back(mean_at(count));
  }
  return fmt::format(
             "Expected best validation error (%) of so many settings of those that were tried, drawn at "
             "random\n") +
         align(table, 2);
}

}  // namespace symopt
