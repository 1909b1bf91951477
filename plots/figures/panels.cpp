// panels.cpp — small multiples, a panel an optimizer: the learning-rate search and the annealed rate.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

struct PanelAxes {
  AxisSpan x, y;  ///< their pixels are those of a panel
};

// Panels as near to a square as four columns allow; sets size and variables.
void set_panels(Drawing& drawing, const NetworkView& network, PanelAxes axes, const std::string& title,
                const std::string& caption) {
  const int n = static_cast<int>(network.optimizers.size());
  const int columns = n <= 3 ? n : n == 4 ? 2 : n <= 9 ? 3 : 4, rows = (n + columns - 1) / columns;
  if (n == 1) axes.x.pixels = axes.x.pixels * 2, axes.y.pixels = axes.y.pixels * 3 / 2;
  const std::vector<Tick> x_ticks = ticks_of(axes.x), y_ticks = ticks_of(axes.y);
  const int left = kTitleRoom + widest(y_ticks), between = 26 + widest(y_ticks);
  // A single narrow panel would cut the caption and the title.
  drawing.width = std::max(620, left + 20 + columns * axes.x.pixels + (columns - 1) * between);
  drawing.height = 134 + rows * axes.y.pixels + (rows - 1) * 64;
  set_frame(drawing, title, caption);
  drawing.variables.set("n", n);
  drawing.variables.set("columns", columns);
  drawing.variables.set("rows", rows);
  drawing.variables.set("left", left);
  drawing.variables.set("between", between);
  drawing.variables.set("xticks", tick_list(x_ticks));
  drawing.variables.set("yticks", tick_list(y_ticks));
  drawing.variables.set("low", axes.x.logarithmic ? axes.x.low : axes.y.low);
  drawing.variables.set("high", axes.x.logarithmic ? axes.x.high : axes.y.high);
  drawing.variables.set("label", labels(network, axes.x.pixels / 8, false));
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
    for (const TrialResult& trial : network.optimizers[i].trials)
      for (const SearchRow& candidate : trial.search) {
        Candidate& c = all[i][candidate.learning_rate];
        if (candidate.status != Status::completed || !std::isfinite(candidate.validation_error))
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
  set_panels(drawing, network,
             {{.low = rates.empty() ? 0.1 : rates.low / 1.8,
               .high = rates.empty() ? 1 : rates.high * 1.8,
               .pixels = std::max(270, 17 * static_cast<int>(most)),
               .logarithmic = true,
               .points = 9},
              {.low = 0, .high = 100, .pixels = 210, .upright = true, .points = 9}},
             fmt::format("Learning-rate search: {}", setting_text(network)),
             "In brackets: completed of all trials. Grey dots: validation error of each trial. Line: mean "
             "over the trials that did not diverge at "
             "that rate. "
             "× above: rates at which trials diverged, and how many. ▲ below: rates that were chosen, and by "
             "how many "
             "trials." +
                 error_note(network));
  drawing.variables.set("xname", "Candidate learning rate, logarithmic axis");
  drawing.variables.set("yname", "Validation error (%)");
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
    for (const TrialResult& trial : network.optimizers[i].trials) {
      for (const EpochResult& epoch : trial.curve) {
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
    for (const TrialResult& trial : network.optimizers[i].trials)
      if (!trial.completed() && !trial.curve.empty() && trial.curve.back().learning_rate > 0) {
        drawing.data.row({1. * trial.curve.back().epoch, trial.curve.back().learning_rate});
        some = true;
      }
    unfinished.push_back(some);
  }
  const double last = epochs.empty() ? 1 : epochs.high;
  set_panels(drawing, network,
             {{.low = last > 1 ? 1 : 0.5,
               .high = last > 1 ? last : 1.5,
               .pixels = 260,
               .whole = last > 1,
               .points = 9},
              {.low = rates.empty() ? 0.1 : rates.low / 1.5,
               .high = rates.empty() ? 1 : rates.high * 1.5,
               .pixels = 180,
               .logarithmic = true,
               .upright = true,
               .points = 9}},
             fmt::format("Learning rate by epoch: {}", setting_text(network)),
             "In brackets: completed of all trials. One line a trial; a line that ends in × is of a trial "
             "that did not complete.");
  drawing.variables.set("xname", "Epoch");
  drawing.variables.set("yname", "Learning rate, logarithmic axis");
  drawing.variables.set("xmin", last > 1 ? 1 - kPadding * (last - 1) : 0.5);
  drawing.variables.set("xmax", last > 1 ? last + kPadding * (last - 1) : 1.5);
  // One epoch makes no line: its dot must be seen.
  drawing.variables.set("mark", !epochs.empty() && epochs.high <= 1 ? 7 : 0);
  drawing.variables.set("drawn", drawn);
  drawing.variables.set("unfinished", unfinished);
  return drawing;
}

}  // namespace symopt
