// rows.cpp — test errors as a table in a picture: by trial for one network, and the summary of all.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/numbers.hpp"
#include "results/intervals.hpp"

namespace symopt {

namespace {

// Joining the points of a trial through more rows than these makes a thicket.
constexpr std::size_t kMostJoined = 8;
constexpr double kLogarithmicRows = 8;
constexpr const char* kValueHead = "Mean [95 % interval]";

// The groups one under another, on one axis: the same error stands at the same place in each.
struct Rows {
  std::vector<std::string> label, value, group;
  std::vector<int> style, first, last, top, bottom, joined;
  std::vector<int> averaged, averaged_first,
      averaged_last;                                   ///< the rows with a mean, and where each group's stand
  std::vector<int> dotted, dotted_first, dotted_last;  ///< the same of the rows with points
};

std::string value_text(const OptimizerView& optimizer) {
  if (!std::isfinite(optimizer.mean)) return "–";
  if (!std::isfinite(optimizer.ci_low)) return fmt::format("{:.2f}", 100 * optimizer.mean);
  return with_minus(fmt::format("{:.2f} [{:.2f}, {:.2f}]", 100 * optimizer.mean, 100 * optimizer.ci_low,
                                100 * optimizer.ci_high));
}

// Where a trial's points stand in every row, so that a trial is at the same height everywhere.
double height_of(const TrialResult& trial, int most) {
  return most > 1 ? 0.6 * (std::min(trial.trial, most - 1) / (most - 1.) - 0.5) : 0;
}

Drawing rows_of(const std::vector<NetworkView>& networks, bool points, const std::string& name,
                const std::string& title, const std::string& caption) {
  Drawing drawing;
  drawing.name = name;
  drawing.scripts = {"rows"};
  Rows rows;
  Range range;
  bool cut = false;
  const int row_height = points ? 44 : 28;
  int longest = text_width(kCountsHead) * 9 / 11, widest = text_width(kValueHead), offset = 78;
  for (const NetworkView& network : networks) {
    rows.first.push_back(static_cast<int>(rows.label.size()) + 1);
    rows.group.push_back(points ? "" : setting_text(network));
    rows.averaged_first.push_back(static_cast<int>(rows.averaged.size()) + 1);
    rows.dotted_first.push_back(static_cast<int>(rows.dotted.size()) + 1);
    const std::vector<std::string> names = labels(network, 40, true);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const OptimizerView& optimizer = network.optimizers[i];
      rows.label.push_back(names[i]);
      rows.value.push_back(value_text(optimizer));
      rows.style.push_back(optimizer.style);
      longest = std::max(longest, text_width(names[i]));
      widest = std::max(widest, text_width(rows.value.back()));
      const int row = static_cast<int>(rows.label.size());
      if (std::isfinite(optimizer.mean)) rows.averaged.push_back(row);
      if (points && optimizer.completed()) rows.dotted.push_back(row);
      range.see(100 * optimizer.mean);
      // An interval by a formula may reach where no error can be.
      for (const double end : {100 * optimizer.ci_low, 100 * optimizer.ci_high}) {
        cut = cut || end < 0 || end > 100;
        if (std::isfinite(end)) range.see(std::clamp(end, 0., 100.));
      }
      for (const TrialResult& trial : optimizer.trials)
        if (points && trial.completed()) range.see(100 * trial.test_error);
    }
    rows.last.push_back(static_cast<int>(rows.label.size()));
    rows.averaged_last.push_back(static_cast<int>(rows.averaged.size()));
    rows.dotted_last.push_back(static_cast<int>(rows.dotted.size()));
    rows.top.push_back(offset);
    offset += row_height * static_cast<int>(names.size()) + 8;
    rows.bottom.push_back(offset);
    offset += 90;
  }

