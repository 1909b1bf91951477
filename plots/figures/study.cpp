// study.cpp — the figures of a study's own: panels with lines, their bands, level sets, jumps and points.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/text.hpp"
#include "plots/figures/axis.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/figures/overlap.hpp"
#include "plots/styles.hpp"
#include "results/lines.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

// On a logarithmic axis a band that reaches lower than this share of its mean is cut there.
constexpr double kLowestBand = 0.1;

using Runs = std::map<int, std::vector<Point>>;

struct Series {
  std::string name;
  Mark mark = Mark::line;
};

// By whom a line gets its style: the optimizer that its name begins with ("sgd, λ = 0.3"), where no other
// line's does.
std::vector<std::string> style_keys(const std::vector<Series>& series) {
  const auto optimizer = [](const std::string& name) { return name.substr(0, name.find_first_of(",(")); };
  std::vector<std::string> keys;
  for (const Series& one : series) {
    const auto same = std::count_if(series.begin(), series.end(), [&](const Series& s) {
      return optimizer(s.name) == optimizer(one.name);
    });
    keys.push_back(same == 1 ? optimizer(one.name) : one.name);
  }
  return keys;
}

// The series of all panels in the order of first appearance.
std::vector<Series> series_of(const StudyFigure& figure) {
  std::vector<Series> all;
  for (const auto& panel : figure.panels)
    for (const LinePoint& point : panel.points)
      if (std::none_of(all.begin(), all.end(), [&](const Series& s) { return s.name == point.series; }))
        all.push_back({point.series, point.mark});
  return all;
}

// Against seconds: the mean over the runs at each of their points, at the median of their times there. The
// mean at one time would be little more than the value of the run that the machine held up longest.
std::vector<BandPoint> timed_curve(const std::vector<std::vector<Point>>& curves) {
  std::size_t longest = 0;
  for (const auto& curve : curves) longest = std::max(longest, curve.size());
  std::vector<BandPoint> line;
  for (std::size_t i = 0; i < longest; ++i) {
    std::vector<double> times;
    std::vector<std::vector<Point>> values;
    for (const auto& curve : curves) {
      if (i < curve.size()) times.push_back(curve[i].x);
      values.push_back({{0, curve[std::min(i, curve.size() - 1)].y}});
    }
    line.push_back(mean_curve(values).front());
    line.back().x = median(times);
  }
  return line;
}

struct Drawn {
  bool banded = false, cut = false;
  int points = 0;
  Range x, y;               // of what the axes can show
  std::vector<Point> line;  // the one that is drawn, if it is one
};

Drawn add_block(DataBlocks& data, const StudyFigure::Panel& panel, const Series& series) {
  Runs runs;
  for (const LinePoint& point : panel.points)
    if (point.series == series.name) runs[point.run].push_back({point.x, point.y});
  data.begin(fmt::format("{}: {}", panel.info.title, series.name));
  Drawn drawn;
  if (runs.empty()) return drawn;
  const auto see = [&](double x, double y) {
    drawn.x.see(x, panel.info.log_x), drawn.y.see(y, panel.info.log_y);
  };
  if (!panel.info.band || series.mark != Mark::line) {
    for (const auto& [run, points] : runs) {
      for (const Point& p : points) {
        data.row({p.x, p.y, p.y, p.y});
        see(p.x, p.y);
      }
      drawn.points = std::max(drawn.points, static_cast<int>(points.size()));
      data.gap();
    }
    if (runs.size() == 1 && series.mark == Mark::line) drawn.line = runs.begin()->second;
    return drawn;
  }
  std::vector<std::vector<Point>> curves;
  for (auto& [run, points] : runs) curves.push_back(std::move(points));
  const std::vector<BandPoint> line = panel.info.timed ? timed_curve(curves) : mean_curve(curves);
  for (const BandPoint& p : line) {
    double low = p.low;
    if (panel.info.log_y && !(low > kLowestBand * p.mean)) low = kLowestBand * p.mean, drawn.cut = true;
    data.row({p.x, p.mean, low, p.high});
    for (const double y : {p.mean, low, p.high}) see(p.x, y);
    drawn.line.push_back({p.x, p.mean});
  }
  drawn.points = static_cast<int>(line.size());
  drawn.banded = curves.size() > 1;
  return drawn;
}

