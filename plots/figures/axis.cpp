// axis.cpp — where an axis has its ticks, what is written at them, and how much room that takes.
#include "plots/figures/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plots/figures/gnuplot.hpp"
#include "plots/numbers.hpp"

namespace symopt {

namespace {

// From ratios of less than this on, the ticks of a linear axis serve a logarithmic one better.
constexpr double kFewDecades = 0.4;
constexpr int kLineHeight = 20, kGap = 16;  // pixels: between baselines, and between numbers side by side

double position(const AxisSpan& axis, double value) {
  const double share = axis.logarithmic ? std::log(value / axis.low) / std::log(axis.high / axis.low)
                                        : (value - axis.low) / (axis.high - axis.low);
  return axis.pixels * share;
}

// Is there room between two numbers that are neighbours?
bool fit(const AxisSpan& axis, const Tick& a, const Tick& b) {
  const double distance = std::abs(position(axis, b.at) - position(axis, a.at));
  if (axis.upright) return distance >= kLineHeight;
  return distance >= (text_width(a.text) + text_width(b.text)) * axis.points / 22. + kGap;
}

bool fit(const AxisSpan& axis, const std::vector<Tick>& ticks) {
  for (std::size_t i = 1; i < ticks.size(); ++i)
    if (!fit(axis, ticks[i - 1], ticks[i])) return false;
  return true;
}

std::vector<Tick> multiples(const AxisSpan& axis, double step) {
  std::vector<Tick> ticks;
  constexpr double kRounding = 1e-9;
  const double first = std::ceil(axis.low / step - kRounding),
               last = std::floor(axis.high / step + kRounding);
  for (double k = first; k <= last; ++k) ticks.push_back({k * step, number_text(k * step)});
  return ticks;
}

std::vector<Tick> linear_ticks(const AxisSpan& axis) {
  // Rounding leaves nothing to tell apart.
  if (axis.high - axis.low <= 1e-9 * std::max(std::abs(axis.low), std::abs(axis.high)))
    return {{axis.low, number_text(axis.low)}};
  // Not as dense as numbers could stand.
  const int apart = axis.upright || axis.whole ? 40 : 70;
  const double wish = (axis.high - axis.low) * apart / axis.pixels;
  double power = std::pow(10., std::floor(std::log10(wish)));
  for (;; power *= 10)
    for (const double m : {1, 2, 5}) {
      const double step = m * power;
      if (step < 0.99 * wish || (axis.whole && step < 1)) continue;
      std::vector<Tick> ticks = multiples(axis, step);
      if (!fit(axis, ticks)) continue;
      if (axis.whole) {
        const Tick start{axis.low, number_text(axis.low)};
        while (!ticks.empty() && !fit(axis, start, ticks.front())) ticks.erase(ticks.begin());
        ticks.insert(ticks.begin(), start);
      }
      return ticks;
    }
}

std::vector<Tick> decade_ticks(const AxisSpan& axis, const std::vector<double>& mantissas, int stride) {
  std::vector<Tick> ticks;
  const int last = static_cast<int>(std::ceil(std::log10(axis.high)));
  for (int k = static_cast<int>(std::floor(std::log10(axis.low))); k <= last; ++k) {
    if (k % stride != 0) continue;
    for (const double m : mantissas) {
      const double at = m * std::pow(10., k);
      if (at >= axis.low * (1 - 1e-9) && at <= axis.high * (1 + 1e-9)) ticks.push_back({at, number_text(at)});
    }
  }
  return ticks;
}

std::vector<Tick> logarithmic_ticks(const AxisSpan& axis) {
  static const std::vector<std::vector<double>> sets = {{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8},
                                                        {1, 1.5, 2, 3, 4, 5, 7},
                                                        {1, 1.5, 2, 3, 5, 7},
                                                        {1, 2, 3, 5},
                                                        {1, 2, 5},
                                                        {1, 3},
                                                        {1}};
  const double span = std::log10(axis.high / axis.low);
  if (span < kFewDecades) return linear_ticks(axis);
  std::vector<Tick> ticks;
  for (const auto& set : sets) {
    ticks = decade_ticks(axis, set, 1);
    if (ticks.size() >= 2 && fit(axis, ticks)) break;
  }
  for (int stride = 2; !fit(axis, ticks); ++stride) ticks = decade_ticks(axis, {1}, stride);
  // What is not numbered still shows that the axis is logarithmic, where the marks do not run together.
  if (axis.pixels / span >= 60) {
    for (const Tick& tick : decade_ticks(axis, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1))
      if (std::none_of(ticks.begin(), ticks.end(),
                       [&](const Tick& t) { return std::abs(t.at / tick.at - 1) < 1e-9; }))
        ticks.push_back({tick.at, ""});
  }
  return ticks;
}

}  // namespace

std::vector<Tick> ticks_of(const AxisSpan& axis) {
  return axis.logarithmic ? logarithmic_ticks(axis) : linear_ticks(axis);
}

int widest(const std::vector<Tick>& ticks) {
  int width = 0;
  for (const Tick& tick : ticks) width = std::max(width, text_width(tick.text));
  return width;
}

std::string tick_list(const std::vector<Tick>& ticks) {
  std::string list;
  for (const Tick& tick : ticks)
    // In double quotes: a gnuplot string of this list has single ones around it.
    list += fmt::format("{}\"{}\" {:.10g}{}", list.empty() ? "" : ", ", tick.text, tick.at,
                        tick.text.empty() ? " 1" : "");
  return "(" + list + ")";
}

}  // namespace symopt
