// view.cpp — which optimizers are shown, and in which style.
#include "plots/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "plots/styles.hpp"

namespace symopt {

int OptimizerView::completed() const {
  int count = 0;
  for (const TrialResult& trial : trials) count += trial.completed();
  return count;
}

double OptimizerView::validation_error() const {
  double sum = 0;
  for (const TrialResult& trial : trials)
    if (trial.completed()) sum += trial.best_validation_error;
  return sum / completed();
}

std::string OptimizerView::counts(bool reasons) const {
  std::string text = fmt::format("{}/{}", completed(), trials.size());
  if (!reasons) return text;
  for (const Status status : {Status::diverged, Status::failed, Status::timed_out}) {
    int count = 0;
    for (const TrialResult& trial : trials) count += trial.status == status;
    if (count) text += fmt::format(", {} {}", count, to_text(status));
  }
  return text;
}

int NetworkView::trials() const {
  std::size_t most = 0;
  for (const OptimizerView& optimizer : optimizers) most = std::max(most, optimizer.trials.size());
  return static_cast<int>(most);
}

namespace {

// The best by validation, in the order that they had.
void keep_best(NetworkView& network, int most) {
  std::vector<std::pair<std::pair<int, double>, std::size_t>> order;  // rank, place
  for (std::size_t i = 0; i < network.optimizers.size(); ++i) {
    const OptimizerView& optimizer = network.optimizers[i];
    const double error = optimizer.validation_error();
    order.push_back(
        {{-optimizer.completed(), std::isnan(error) ? std::numeric_limits<double>::infinity() : error}, i});
  }
  std::sort(order.begin(), order.end());
  network.left_out = static_cast<int>(order.size()) - most;
  order.resize(static_cast<std::size_t>(most));
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<OptimizerView> kept;
  for (const auto& [rank, place] : order) kept.push_back(network.optimizers[place]);
  network.optimizers = std::move(kept);
}

// Trials of a single epoch have no others.
bool has_tests_along(const NetworkView& network) {
  bool longer = false;
  for (const OptimizerView& optimizer : network.optimizers)
    for (const TrialResult& trial : optimizer.trials)
      for (std::size_t i = 0; i + 1 < trial.curve.size(); ++i) {
        longer = true;
        if (!std::isnan(trial.curve[i].test_error)) return true;
      }
  return !longer;
}

}  // namespace

std::vector<NetworkView> view_of(const Results& results, int most) {
  std::vector<NetworkView> networks;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const OptimizerResult& o : results.optimizers) {
    const auto [place, is_new] = places.try_emplace({o.dataset, o.network}, networks.size());
    if (is_new) networks.push_back({o.dataset, o.network, {}, results.error_is});
    const SummaryRow& s = o.test_error;
    networks[place->second].optimizers.push_back(
        {o.label(), 0, o.trials, s.mean, s.ci_low, s.ci_high, s.interval});
  }
  for (NetworkView& network : networks) network.tested_along = has_tests_along(network);
  std::set<std::string> shown;
  for (NetworkView& network : networks) {
    if (static_cast<int>(network.optimizers.size()) > most) keep_best(network, most);
    for (const OptimizerView& o : network.optimizers) shown.insert(o.label);
  }
  Styles styles(shown);  // the same label has the same one everywhere
  for (NetworkView& network : networks)
    for (OptimizerView& o : network.optimizers) o.style = styles.of(o.label);
  return networks;
}

}  // namespace symopt