std::vector<std::string> titles(const StudyFigure& figure) {
  std::vector<std::string> all;
  for (const auto& panel : figure.panels) all.push_back(panel.info.title);
  return all;
}

std::string axis_title(const std::string& name, bool logarithmic) {
  return name + (logarithmic ? ", logarithmic axis" : "");
}

// Epochs and steps: no ticks between them, and they begin where the first is.
bool counts(const StudyFigure::Panel& panel) {
  return !panel.info.log_x && !panel.points.empty() &&
         std::all_of(panel.points.begin(), panel.points.end(),
                     [](const LinePoint& p) { return p.x >= 0 && p.x == std::floor(p.x); });
}

// From `asked` where that is given, else from what was seen, with a margin; what cannot be below 0 is not.
Range axis_range(const Range& seen, double low, double high, bool logarithmic, double margin) {
  Range range = seen.empty() ? Range{.low = logarithmic ? 1. : 0., .high = logarithmic ? 10. : 1.} : seen;
  if (logarithmic) {
    const double factor = std::max(std::pow(range.high / range.low, margin), 1 + margin);
    range = {range.low / factor, range.high * factor};
  } else {
    const bool negative = range.low < 0;
    const double room =
        range.high > range.low ? margin * (range.high - range.low) : std::max(margin * range.high, 1e-9);
    range = {range.low - room, range.high + room};
    if (!negative) range.low = std::max(0., range.low);
  }
  if (std::isfinite(low)) range.low = low;
  if (std::isfinite(high)) range.high = high;
  return range;
}

// With y as shares of the axis' height.
std::vector<Point> shares_of(const std::vector<Point>& line, const Range& y, bool logarithmic) {
  std::vector<Point> shares;
  for (const Point& p : line) {
    const double at = std::clamp(std::isfinite(p.y) ? p.y : y.high, y.low, y.high);
    shares.push_back({p.x, logarithmic ? std::log(at / y.low) / std::log(y.high / y.low)
                                       : (at - y.low) / (y.high - y.low)});
  }
  return shares;
}

}  // namespace

