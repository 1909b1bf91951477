// axis.hpp — where an axis has its ticks, what is written at them, and how much room that takes.
#pragma once
#include <string>
#include <vector>

namespace symopt {

struct Tick {
  double at;
  std::string text;  ///< empty: a short tick without a number
};

struct AxisSpan {
  double low, high;  ///< low < high; positive on a logarithmic axis
  int pixels;
  bool logarithmic = false;
  bool upright = false;  ///< numbers stand above one another, not side by side
  bool whole = false;    ///< no ticks between whole numbers, and one at `low`
  int points = 11;       ///< size of the letters
};

/// As many as their numbers leave room for: 1, 2, 5 times a power of ten apart; on a logarithmic axis the
/// densest of several sets within each power of ten, so that some number stands near every point.
std::vector<Tick> ticks_of(const AxisSpan& axis);

/// Pixels of the widest number.
int widest(const std::vector<Tick>& ticks);
/// gnuplot's list of ticks: ("1" 1, "" 2 1).
std::string tick_list(const std::vector<Tick>& ticks);

}  // namespace symopt
