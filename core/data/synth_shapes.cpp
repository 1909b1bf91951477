// synth_shapes.cpp — a ground, clutter, a shape, clutter: polygons one upon another.
#include "core/data/synth_shapes.hpp"

#include <array>

#include "core/data/drawn.hpp"
#include "core/data/paint.hpp"
#include "core/data/polygon_cover.hpp"
#include "core/data/shape_outlines.hpp"

namespace symopt {

namespace {

using fixed::Rotation;

constexpr int canvas_side = synth_shapes_side;
constexpr std::int64_t canvas_end = canvas_side * fixed::pixel;
constexpr std::uint64_t shapes_seed = 0x736861706573;

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

using Cover = PolygonCover<canvas_side, canvas_side>;
using Unevenness = Blotches<canvas_side, canvas_side>;

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
    const Unevenness uneven(stream, 14);
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
             const Unevenness& uneven) {
    for (int y = cover.top; y < cover.bottom; ++y)
      for (int x = cover.left; x < cover.right; ++x) {
        const std::int64_t share = cover.share(x, y);
        if (share == 0) continue;
        const std::int64_t light = ((shading * along(r, x, y)) >> 5) + uneven.at(x, y);  // canvas_side
        for (std::size_t c = 0; c < 3; ++c) {
          std::int64_t& value = at(x, y)[c];
          value += ((colour[c] + light - value) * share) >> 11;  // full
        }
      }
  }

  void develop(Stream& stream, std::int64_t grain, std::span<std::uint8_t> pixels) const {
    symopt::develop(std::span(colours_), stream, grain, pixels);
  }

 private:
  std::int64_t* at(int x, int y) { return &colours_[static_cast<std::size_t>(3 * (y * canvas_side + x))]; }

  Colour mean_;
  std::array<std::int64_t, 3 * canvas_side * canvas_side> colours_;
};

static_assert(canvas_side == 32 && Cover::full == 2048 && fixed::one == 4096, "the shifts' divisors");

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
    const Unevenness uneven(stream, 8);
    cover.fill(polygons);
    canvas.paint(cover, colour, light, shading, uneven);
  };

  for (std::int64_t left = fixed::between(stream, 2, 5); left > 0; --left) {
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