  int row = 0;
  for (const NetworkView& network : networks)
    for (const OptimizerView& o : network.optimizers) {
      drawing.data.begin(fmt::format("row {}: mean test error (%), interval, row", ++row));
      const bool interval = std::isfinite(o.ci_low) && std::isfinite(o.ci_high);
      drawing.data.row({100 * o.mean, 100 * (interval ? o.ci_low : o.mean),
                        100 * (interval ? o.ci_high : o.mean), 1. * row});
    }
  row = 0;
  std::vector<std::map<std::pair<std::uint64_t, int>, std::vector<Point>>> paired;
  for (const NetworkView& network : networks) {
    paired.emplace_back();
    for (const OptimizerView& optimizer : network.optimizers) {
      drawing.data.begin(fmt::format("row {}: test error (%) of each completed trial, height", ++row));
      if (!points) continue;
      for (const TrialResult& trial : optimizer.trials) {
        if (!trial.completed()) continue;
        const Point point{100 * trial.test_error, row + height_of(trial, network.trials())};
        drawing.data.row({point.x, point.y});
        paired.back()[{trial.seed, trial.trial}].push_back(point);
      }
    }
  }
  for (std::size_t g = 0; g < networks.size(); ++g) {
    drawing.data.begin(fmt::format("group {}: the same points, a line a trial", g + 1));
    bool some = false;
    for (const auto& [trial, line] : paired[g]) {
      for (const Point& point : line) drawing.data.row({point.x, point.y});
      drawing.data.gap();
      some = some || line.size() > 1;
    }
    rows.joined.push_back(some && networks[g].optimizers.size() <= kMostJoined);
  }

  Range positive = range;
  if (range.empty()) range.low = 0, range.high = 1;
  const bool logarithmic = !positive.empty() && range.low > 0 && range.high > kLogarithmicRows * range.low;
  const double margin =
      range.high > range.low ? 0.05 * (range.high - range.low) : std::max(0.05 * range.high, 0.05);
  constexpr int kWidth = 460;
  const int left = 36 + longest, right = 32 + widest;
  const AxisSpan axis{.low = logarithmic ? range.low / 1.2 : std::max(0.0, range.low - margin),
                      .high = logarithmic ? range.high * 1.2 : range.high + margin,
                      .pixels = kWidth,
                      .logarithmic = logarithmic};
  drawing.width = left + kWidth + right;
  drawing.height = offset - 12;
  set_frame(drawing, title,
            cut ? caption + " No error is below 0 or above 100 %: intervals are cut there." : caption);
  // Captions stand below the last group, so offsets from the top stay.
  drawing.variables.set("n", static_cast<double>(rows.label.size()));
  drawing.variables.set("groups", static_cast<double>(networks.size()));
  drawing.variables.set("xname", logarithmic ? "Test error (%), logarithmic axis" : "Test error (%)");
  drawing.variables.set("row_head", kCountsHead);
  drawing.variables.set("column", kValueHead);
  drawing.variables.set("left", left);
  drawing.variables.set("right", right);
  drawing.variables.set("low", axis.low);
  drawing.variables.set("high", axis.high);
  drawing.variables.set("xticks", tick_list(ticks_of(axis)));
  drawing.variables.set("logarithmic", logarithmic);
  drawing.variables.set("label", rows.label);
  drawing.variables.set("value", rows.value);
  drawing.variables.set("style", rows.style);
  drawing.variables.set("group", rows.group);
  drawing.variables.set("first", rows.first);
  drawing.variables.set("last", rows.last);
  drawing.variables.set("top", rows.top);
  drawing.variables.set("bottom", rows.bottom);
  drawing.variables.set_list("averaged", rows.averaged);
  drawing.variables.set("averaged_first", rows.averaged_first);
  drawing.variables.set("averaged_last", rows.averaged_last);
  drawing.variables.set_list("dotted", rows.dotted);
  drawing.variables.set("dotted_first", rows.dotted_first);
  drawing.variables.set("dotted_last", rows.dotted_last);
  drawing.variables.set("joined", rows.joined);
  return drawing;
}

std::string means_text(const std::vector<NetworkView>& networks) {
  std::set<std::string> kinds;
  for (const NetworkView& network : networks)
    for (const OptimizerView& optimizer : network.optimizers)
      if (std::isfinite(optimizer.ci_low)) kinds.insert(optimizer.interval);
  return fmt::format(
      "Symbol and bar: mean over the completed trials with its 95 % interval ({}). In brackets: completed of "
      "all trials.{}",
      interval_words(kinds), networks.empty() ? "" : error_note(networks.front()));
}

}  // namespace

Drawing test_error_by_trial(const NetworkView& network) {
  std::string caption =
      fmt::format("Rings: trials that completed, each at its last epoch. {}", means_text({network}));
  if (network.optimizers.size() > 1 && network.optimizers.size() <= kMostJoined && network.trials() > 1)
    caption +=
        " Grey lines join the points of one trial, which gives every optimizer the same data and draws.";
  return rows_of({network}, true, "test_error_by_trial",
                 fmt::format("Test error by trial: {}", setting_text(network)), caption);
}

Drawing summary(const std::vector<NetworkView>& networks) {
  return rows_of(networks, false, "summary", "Test error at the last epoch", means_text(networks));
}

}  // namespace symopt
