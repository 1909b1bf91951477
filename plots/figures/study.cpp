// study.cpp — the figures of a study's own: panels with lines, their bands, level sets and jumps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plots/figures/drawing.hpp"
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
  bool banded = false, lined = false, jumped = false, cut = false;
  int points = 0;
  Range y;  ///< of what a logarithmic axis can show
};

Drawn add_block(DataBlocks& data, const StudyFigure::Panel& panel, const Series& series) {
  Runs runs;
  for (const LinePoint& point : panel.points)
    if (point.series == series.name) runs[point.run].push_back({point.x, point.y});
  data.begin(fmt::format("{}: {}", panel.info.title, series.name));
  Drawn drawn;
  if (runs.empty()) return drawn;
  drawn.lined = series.mark == Mark::line;
  drawn.jumped = series.mark == Mark::jump;
  if (!panel.info.band || series.mark != Mark::line) {
    for (const auto& [run, points] : runs) {
      for (const Point& p : points) data.row({p.x, p.y, p.y, p.y}), drawn.y.see(p.y, true);
      drawn.points = std::max(drawn.points, static_cast<int>(points.size()));
      data.gap();
    }
    return drawn;
  }
  std::vector<std::vector<Point>> curves;
  for (auto& [run, points] : runs) curves.push_back(std::move(points));
  const std::vector<BandPoint> line = panel.info.timed ? timed_curve(curves) : mean_curve(curves);
  for (const BandPoint& p : line) {
    double low = p.low;
    if (panel.info.log_y && !(low > kLowestBand * p.mean)) low = kLowestBand * p.mean, drawn.cut = true;
    data.row({p.x, p.mean, low, p.high});
    for (const double y : {p.mean, low, p.high}) drawn.y.see(y, true);
  }
  drawn.points = static_cast<int>(line.size());
  drawn.banded = curves.size() > 1;
  return drawn;
}

std::vector<std::string> texts(const StudyFigure& figure, std::string PanelInfo::*field) {
  std::vector<std::string> all;
  for (const auto& panel : figure.panels) all.push_back(panel.info.*field);
  return all;
}
// Epochs and steps: the axis begins at 0, and has no ticks between them.
bool counts(const StudyFigure::Panel& panel) {
  return !panel.info.log_x && !panel.points.empty() &&
         std::all_of(panel.points.begin(), panel.points.end(),
                     [](const LinePoint& p) { return p.x >= 0 && p.x == std::floor(p.x); });
}

double end_of(double asked, double otherwise) { return std::isfinite(asked) ? asked : otherwise; }

}  // namespace

Drawing study_figure(const StudyFigure& figure) {
  constexpr int kLeft = 84, kTop = 72, kWidth = 330, kHeight = 270, kGapX = 92, kGapY = 86;
  const std::vector<Series> series = series_of(figure);
  const int panels = static_cast<int>(figure.panels.size()), n = static_cast<int>(series.size());
  const int columns = panels == 4 ? 2 : std::min(panels, 3), rows = (panels + columns - 1) / columns;

  Drawing drawing;
  drawing.name = figure.info.name;
  drawing.scripts = {"study"};
  std::vector<int> banded, lined, jumped, interval, level_count, named, levels, log_x, log_y, style, whole;
  std::string jump_label;
  // An axis that gnuplot chooses is from 0 to 0.
  std::vector<double> x_low, x_high, y_low, y_high;
  bool cut = false, bands = false, timed = false;
  int longest = 0, jumps = 0, styles = 0;
  std::vector<std::string> label;
  for (int s = 0; s < n; ++s) {
    label.push_back(shorten(series[s].name, 34));
    longest = std::max(longest, text_width(label.back()));
    style.push_back(series[s].mark == Mark::line ? ++styles : 1);
    if (series[s].mark == Mark::line) named.push_back(s + 1);
    if (series[s].mark == Mark::jump) ++jumps, jump_label = label.back();
    if (series[s].mark == Mark::level) levels.push_back(s + 1);
  }
  for (const auto& panel : figure.panels) {
    Range x, y;
    for (const LinePoint& point : panel.points) x.see(point.x);
    for (const Series& one : series) {
      const Drawn drawn = add_block(drawing.data, panel, one);
      banded.push_back(drawn.banded), lined.push_back(drawn.lined), jumped.push_back(drawn.jumped);
      interval.push_back(std::max(1, drawn.points / 8));
      cut = cut || (drawn.cut && drawn.banded), bands = bands || drawn.banded;
      timed = timed || (drawn.banded && panel.info.timed);
      y.see(drawn.y.low), y.see(drawn.y.high);
    }
    const bool own = panel.info.log_y && !y.empty();
    whole.push_back(counts(panel) && x.high <= 12);
    x_low.push_back(end_of(panel.info.x_low, 0));
    x_high.push_back(end_of(panel.info.x_high, counts(panel) ? x.high : 0));
    y_low.push_back(end_of(panel.info.y_low, own ? y.low / 1.15 : 0));
    y_high.push_back(end_of(panel.info.y_high, own ? y.high * 1.15 : 0));
    log_x.push_back(panel.info.log_x), log_y.push_back(panel.info.log_y);
    level_count.push_back(static_cast<int>(levels.size()));
  }

  std::string caption = figure.info.caption;
  if (bands)
    caption += " Line: mean over the runs; band: one standard deviation, or from lower to higher of two.";
  if (timed) caption += " Against time: each point at the median of its runs' times.";
  if (cut) caption += " On a logarithmic axis a band is cut at a tenth of its mean.";
  const int key_width = 90 + longest;
  drawing.width = kLeft + columns * kWidth + (columns - 1) * kGapX + 24 + key_width;
  drawing.height = kTop + rows * kHeight + (rows - 1) * kGapY + 66;
  set_frame(drawing, figure.info.title, caption);
  ScriptVariables& v = drawing.variables;
  using Number = std::pair<const char*, int>;
  for (const auto& [name, value] :
       {Number{"panels", panels}, Number{"columns", columns}, Number{"n", n}, Number{"left", kLeft},
        Number{"top", kTop}, Number{"pitch_x", kWidth + kGapX}, Number{"pitch_y", kHeight + kGapY},
        Number{"panel_width", kWidth}, Number{"panel_height", kHeight}, Number{"key_width", key_width},
        Number{"jumps", std::min(jumps, 1)}, Number{"greys", levels.empty() ? 0 : 1}})
    v.set(name, static_cast<double>(value));
  v.set("jump_label", jump_label);
  v.set("panel_title", texts(figure, &PanelInfo::title));
  v.set("xname", texts(figure, &PanelInfo::xname));
  v.set("yname", texts(figure, &PanelInfo::yname));
  v.set("label", label);
  v.set("log_x", log_x), v.set("log_y", log_y), v.set("style", style), v.set("whole", whole);
  v.set("banded", banded), v.set("lined", lined), v.set("jumped", jumped), v.set("interval", interval);
  v.set("level_count", level_count);
  v.set_list("named", named);
  v.set_list("levels", levels);
  v.set("x_low", x_low), v.set("x_high", x_high);
  v.set("y_low", y_low), v.set("y_high", y_high);
  return drawing;
}

}  // namespace symopt
