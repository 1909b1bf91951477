// synth_shapes.cpp — polygons filled line by line, with the exact share of each pixel along a line, eight
// lines a pixel.
#include "core/data/synth_shapes.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/data/drawn.hpp"
#include "core/data/shape_outlines.hpp"

namespace symopt {

namespace {

using fixed::Rotation;

constexpr int canvas_side = synth_shapes_side;
constexpr std::int64_t canvas_end = canvas_side * fixed::pixel;
constexpr int lines = 8;                             // that are filled in each pixel
constexpr std::int64_t full = lines * fixed::pixel;  // cover of a pixel that is all within
constexpr std::uint64_t shapes_seed = 0x736861706573;

using Colour = std::array<std::int64_t, 3>;

// Of all brightnesses, or of some.
struct Tones {
  std::int64_t low = 20, high = 235;
};
Colour any_colour(Stream& stream, Tones tones = {}) {
  const std::int64_t red = fixed::between(stream, tones.low, tones.high),
                     green = fixed::between(stream, tones.low, tones.high);
  return {red, green, fixed::between(stream, tones.low, tones.high)};
}

std::int64_t difference(const Colour& a, const Colour& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
}

// Any angle, nearly evenly: quarters of a turn, and up to an eighth of one to either side.
Rotation any_rotation(Stream& stream) {
  constexpr std::int64_t tan_22_5 = 1697;
  const std::uint64_t quarters = stream.below(4);
  Rotation r = fixed::half_angle(fixed::between(stream, -tan_22_5, tan_22_5));
  for (std::uint64_t q = 0; q < quarters; ++q) r = {-r.sine, r.cosine};
  return r;
}

fixed::Vec turned(const Rotation& r, fixed::Vec p) {
  return {fixed::divide(r.cosine * p.x - r.sine * p.y, fixed::one),
          fixed::divide(r.sine * p.x + r.cosine * p.y, fixed::one)};
}

// How much of each pixel an odd number of polygons surround, in 1/full: the rows from `top` to before
// `bottom`.
struct Cover {
  std::array<std::int64_t, canvas_side * canvas_side> shares;
  int top = 0, bottom = 0;

  void fill(const std::vector<Outline>& polygons) {
    std::int64_t low = canvas_end, high = 0;
    for (const Outline& polygon : polygons)
      for (const fixed::Vec& p : polygon) low = std::min(low, p.y), high = std::max(high, p.y);
    top = static_cast<int>(std::max<std::int64_t>(low, 0) / fixed::pixel);
    bottom = static_cast<int>(std::min(canvas_end, high + fixed::pixel - 1) / fixed::pixel);
    for (int y = top; y < bottom; ++y) {
      std::int64_t* row = shares.data() + y * canvas_side;
      std::fill_n(row, canvas_side, 0);
      for (int line = 0; line < lines; ++line)
        fill_line(polygons, y * fixed::pixel + (2 * line + 1) * (fixed::pixel / lines / 2), row);
    }
  }

 private:
  std::vector<std::int64_t> crossings_;

  void fill_line(const std::vector<Outline>& polygons, std::int64_t y, std::int64_t* row) {
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
      const std::int64_t left = std::clamp<std::int64_t>(crossings_[c], 0, canvas_end),
                         right = std::clamp<std::int64_t>(crossings_[c + 1], 0, canvas_end);
      for (std::int64_t x = left / fixed::pixel; x * fixed::pixel < right; ++x)
        row[x] += std::min(right, (x + 1) * fixed::pixel) - std::max(left, x * fixed::pixel);
    }
  }
};

// Right shifts divide by powers of two, rounding towards minus infinity: for every pixel of every picture.

// A smooth unevenness of brightness: values on a grid, linear between them.
class Blotches {
 public:
  Blotches(Stream& stream, std::int64_t deviation) {
    for (std::int64_t& knot : knots_) knot = fixed::bell(stream, deviation);
  }
  std::int64_t at(int x, int y) const {
    const int u = 2 * (x % cell) + 1, v = 2 * (y % cell) + 1, whole = 2 * cell;
    const std::int64_t* knot = &knots_[static_cast<std::size_t>(y / cell * grid + x / cell)];
    const std::int64_t above = knot[0] * (whole - u) + knot[1] * u,
                       below = knot[grid] * (whole - u) + knot[grid + 1] * u;
    return (above * (whole - v) + below * v) >> 8;  // whole²
  }

