// polygon_cover.hpp — polygons filled line by line, with the exact share of each pixel along a line, eight
// lines a pixel.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/data/fixed_point.hpp"

namespace symopt {

/// A polygon: its corners in order, in 1/256 pixel, y downwards.
using Outline = std::vector<fixed::Vec>;

/// How much of each pixel an odd number of polygons surround, in 1/full: the rows from `top` to before
/// `bottom`, the columns from `left` to before `right`, outside of which nothing is covered.
template <int width, int height>
class PolygonCover {
 public:
  static constexpr int lines = 8;                             // that are filled in each pixel
  static constexpr std::int64_t full = lines * fixed::pixel;  // cover of a pixel that is all within

  int top = 0, bottom = 0, left = 0, right = 0;
  std::int64_t share(int x, int y) const { return shares_[static_cast<std::size_t>(y * width + x)]; }

  void fill(std::span<const Outline> polygons) {
    fixed::Vec low{x_end, y_end}, high{0, 0};
    for (const Outline& polygon : polygons)
      for (const fixed::Vec& p : polygon) {
        low = {std::min(low.x, p.x), std::min(low.y, p.y)};
        high = {std::max(high.x, p.x), std::max(high.y, p.y)};
      }
    left = beginning(low.x), right = past(high.x, x_end);
    top = beginning(low.y), bottom = past(high.y, y_end);
    if (left >= right) bottom = top;
    for (int y = top; y < bottom; ++y) {
      std::int64_t* row = shares_.data() + y * width;
      std::fill(row + left, row + right, 0);
      for (int line = 0; line < lines; ++line)
        fill_line(polygons, y * fixed::pixel + (2 * line + 1) * (fixed::pixel / lines / 2), row);
    }
  }

 private:
  static constexpr std::int64_t x_end = width * fixed::pixel, y_end = height * fixed::pixel;
  static int beginning(std::int64_t low) {
    return static_cast<int>(std::max<std::int64_t>(low, 0) / fixed::pixel);
  }
  static int past(std::int64_t high, std::int64_t end) {
    return static_cast<int>(std::min(end, high + fixed::pixel - 1) / fixed::pixel);
  }

  std::array<std::int64_t, static_cast<std::size_t>(width) * height> shares_;
  std::vector<std::int64_t> crossings_;

  void fill_line(std::span<const Outline> polygons, std::int64_t y, std::int64_t* row) {
    crossings_.clear();
    for (const Outline& polygon : polygons) {
      fixed::Vec a = polygon.back();
      for (const fixed::Vec& b : polygon) {
        if ((a.y <= y) != (b.y <= y)) {
          const std::int64_t rise = b.y - a.y, way = (y - a.y) * (b.x - a.x);
          crossings_.push_back(a.x + (rise > 0 ? fixed::divide(way, rise) : fixed::divide(-way, -rise)));
        }
        a = b;
      }
    }
    std::sort(crossings_.begin(), crossings_.end());
    for (std::size_t c = 0; c + 1 < crossings_.size(); c += 2) {
      const std::int64_t from = std::clamp<std::int64_t>(crossings_[c], 0, x_end),
                         to = std::clamp<std::int64_t>(crossings_[c + 1], 0, x_end);
      if (from == to) continue;
      const std::int64_t first = from / fixed::pixel, last = (to - 1) / fixed::pixel;
      for (std::int64_t x = first; x <= last; ++x) row[x] += fixed::pixel;
      row[first] -= from - first * fixed::pixel;
      row[last] -= (last + 1) * fixed::pixel - to;
    }
  }
};

}  // namespace symopt
