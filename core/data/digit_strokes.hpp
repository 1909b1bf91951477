// digit_strokes.hpp — how people write the ten digits: the points a pen passes through.
#pragma once
#include <vector>

namespace symopt {

/// In a box 60 wide and 100 tall, y downwards.
struct PenPoint {
  int x, y;
  friend bool operator==(const PenPoint&, const PenPoint&) = default;
};

/// One pull of the pen along a smooth curve through its points; a point given twice is a corner.
using PenStroke = std::vector<PenPoint>;
/// One way to write a digit.
using DigitStyle = std::vector<PenStroke>;

/// The ways to write `digit` (0–9).
const std::vector<DigitStyle>& digit_styles(int digit);

}  // namespace symopt
