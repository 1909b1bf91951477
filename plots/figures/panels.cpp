// panels.cpp — small multiples, a panel an optimizer: the learning-rate search and the annealed rate.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plots/figures/drawing.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

// Panels of `panel_width` × `panel_height` pixels as near to a square as four columns allow; sets size and
// variables.
void set_panels(Drawing& drawing, const NetworkView& network, int panel_width, int panel_height,
                const std::string& title, const std::string& caption) {
  const int n = static_cast<int>(network.optimizers.size());
  const int columns = n <= 3 ? n : n == 4 ? 2 : n <= 9 ? 3 : 4, rows = (n + columns - 1) / columns;
  if (n == 1) panel_width = panel_width * 2, panel_height = panel_height * 3 / 2;
  // A single narrow panel would cut the caption and the title.
  drawing.width = std::max(620, 96 + columns * panel_width + (columns - 1) * 56);
  drawing.height = 134 + rows * panel_height + (rows - 1) * 64;
  set_frame(drawing, title, caption);
  drawing.variables.set("n", n);
  drawing.variables.set("columns", columns);
  drawing.variables.set("rows", rows);
  drawing.variables.set("label", labels(network, panel_width / 8, false));
  drawing.variables.set("style", styles(network));
}

struct Candidate {
  std::vector<double> errors;  ///< finite validation errors, in %
  int diverged = 0, chosen = 0;
};

}  // namespace

Drawing learning_rate_search(const NetworkView& network) {
  const int n = static_cast<int>(network.optimizers.size());
  std::vector<std::map<double, Candidate>> all(n);
  Range rates;
  std::size_t most = 0;
  for (int i = 0; i < n; ++i) {
    for (const TrialView& trial : network.optimizers[i].trials)
      for (const CandidateView& candidate : trial.search) {
        Candidate& c = all[i][candidate.learning_rate];
        if (candidate.diverged || !std::isfinite(candidate.validation_error))
          ++c.diverged;
        else
          c.errors.push_back(100 * candidate.validation_error);
        c.chosen += candidate.chosen;
        rates.see(candidate.learning_rate, true);
      }
    most = std::max(most, all[i].size());
  }

  Drawing drawing;
  drawing.name = "learning_rate_search";
  drawing.scripts = {"panels", "search"};
  std::vector<int> drawn, diverged, chosen;
  for (int i = 0; i < n; ++i) {
    drawing.data.begin(fmt::format("optimizer {}: learning rate, validation error (%) of each trial", i + 1));
    for (const auto& [rate, c] : all[i])
      for (const double error : c.errors) drawing.data.row({rate, error});
  }
  for (int i = 0; i < n; ++i) {
    drawing.data.begin(
        fmt::format("optimizer {}: learning rate, mean over the trials that did not diverge there", i + 1));
    bool some = false;
    for (const auto& [rate, c] : all[i]) {
      drawing.data.row({rate, mean(c.errors)});
      some = some || !c.errors.empty();
    }
    drawn.push_back(some);
  }
  for (int i = 0; i < n; ++i) {
    drawing.data.begin(fmt::format("optimizer {}: learning rate, trials that diverged there", i + 1));
    bool some = false;
    for (const auto& [rate, c] : all[i])
      if (c.diverged) drawing.data.row({rate, 1. * c.diverged}), some = true;
    diverged.push_back(some);
  }
  for (int i = 0; i < n; ++i) {
    drawing.data.begin(fmt::format("optimizer {}: learning rate, trials that chose it", i + 1));
    bool some = false;
    for (const auto& [rate, c] : all[i])
      if (c.chosen) drawing.data.row({rate, 1. * c.chosen}), some = true;
    chosen.push_back(some);
  }

  // The numbers in the strips need 17 pixels a candidate.
  set_panels(drawing, network, std::max(270, 17 * static_cast<int>(most)), 210,
             fmt::format("{}: learning-rate search", setting_text(network)),
             "Grey dots: validation error of each trial. Line: mean over the trials that did not diverge at "
             "that rate. "
             "× above: rates at which trials diverged, and how many. ▲ below: rates that were chosen, and by "
             "how many "
             "trials.");
  drawing.variables.set("xname", "candidate learning rate");
  drawing.variables.set("yname", "validation error (%)");
  drawing.variables.set("low", rates.empty() ? 0.1 : rates.low / 1.8);
  drawing.variables.set("high", rates.empty() ? 1 : rates.high * 1.8);
  drawing.variables.set("drawn", drawn);
  drawing.variables.set("diverged", diverged);
  drawing.variables.set("chosen", chosen);
  return drawing;
}

Drawing annealing(const NetworkView& network) {
  Drawing drawing;
  drawing.name = "annealing";
  drawing.scripts = {"panels", "annealing"};
  const int n = static_cast<int>(network.optimizers.size());
  std::vector<int> drawn, unfinished;
  Range rates, epochs;
  for (int i = 0; i < n; ++i) {
    drawing.data.begin(fmt::format("optimizer {}: epoch, learning rate; a line a trial", i + 1));
    bool some = false;
    for (const TrialView& trial : network.optimizers[i].trials) {
      for (const EpochView& epoch : trial.curve) {
        drawing.data.row({1. * epoch.epoch, epoch.learning_rate});
        rates.see(epoch.learning_rate, true), epochs.see(epoch.epoch);
        some = some || epoch.learning_rate > 0;
      }
      drawing.data.gap();
    }
    drawn.push_back(some);
  }
  for (int i = 0; i < n; ++i) {
    drawing.data.begin(fmt::format("optimizer {}: the ends of trials that did not complete", i + 1));
    bool some = false;
    for (const TrialView& trial : network.optimizers[i].trials)
      if (!trial.completed() && !trial.curve.empty() && trial.curve.back().learning_rate > 0) {
        drawing.data.row({1. * trial.curve.back().epoch, trial.curve.back().learning_rate});
        some = true;
      }
    unfinished.push_back(some);
  }
  set_panels(drawing, network, 260, 180, fmt::format("{}: learning rate by epoch", setting_text(network)),
             "One line a trial; a line that ends in × is of a trial that did not complete.");
  drawing.variables.set("xname", "epoch");
  drawing.variables.set("yname", "learning rate");
  drawing.variables.set("xmax", epochs.empty() ? 1 : epochs.high);
  drawing.variables.set("low", rates.empty() ? 0.1 : rates.low / 1.5);
  drawing.variables.set("high", rates.empty() ? 1 : rates.high * 1.5);
  // One epoch makes no line: its dot must be seen.
  drawing.variables.set("mark", !epochs.empty() && epochs.high <= 1 ? 7 : 0);
  drawing.variables.set("drawn", drawn);
  drawing.variables.set("unfinished", unfinished);
  return drawing;
}

}  // namespace symopt