 private:
  static constexpr int cell = 8, grid = canvas_side / cell + 1;
  std::array<std::int64_t, grid * grid> knots_;
};

// How far a pixel lies along a direction from the middle, in half pixels: at most 45.
std::int64_t along(const Rotation& r, int x, int y) {
  return (r.cosine * (2 * x + 1 - canvas_side) + r.sine * (2 * y + 1 - canvas_side)) >> 12;  // fixed::one
}

class Canvas {
 public:
  // From one colour towards another along any direction, uneven.
  Canvas(Stream& stream, Tones tones) {
    const Colour from = any_colour(stream, tones), to = any_colour(stream, tones);
    const Rotation r = any_rotation(stream);
    const Blotches uneven(stream, 14);
    // A third of the way from border to border: a ground of two strong colours would be a shape of its own.
    for (std::size_t c = 0; c < 3; ++c) mean_[c] = from[c] + (to[c] - from[c]) / 6;
    for (int y = 0; y < canvas_side; ++y)
      for (int x = 0; x < canvas_side; ++x) {
        const std::int64_t share = along(r, x, y) + 48, light = uneven.at(x, y);
        for (std::size_t c = 0; c < 3; ++c)
          at(x, y)[c] = from[c] + (((to[c] - from[c]) * share) >> 8) + light;
      }
  }
  const Colour& mean() const { return mean_; }

  // Paints `colour` where `cover` says, brighter along a direction: by up to `shading` at the borders.
  void paint(const Cover& cover, const Colour& colour, const Rotation& r, std::int64_t shading,
             const Blotches& uneven) {
    for (int y = cover.top; y < cover.bottom; ++y)
      for (int x = 0; x < canvas_side; ++x) {
        const std::int64_t share = cover.shares[static_cast<std::size_t>(y * canvas_side + x)];
        if (share == 0) continue;
        const std::int64_t light = ((shading * along(r, x, y)) >> 5) + uneven.at(x, y);  // canvas_side
        for (std::size_t c = 0; c < 3; ++c) {
          std::int64_t& value = at(x, y)[c];
          value += ((colour[c] + light - value) * share) >> 11;  // full
        }
      }
  }

  // With noise: each value's is the sum of two even ones.
  void develop(Stream& stream, std::int64_t grain, std::span<std::uint8_t> pixels) const {
    std::array<std::uint8_t, 6 * canvas_side * canvas_side> bytes;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {  // two for each value, three of a draw
      const std::uint64_t number = stream.below(1u << 24);
      for (std::size_t k = 0; k < 3; ++k) bytes[i + k] = static_cast<std::uint8_t>(number >> (8 * k));
    }
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const std::int64_t noise = ((bytes[2 * i] + bytes[2 * i + 1] - 255) * grain) >> 8;
      pixels[i] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(colours_[i] + noise, 0, 255));
    }
  }

 private:
  std::int64_t* at(int x, int y) { return &colours_[static_cast<std::size_t>(3 * (y * canvas_side + x))]; }

  Colour mean_;
  std::array<std::int64_t, 3 * canvas_side * canvas_side> colours_;
};

static_assert(canvas_side == 32 && full == 2048 && fixed::one == 4096, "the shifts' divisors");

// A stroke, or a piece of three or four uneven corners, anywhere.
Outline stroke(Stream& stream) {
  const fixed::Vec middle{fixed::between(stream, 0, canvas_end), fixed::between(stream, 0, canvas_end)};
  const std::int64_t half = fixed::between(stream, 900, 2600), thick = fixed::between(stream, 70, 220);
  const Rotation r = any_rotation(stream);
  Outline points;
  for (const fixed::Vec corner : {fixed::Vec{-half, -thick}, {half, -thick}, {half, thick}, {-half, thick}}) {
    const fixed::Vec p = turned(r, corner);
    points.push_back({middle.x + p.x, middle.y + p.y});
  }
  return points;
}

