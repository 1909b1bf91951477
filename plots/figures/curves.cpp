// curves.cpp — test error and cost against epochs, steps or seconds: one mean line an optimizer, with its
// band.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plots/figures/drawing.hpp"

namespace symopt {

namespace {

// From this ratio of highest to lowest mean on, the axis is logarithmic.
constexpr double kLogarithmicFrom = 8;

std::vector<Point> points_of(const TrialView& trial, Quantity quantity, Clock clock) {
  std::vector<Point> points;
  for (const EpochView& epoch : trial.curve) {
    const double x = clock == Clock::epochs  ? epoch.epoch
                     : clock == Clock::steps ? epoch.steps
                                             : epoch.seconds;
    if (!std::isfinite(x)) return {};
    points.push_back({x, quantity == Quantity::cost ? epoch.cost : 100 * epoch.test_error});
  }
  return points;
}

struct ClockText {
  const char *unit, *axis;
};
const std::map<Clock, ClockText> kClocks = {
    {Clock::epochs, {"epoch", "epoch"}},
    {Clock::steps, {"step", "optimizer steps"}},
    {Clock::seconds, {"second", "training time without search and evaluation (s)"}}};

// One optimizer's share of the figure.
struct Lines {
  std::vector<BandPoint> mean;
  std::vector<std::vector<Point>> unfinished;
  int completed = 0;
};

Lines lines_of(const OptimizerView& optimizer, Quantity quantity, Clock clock) {
  Lines lines;
  std::vector<std::vector<Point>> finished;
  for (const TrialView& trial : optimizer.trials) {
    std::vector<Point> points = points_of(trial, quantity, clock);
    if (points.empty()) continue;
    (trial.completed() ? finished : lines.unfinished).push_back(std::move(points));
  }
  lines.mean = mean_curve(finished);
  lines.completed = static_cast<int>(finished.size());
  return lines;
}

struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false, has_zero = false, cuts_bands = false;
};

// Bands widen the axis, but on a logarithmic one not below half the lowest mean: a deviation as large as the
// mean would draw it down without end.
Axis axis_of(const std::vector<Lines>& all, bool bands) {
  Range mean, positive, band;
  for (const Lines& lines : all)
    for (const BandPoint& point : lines.mean) {
      mean.see(point.mean), positive.see(point.mean, true);
      if (bands) band.see(point.low), band.see(point.high);
    }
  if (mean.empty())
    for (const Lines& lines : all)
      for (const auto& curve : lines.unfinished)
        for (const Point& point : curve) mean.see(point.y), positive.see(point.y, true);
  Axis axis;
  if (mean.empty()) return axis;
  if (band.empty()) band = mean;
  axis.logarithmic = !positive.empty() && positive.high > kLogarithmicFrom * positive.low;
  if (axis.logarithmic) {
    axis.has_zero = mean.low <= 0;
    axis.low = (axis.has_zero ? 0.5 : 0.9) * positive.low;
    if (band.low < axis.low) axis.low = std::max(band.low, 0.5 * positive.low);
    axis.high = 1.15 * std::max(mean.high, std::min(band.high, 2 * mean.high));
    axis.cuts_bands = band.low < axis.low || band.high > axis.high;
  } else {
    const double low = std::min(band.low, mean.low), high = std::max(band.high, mean.high);
    const double margin = high > low ? 0.05 * (high - low) : std::max(0.05 * std::abs(high), 1e-3);
    axis.low = low >= 0 ? std::max(0.0, low - margin) : std::min(0.0, mean.low);
    axis.high = high + margin;
  }
  return axis;
}

}  // namespace

