// drawing.cpp — what figures share: titles, captions, labels, ranges and mean curves.
#include "plots/figures/drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

// The curve at x ≥ its start: linear between points, its last value after its end. `next` is the first point
// beyond x, and moves on with it.
double value_at(const std::vector<Point>& curve, double x, std::size_t& next) {
  while (next < curve.size() && curve[next].x <= x) ++next;
  const Point& before = curve[next - 1];
  if (next == curve.size() || before.x == x) return before.y;
  return before.y + (x - before.x) / (curve[next].x - before.x) * (curve[next].y - before.y);
}

}  // namespace

std::vector<BandPoint> mean_curve(const std::vector<std::vector<Point>>& curves) {
  double start = -std::numeric_limits<double>::infinity();
  std::vector<double> changes;
  for (const auto& curve : curves) {
    if (curve.empty()) return {};
    start = std::max(start, curve.front().x);
    for (const Point& point : curve) changes.push_back(point.x);
  }
  std::sort(changes.begin(), changes.end());
  changes.erase(std::unique(changes.begin(), changes.end()), changes.end());

  std::vector<BandPoint> line;
  std::vector<std::size_t> next(curves.size(), 0);
  std::vector<double> values(curves.size());
  for (const double x : changes) {
    if (x < start) continue;
    for (std::size_t i = 0; i < curves.size(); ++i) values[i] = value_at(curves[i], x, next[i]);
    const double center = mean(values), deviation = std::sqrt(variance(values));
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (values.size() >= 3)
      line.push_back({x, center, center - deviation, center + deviation});
    else
      line.push_back({x, center, *low, *high});
  }
  return line;
}

void Range::see(double value, bool positive) {
  if (!std::isfinite(value) || (positive && value <= 0)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

std::string setting_text(const NetworkView& network) {
  std::string text =
      fmt::format("{}, {}, {} trial{}", shorten(network.dataset, 24), shorten(network.network, 48),
                  network.trials(), network.trials() == 1 ? "" : "s");
  if (network.left_out > 0)
    text += fmt::format(", best {} of {} by validation", network.optimizers.size(),
                        network.optimizers.size() + static_cast<std::size_t>(network.left_out));
  return text;
}

std::string error_note(const NetworkView& network) {
  return network.error_is.empty() ? "" : fmt::format(" Error: {}.", network.error_is);
}

void set_frame(Drawing& drawing, const std::string& title, const std::string& caption) {
  drawing.title = title, drawing.caption = caption;
  // A character of the 9-point caption is about 6.3 pixels wide, of the 13-point title 9.6.
  const std::vector<std::string> lines = wrap(caption, static_cast<int>((drawing.width - 28) / 6.3));
  drawing.height += 16 * static_cast<int>(lines.size());
  drawing.variables.set("width", drawing.width);
  drawing.variables.set("height", drawing.height);
  drawing.variables.set("heading", shorten(title, static_cast<int>((drawing.width - 28) / 9.6)));
  drawing.variables.set("captions", static_cast<double>(lines.size()));
  drawing.variables.set("caption", lines);
}

std::vector<std::string> labels(const NetworkView& network, int length, bool reasons) {
  std::vector<std::string> labels;
  for (const OptimizerView& optimizer : network.optimizers) {
    const std::string counts = fmt::format(" ({})", optimizer.counts(reasons));
    labels.push_back(shorten(optimizer.label, std::max(8, length - text_length(counts))) + counts);
  }
  return labels;
}

std::vector<int> styles(const NetworkView& network) {
  std::vector<int> styles;
  for (const OptimizerView& optimizer : network.optimizers) styles.push_back(optimizer.style);
  return styles;
}

int highest_style(const std::vector<NetworkView>& networks) {
  int highest = 1;
  for (const NetworkView& network : networks)
    for (const OptimizerView& optimizer : network.optimizers) highest = std::max(highest, optimizer.style);
  return highest;
}

}  // namespace symopt
