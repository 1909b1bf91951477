// paint.hpp — colours, unevenness and grain of what the program draws itself, on integers.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "core/data/fixed_point.hpp"

namespace symopt {

/// Red, green, blue: 0 to 255 where it ends, but not on the way.
using Colour = std::array<std::int64_t, 3>;

/// Of all brightnesses, or of some.
struct Tones {
  std::int64_t low = 20, high = 235;
};
inline Colour any_colour(Stream& stream, Tones tones = {}) {
  const std::int64_t red = fixed::between(stream, tones.low, tones.high),
                     green = fixed::between(stream, tones.low, tones.high);
  return {red, green, fixed::between(stream, tones.low, tones.high)};
}

inline std::int64_t difference(const Colour& a, const Colour& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
}

// Right shifts divide by powers of two, rounding towards minus infinity: for every pixel of every picture.

/// A smooth unevenness of brightness: values on a grid, linear between them.
template <int width, int height>
class Blotches {
 public:
  Blotches(Stream& stream, std::int64_t deviation) {
    for (std::int64_t& knot : knots_) knot = fixed::bell(stream, deviation);
  }
  std::int64_t at(int x, int y) const {
    const int u = 2 * (x % cell) + 1, v = 2 * (y % cell) + 1, whole = 2 * cell;
    const std::int64_t* knot = &knots_[static_cast<std::size_t>(y / cell * across + x / cell)];
    const std::int64_t above = knot[0] * (whole - u) + knot[1] * u,
                       below = knot[across] * (whole - u) + knot[across + 1] * u;
    return (above * (whole - v) + below * v) >> 8;  // whole²
  }

 private:
  static constexpr int cell = 8, across = (width + cell - 1) / cell + 1,
                       down = (height + cell - 1) / cell + 1;
  std::array<std::int64_t, static_cast<std::size_t>(across) * down> knots_;
};

/// The pixels of a picture of these colours, with noise: each value's is the sum of two even ones.
template <std::size_t values>
void develop(std::span<const std::int64_t, values> colours, Stream& stream, std::int64_t grain,
             std::span<std::uint8_t> pixels) {
  static_assert(2 * values % 3 == 0);
  std::array<std::uint8_t, 2 * values> bytes;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {  // two for each value, three of a draw
    const std::uint64_t number = stream.below(1u << 24);
    for (std::size_t k = 0; k < 3; ++k) bytes[i + k] = static_cast<std::uint8_t>(number >> (8 * k));
  }
  for (std::size_t i = 0; i < values; ++i) {
    const std::int64_t noise = ((bytes[2 * i] + bytes[2 * i + 1] - 255) * grain) >> 8;
    pixels[i] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(colours[i] + noise, 0, 255));
  }
}

}  // namespace symopt