Drawing curves(const NetworkView& network, Quantity quantity, Clock clock) {
  const int n = static_cast<int>(network.optimizers.size());
  const bool bands = n <= kMostBands;
  std::vector<Lines> all;
  for (const OptimizerView& optimizer : network.optimizers)
    all.push_back(lines_of(optimizer, quantity, clock));
  const Axis axis = axis_of(all, bands);

  Drawing drawing;
  drawing.scripts = {"curves"};
  std::vector<int> drawn, banded, unfinished, interval;
  bool deviations = false, extremes = false;
  double last = 0;
  for (int i = 0; i < n; ++i) {
    const std::vector<BandPoint>& line = all[i].mean;
    drawing.data.begin(fmt::format("optimizer {}: {}, mean, low, high", i + 1, kClocks.at(clock).unit));
    bool visible = false;
    for (const BandPoint& p : line) {
      drawing.data.row({p.x, p.mean, p.low, p.high});
      visible = visible || std::isfinite(p.mean);
      last = std::max(last, p.x);
    }
    if (visible) drawn.push_back(i + 1);
    if (visible && bands && all[i].completed >= 2 && line.size() >= 2) {
      banded.push_back(i + 1);
      (all[i].completed >= 3 ? deviations : extremes) = true;
    }
    // About eight symbols a line.
    interval.push_back(std::max(1, static_cast<int>(line.size()) / 8));
  }
  for (int i = 0; i < n; ++i) {
    drawing.data.begin(fmt::format("optimizer {}: trials that did not complete", i + 1));
    bool visible = false;
    for (const auto& curve : all[i].unfinished) {
      for (const Point& p : curve) {
        drawing.data.row({p.x, p.y});
        visible = visible || std::isfinite(p.y);
        last = std::max(last, p.x);
      }
      drawing.data.gap();
    }
    if (visible) unfinished.push_back(i + 1);
  }
  for (int i = 0; i < n; ++i) {
    drawing.data.begin(fmt::format("optimizer {}: the ends of those", i + 1));
    for (const auto& curve : all[i].unfinished) {
      // The last value that can be drawn: a trial often ends in one that cannot.
      const auto p =
          std::find_if(curve.rbegin(), curve.rend(), [](const Point& q) { return std::isfinite(q.y); });
      if (p != curve.rend()) drawing.data.row({p->x, p->y});
    }
  }

  std::string caption =
      "Line: mean over the completed trials (their number stands in the key). A trial that has stopped keeps "
      "its last "
      "value, so a line ends at the mean of the last values.";
  if (clock == Clock::seconds)
    caption += " Between the ends of two epochs a trial's error is taken as linear in time.";
  if (deviations) caption += " Band: mean ± one standard deviation of the trials";
  if (deviations && extremes) caption += " (lowest to highest of two trials)";
  if (deviations) caption += ", not an interval of the mean";
  if (!deviations && extremes) caption += " Band: lowest to highest trial";
  if (deviations || extremes) caption += axis.cuts_bands ? ", cut at the axis' ends." : ".";
  if (!bands) caption += fmt::format(" No bands: more than {} optimizers.", kMostBands);
  if (!unfinished.empty())
    caption +=
        " Thin lines: trials that did not complete, up to their last epoch (×), cut at the axis' ends.";
  if (axis.has_zero) caption += " Zero is drawn at the lower edge.";

  const std::vector<std::string> key = labels(network, 44, true);
  int longest = 0;
  for (const std::string& label : key) longest = std::max(longest, text_width(label));
  const int key_width = 90 + longest;
  const std::string what = quantity == Quantity::cost ? "training cost" : "test error";
  drawing.name = clock == Clock::seconds      ? "curves_by_second"
                 : clock == Clock::steps      ? "curves_by_step"
                 : quantity == Quantity::cost ? "cost"
                                              : "learning_curves";
  drawing.width = 640 + key_width;
  drawing.height = std::max(470, 110 + 22 * n);
  set_frame(drawing, fmt::format("{}: {} by {}", setting_text(network), what, kClocks.at(clock).unit),
            caption);
  drawing.variables.set("n", n);
  drawing.variables.set("label", key);
  drawing.variables.set("style", styles(network));
  drawing.variables.set("key_width", key_width);
  drawing.variables.set("xname", kClocks.at(clock).axis);
  drawing.variables.set(
      "yname", quantity == Quantity::cost ? "training cost, cross-entropy (nats)" : "test error (%)");
  drawing.variables.set("whole", clock == Clock::epochs);
  drawing.variables.set("xmax", last > 0 ? (clock == Clock::epochs ? last : 1.02 * last) : 1);
  drawing.variables.set("ymin", axis.low);
  drawing.variables.set("ymax", axis.high);
  drawing.variables.set("logarithmic", axis.logarithmic);
  drawing.variables.set_list("drawn", drawn);
  drawing.variables.set_list("banded", banded);
  drawing.variables.set_list("unfinished", unfinished);
  drawing.variables.set("interval", interval);
  return drawing;
}

}  // namespace symopt
