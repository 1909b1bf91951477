// curves.cpp — test error and cost against epochs, steps or seconds: one mean line an optimizer, with its
// band; and the end of the test errors once more, where tenths of a percent are seen.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/text.hpp"
#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/figures/overlap.hpp"

namespace symopt {

namespace {

// From this ratio of highest to lowest mean on, the axis is logarithmic.
constexpr double kLogarithmicFrom = 8;

// `tested`: test errors along the way are there; else the validation errors stand in their place.
std::vector<Point> points_of(const TrialResult& trial, Quantity quantity, Clock clock, bool tested) {
  std::vector<Point> points;
  for (const EpochResult& epoch : trial.curve) {
    const double x = clock == Clock::epochs  ? epoch.epoch
                     : clock == Clock::steps ? epoch.steps
                                             : epoch.seconds;
    if (!std::isfinite(x)) return {};
    points.push_back({x, quantity == Quantity::cost ? epoch.cost
                         : tested                   ? 100 * epoch.test_error
                                                    : 100 * epoch.validation_error});
  }
  return points;
}

struct ClockText {
  const char *unit, *axis;
};
const std::map<Clock, ClockText> kClocks = {{Clock::epochs, {"epoch", "Epoch"}},
                                            {Clock::steps, {"step", "Optimizer steps"}},
                                            {Clock::seconds, {"second", "Training time (s)"}}};

// One optimizer's share of the figure.
struct Lines {
  std::vector<BandPoint> mean;
  std::vector<std::vector<Point>> unfinished;
  int completed = 0;
};

Lines lines_of(const OptimizerView& optimizer, Quantity quantity, Clock clock, bool tested) {
  Lines lines;
  std::vector<std::vector<Point>> finished;
  for (const TrialResult& trial : optimizer.trials) {
    std::vector<Point> points = points_of(trial, quantity, clock, tested);
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

// The panel of the end: from half of the shortest line on, and as high as the lines that end within twice the
// lowest end.
struct End {
  double from = 0, to = 0;  ///< from is 0 where there is no such panel
  Range y;
  std::vector<int> above;  ///< optimizers, from 0, whose lines are higher
};

// Shorter curves are all end.
constexpr std::size_t kFewestPoints = 6;
constexpr double kHighestEnd = 2;

End end_of(const std::vector<Lines>& all, bool bands) {
  Range ends, values;
  std::size_t points = 0;
  for (const Lines& lines : all)
    if (!lines.mean.empty()) {
      values.see(lines.mean.back().mean);
      points = std::max(points, lines.mean.size());
    }
  End end;
  if (points < kFewestPoints || values.empty()) return end;
  // Where the best ends at 0, twice that is no range.
  const double highest = values.low > 0 ? kHighestEnd * values.low : values.high;
  std::vector<const Lines*> shown;
  for (const Lines& lines : all)
    if (!lines.mean.empty() && lines.mean.back().mean <= highest) {
      shown.push_back(&lines);
      ends.see(lines.mean.back().x);
    }
  end.from = std::max(std::floor(ends.low / 2), std::min(1., ends.low / 2));
  end.to = ends.high;
  Range band;
  for (const Lines* const lines : shown)
    for (const BandPoint& p : lines->mean) {
      if (p.x < end.from) continue;
      end.y.see(p.mean);
      if (bands && lines->completed >= 2) band.see(p.low), band.see(p.high);
    }
  // Room for the bands, but not so much that the means lie close.
  const double span = end.y.high - end.y.low, room = span / 2;
  const double margin = span > 0 ? 0.05 * span : std::max(0.05 * end.y.high, 1e-3);
  const double low = std::max(band.low, end.y.low - room), high = std::min(band.high, end.y.high + room);
  end.y.low = std::max(0., std::min(low, end.y.low) - margin);
  end.y.high = std::max(high, end.y.high) + margin;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].mean.empty() &&
        std::none_of(all[i].mean.begin(), all[i].mean.end(),
                     [&](const BandPoint& p) { return p.x >= end.from && p.mean <= end.y.high; }) &&
        all[i].mean.back().mean > end.y.high)
      end.above.push_back(static_cast<int>(i));
  return end;
}

// With y as shares of the axis' height.
std::vector<Point> shares_of(const std::vector<BandPoint>& line, const Axis& axis) {
  std::vector<Point> shares;
  for (const BandPoint& p : line) {
    const double y = std::clamp(p.mean, axis.low, axis.high);
    shares.push_back({p.x, axis.logarithmic ? std::log(y / axis.low) / std::log(axis.high / axis.low)
                                            : (y - axis.low) / (axis.high - axis.low)});
  }
  return shares;
}

std::vector<Tick> upright_ticks(const Axis& axis, int pixels) {
  std::vector<Tick> ticks = ticks_of({.low = axis.low,
                                      .high = axis.high,
                                      .pixels = pixels,
                                      .logarithmic = axis.logarithmic,
                                      .upright = true});
  if (!axis.has_zero) return ticks;
  // Zero has no place on a logarithmic axis: the lower edge stands for it.
  const double room = axis.low * std::pow(axis.high / axis.low, 20. / pixels);
  std::erase_if(ticks, [&](const Tick& tick) { return tick.at < room; });
  ticks.insert(ticks.begin(), {axis.low, "0"});
  return ticks;
}

}  // namespace

Drawing curves(const NetworkView& network, Quantity quantity, Clock clock) {
  const int n = static_cast<int>(network.optimizers.size());
  const bool bands = n <= kMostBands;
  std::vector<Lines> all;
  for (const OptimizerView& optimizer : network.optimizers)
    all.push_back(lines_of(optimizer, quantity, clock, network.tested_along));
  const Axis axis = axis_of(all, bands);

  Drawing drawing;
  drawing.scripts = {"curves"};
  std::vector<int> drawn, banded, unfinished, interval;
  bool deviations = false, extremes = false;
  double last = 0;
  std::vector<std::vector<Point>> shares;
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
    shares.push_back(visible ? shares_of(line, axis) : std::vector<Point>{});
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
  if (axis.has_zero) caption += " Zero has no place on a logarithmic axis and is drawn at its lower edge.";
  std::vector<std::string> names;
  for (const OptimizerView& optimizer : network.optimizers) names.push_back(optimizer.label);
  const Overlap overlap = overlap_of(shares);
  if (!overlap.empty())
    caption +=
        fmt::format(" Lines that coincide are dashed over each other: {}.", overlap_text(overlap, names));
  const End end = quantity == Quantity::test_error ? end_of(all, bands) : End{};
  const int panels = end.from > 0 ? 2 : 1;
  if (panels == 2)
    caption += " Right: the end once more, on a linear axis of its own, where bands may be cut";
  if (!end.above.empty()) {
    caption += "; above it: ";
    for (const int i : end.above)
      caption += fmt::format("{}{}", i == end.above.front() ? "" : ", ", shorten(names[i], 28));
  }
  if (panels == 2) caption += ".";
  if (quantity != Quantity::cost) caption += error_note(network);

  const std::vector<std::string> key = labels(network, 44, true);
  int longest = text_width(kCountsHead) * 9 / 11 - 60;
  for (const std::string& label : key) longest = std::max(longest, text_width(label));
  const int key_width = 90 + longest;
  const std::string error = network.tested_along ? "Test error" : "Validation error",
                    what = quantity == Quantity::cost ? "Training cost" : error;
  drawing.name = clock == Clock::seconds      ? "curves_by_second"
                 : clock == Clock::steps      ? "curves_by_step"
                 : quantity == Quantity::cost ? "cost"
                                              : "learning_curves";
  drawing.height = std::max(470, 126 + 22 * n);
  constexpr int kTop = 60, kBottom = 70, kBetween = 34, kEndWidth = 300;
  const int width = panels == 2 ? 400 : 520, height = drawing.height - kTop - kBottom;
  const bool epochs = clock == Clock::epochs;
  const double first = epochs ? 1 : 0;
  // One epoch alone stands in the middle.
  const double padding = epochs ? kPadding * (last - first) : 0;
  const std::vector<double> x_low = {last > first ? first - padding : first - 0.5, end.from};
  const std::vector<double> x_high = {
      last > first ? (epochs ? last + padding : (1 + kPadding) * last) : first + 0.5,
      epochs ? end.to + padding : (1 + kPadding) * end.to};
  const Axis end_axis = panels == 2 ? Axis{.low = end.y.low, .high = end.y.high} : Axis{};
  std::vector<std::string> x_ticks, y_ticks;
  std::vector<int> left, right;
  int edge = kTitleRoom;
  for (int p = 0; p < panels; ++p) {
    const std::vector<Tick> ticks = upright_ticks(p == 0 ? axis : end_axis, height);
    y_ticks.push_back(tick_list(ticks));
    left.push_back(edge + widest(ticks));
    right.push_back(left[p] + (p == 0 ? width : kEndWidth));
    edge = right[p] + kBetween;
    const double start = p == 0 ? first : end.from;
    x_ticks.push_back(tick_list(ticks_of({.low = start,
                                          .high = x_high[p],
                                          .pixels = right[p] - left[p],
                                          .whole = epochs && start == std::floor(start)})));
  }
  drawing.width = right.back() + 14 + key_width;
  set_frame(drawing, fmt::format("{} by {}: {}", what, kClocks.at(clock).unit, setting_text(network)),
            caption);
  drawing.variables.set("n", n);
  drawing.variables.set("label", key);
  drawing.variables.set("style", styles(network));
  drawing.variables.set("key_width", key_width);
  drawing.variables.set("key_head", kCountsHead);
  drawing.variables.set("xname", kClocks.at(clock).axis);
  drawing.variables.set(
      "yname", fmt::format("{}{})", quantity == Quantity::cost ? "Training cost (nats" : error + " (%",
                           axis.logarithmic ? ", logarithmic axis" : ""));
  drawing.variables.set("panels", panels);
  drawing.variables.set("panel_title",
                        std::vector<std::string>{panels == 2 ? "All" : "",
                                                 axis.logarithmic ? "The end, linear axis" : "The end"});
  drawing.variables.set("left", left);
  drawing.variables.set("right", right);
  drawing.variables.set("top", kTop);
  drawing.variables.set("xmin", x_low);
  drawing.variables.set("xmax", x_high);
  drawing.variables.set("xticks", x_ticks);
  drawing.variables.set("yticks", y_ticks);
  drawing.variables.set("ymin", std::vector<double>{axis.low, end_axis.low});
  drawing.variables.set("ymax", std::vector<double>{axis.high, end_axis.high});
  drawing.variables.set("logarithmic", axis.logarithmic);
  drawing.variables.set("cover", cover_of(overlap, n));
  drawing.variables.set_list("drawn", drawn);
  drawing.variables.set_list("banded", banded);
  drawing.variables.set_list("unfinished", unfinished);
  drawing.variables.set("interval", interval);
  return drawing;
}

}  // namespace symopt