Drawing study_figure(const StudyFigure& figure) {
  constexpr int kTop = 72, kWidth = 330, kHeight = 270, kGapX = 30, kGapY = 86;
  const std::vector<Series> series = series_of(figure);
  const int panels = static_cast<int>(figure.panels.size()), n = static_cast<int>(series.size());
  const int columns = panels == 4 ? 2 : std::min(panels, 3), rows = (panels + columns - 1) / columns;

  Drawing drawing;
  drawing.name = figure.info.name;
  drawing.scripts = {"study"};
  std::vector<int> lined, named, levels, jumps, points, style;
  std::vector<std::string> label;
  const std::vector<std::string> keys = style_keys(series);
  std::set<std::string> line_keys;
  for (int s = 0; s < n; ++s)
    if (series[s].mark == Mark::line) line_keys.insert(keys[s]);
  Styles styles(line_keys);
  int longest = 0;
  for (int s = 0; s < n; ++s) {
    label.push_back(shorten(series[s].name, 34));
    longest = std::max(longest, text_width(label.back()));
    style.push_back(series[s].mark == Mark::line ? styles.of(keys[s]) : 1);
    (series[s].mark == Mark::line    ? lined
     : series[s].mark == Mark::level ? levels
     : series[s].mark == Mark::jump  ? jumps
                                     : points)
        .push_back(s + 1);
  }

  std::vector<int> banded, interval, cover, log_x, log_y;
  std::vector<double> x_low, x_high, y_low, y_high;
  std::vector<std::string> x_ticks, y_ticks, x_name, y_name, names;
  for (const Series& one : series) names.push_back(one.name);
  bool cut = false, bands = false, timed = false;
  std::string together;
  int numbers = 0;
  for (const auto& panel : figure.panels) {
    const PanelInfo& info = panel.info;
    Range x, y;
    std::vector<std::vector<Point>> drawn_lines;
    for (const Series& one : series) {
      const Drawn drawn = add_block(drawing.data, panel, one);
      banded.push_back(drawn.banded);
      interval.push_back(std::max(1, drawn.points / 8));
      cut = cut || (drawn.cut && drawn.banded), bands = bands || drawn.banded;
      timed = timed || (drawn.banded && info.timed);
      if (!drawn.x.empty()) x.see(drawn.x.low), x.see(drawn.x.high);
      if (!drawn.y.empty()) y.see(drawn.y.low), y.see(drawn.y.high);
      drawn_lines.push_back(drawn.line);
    }
    const bool whole = counts(panel);
    const Range wide = axis_range(x, info.x_low, info.x_high, info.log_x, kPadding);
    const Range high = axis_range(y, info.y_low, info.y_high, info.log_y, 0.05);
    for (auto& line : drawn_lines) line = shares_of(line, high, info.log_y);
    const Overlap overlap = overlap_of(drawn_lines);
    for (const int c : cover_of(overlap, n)) cover.push_back(c);
    if (!overlap.empty())
      together += fmt::format("{} in “{}” {}", together.empty() ? ":" : ";", info.title,
                              overlap_text(overlap, names));
    log_x.push_back(info.log_x), log_y.push_back(info.log_y);
    x_low.push_back(whole && x.high > x.low ? x.low - kPadding * (x.high - x.low) : wide.low);
    x_high.push_back(wide.high);
    y_low.push_back(high.low), y_high.push_back(high.high);
    const double first = whole && !x.empty() ? x.low : wide.low;
    x_ticks.push_back(tick_list(ticks_of(
        {.low = first, .high = wide.high, .pixels = kWidth, .logarithmic = info.log_x, .whole = whole})));
    const std::vector<Tick> upright = ticks_of(
        {.low = high.low, .high = high.high, .pixels = kHeight, .logarithmic = info.log_y, .upright = true});
    numbers = std::max(numbers, widest(upright));
    y_ticks.push_back(tick_list(upright));
    x_name.push_back(axis_title(info.xname, info.log_x));
    y_name.push_back(axis_title(info.yname, info.log_y));
  }

  std::string caption = figure.info.caption;
  if (bands)
    caption += " Line: mean over the runs; band: one standard deviation, or from lower to higher of two.";
  if (timed) caption += " Against time: each point at the median of its runs' times.";
  if (cut) caption += " On a logarithmic axis a band is cut at a tenth of its mean.";
  if (!together.empty()) caption += " Lines that coincide are dashed over each other" + together + ".";
  const int key_width = 90 + longest, left = kTitleRoom + numbers, pitch = left + kWidth + kGapX;
  drawing.width = columns * pitch + key_width;
  drawing.height = kTop + rows * kHeight + (rows - 1) * kGapY + 66;
  set_frame(drawing, figure.info.title, caption);
  ScriptVariables& v = drawing.variables;
  using Number = std::pair<const char*, int>;
  for (const auto& [name, value] :
       {Number{"panels", panels}, Number{"columns", columns}, Number{"n", n}, Number{"left", left},
        Number{"top", kTop}, Number{"pitch_x", pitch}, Number{"pitch_y", kHeight + kGapY},
        Number{"panel_width", kWidth}, Number{"panel_height", kHeight}, Number{"key_width", key_width}})
    v.set(name, static_cast<double>(value));
  v.set("panel_title", titles(figure));
  v.set("xname", x_name);
  v.set("yname", y_name);
  v.set("xticks", x_ticks);
  v.set("yticks", y_ticks);
  v.set("label", label);
  v.set("log_x", log_x), v.set("log_y", log_y), v.set("style", style);
  v.set("banded", banded), v.set("interval", interval), v.set("cover", cover);
  v.set_list("lined", lined);
  v.set_list("levels", levels);
  v.set_list("jumps", jumps);
  v.set_list("points_of", points);
  v.set("x_low", x_low), v.set("x_high", x_high);
  v.set("y_low", y_low), v.set("y_high", y_high);
  return drawing;
}

}  // namespace symopt