Outline scrap(Stream& stream) {
  const fixed::Vec middle{fixed::between(stream, 0, canvas_end), fixed::between(stream, 0, canvas_end)};
  Outline points;
  Rotation r = any_rotation(stream);
  const int corners = static_cast<int>(fixed::between(stream, 3, 4));
  for (int k = 0; k < corners; ++k, r = {-r.sine, r.cosine}) {
    const fixed::Vec p = turned(r, {fixed::between(stream, 200, 1000), 0});
    points.push_back({middle.x + p.x, middle.y + p.y});
  }
  return points;
}

// Stretch, slant, turn and place.
std::vector<Outline> placed(int shape, Stream& stream) {
  const std::int64_t radius = fixed::between(stream, 1600, 3000);  // 6.3 to 11.7 pixels
  const std::int64_t wide = fixed::one + fixed::bell(stream, 280), slant = fixed::bell(stream, 330);
  const Rotation r = any_rotation(stream);
  // Nearer to the middle than to the border; all of it is in the picture but for some tips.
  const std::int64_t room = (canvas_end / 2 - radius) / 2 + 200;
  const fixed::Vec middle{canvas_end / 2 + fixed::between(stream, -room, room),
                          canvas_end / 2 + fixed::between(stream, -room, room)};
  std::vector<Outline> outlines = shape_outlines(shape);
  for (Outline& outline : outlines)
    for (fixed::Vec& p : outline) {
      const fixed::Vec stretched{fixed::divide(p.x * wide + p.y * slant, 100),
                                 fixed::divide(p.y * fixed::one * fixed::one, 100 * wide)};
      const fixed::Vec q = turned(r, {fixed::divide(stretched.x * radius, fixed::one),
                                      fixed::divide(stretched.y * radius, fixed::one)});
      p = {middle.x + q.x, middle.y + q.y};
    }
  return outlines;
}

}  // namespace

void draw_shape(int shape, Stream stream, std::span<std::uint8_t> pixels) {
  // Three of four shapes are brighter than their ground.
  const bool bright = stream.below(4) != 0;
  constexpr Tones dark_half{20, 150}, bright_half{105, 235};
  Canvas canvas(stream, bright ? dark_half : bright_half);
  Cover cover;
  const auto paint = [&](const std::vector<Outline>& polygons, const Colour& colour, std::int64_t shading) {
    const Rotation light = any_rotation(stream);
    const Blotches uneven(stream, 8);
    cover.fill(polygons);
    canvas.paint(cover, colour, light, shading, uneven);
  };

  for (std::int64_t pieces = fixed::between(stream, 2, 5); pieces > 0; --pieces) {
    const Outline piece = stream.below(2) == 0 ? stroke(stream) : scrap(stream);
    paint({piece}, any_colour(stream), 20);
  }
  // Never the ground's.
  constexpr std::int64_t least_difference = 130;
  Colour colour;
  do colour = any_colour(stream, bright ? bright_half : dark_half);
  while (difference(colour, canvas.mean()) < least_difference);
  paint(placed(shape, stream), colour, fixed::between(stream, 0, 110));
  for (std::int64_t strokes = fixed::between(stream, 0, 3); strokes > 0; --strokes)
    paint({stroke(stream)}, any_colour(stream), 20);
  canvas.develop(stream, fixed::between(stream, 10, 75), pixels);
}

Dataset synth_shapes(std::uint32_t train, std::uint32_t test) {
  Dataset data;
  data.name = "synth-shapes";
  data.height = data.width = canvas_side;
  data.channels = 3;
  data.classes = 10;
  draw_samples(data, train, test, Stream(shapes_seed), Purpose::shapes, draw_shape);
  return data;
}

}  // namespace symopt
