// synth_digits.cpp — digits from deformed pen strokes; elastic deformation after Simard, Steinkraus, Platt
// 2003, applied to the pen's path instead of the pixels. Whole numbers throughout: no rounding depends on
// compiler or machine.
#include "core/data/synth_digits.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/data/digit_strokes.hpp"
#include "core/data/drawn.hpp"
#include "core/data/fixed_point.hpp"

namespace symopt {

namespace {

using fixed::Vec, fixed::divide, fixed::between, fixed::bell, fixed::bell_vector, fixed::one, fixed::pixel;

constexpr int side = synth_digits_side;
constexpr std::int64_t height = 19 * pixel;  // of a digit before its transformation
constexpr std::uint64_t seed = 0x64696769747301;

// Scale, then slant, then rotation, then shift to the middle of the picture and a little away from it.
class Affine {
 public:
  explicit Affine(Stream& stream) {
    const std::int64_t width = one + bell(stream, 500), tall = one + bell(stream, 300);
    const std::int64_t slant = bell(stream, 750);
    const auto [cosine, sine] = fixed::half_angle(bell(stream, 320));
    const std::int64_t xy = divide(slant * tall, one);
    rows_ = {{{divide(cosine * width, one), divide(cosine * xy - sine * tall, one)},
              {divide(sine * width, one), divide(sine * xy + cosine * tall, one)}}};
    shift_ = bell_vector(stream, 250);
  }
  // From the box of the strokes, with its middle at 0, to the picture.
  Vec operator()(Vec p) const {
    const std::int64_t middle = side * pixel / 2;
    return {middle + shift_.x + divide(rows_[0].x * p.x + rows_[0].y * p.y, one),
            middle + shift_.y + divide(rows_[1].x * p.x + rows_[1].y * p.y, one)};
  }

 private:
  std::array<Vec, 2> rows_;
  Vec shift_;
};

// A smooth displacement: a uniform cubic B-spline over random vectors on a grid.
class Elastic {
 public:
  explicit Elastic(Stream& stream) {
    for (Vec& knot : knots_) knot = bell_vector(stream, 580);
  }
  Vec operator()(Vec p) const {
    const auto [i, u] = locate(p.x);
    const auto [j, v] = locate(p.y);
    Vec sum;
    for (int b = 0; b < 4; ++b)
      for (int a = 0; a < 4; ++a) {
        const Vec& knot = knots_[static_cast<std::size_t>((j + b) * grid + i + a)];
        sum.x += u[a] * v[b] * knot.x;
        sum.y += u[a] * v[b] * knot.y;
      }
    constexpr std::int64_t scale = weight_sum * weight_sum;
    return {p.x + divide(sum.x, scale), p.y + divide(sum.y, scale)};
  }

 private:
  static constexpr int cells = 4, grid = cells + 3;
  static constexpr std::int64_t cell = side * pixel / cells, steps = 64,
                                weight_sum = 6 * steps * steps * steps;

  // The cell of a coordinate (the nearest one outside the picture) and the four weights there.
  static std::pair<int, std::array<std::int64_t, 4>> locate(std::int64_t c) {
    const std::int64_t inside = std::clamp<std::int64_t>(c, 0, side * pixel - 1);
    const std::int64_t t = inside % cell * steps / cell, s = steps - t;
    return {static_cast<int>(inside / cell),
            {s * s * s, 3 * t * t * t - 6 * t * t * steps + 4 * steps * steps * steps,
             3 * s * s * s - 6 * s * s * steps + 4 * steps * steps * steps, t * t * t}};
  }

  std::array<Vec, grid * grid> knots_;
};

// Catmull and Rom's curve from b to c at k/8, with the neighbours a and d.
constexpr int pieces = 8;
std::int64_t catmull_rom(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d, std::int64_t k) {
  constexpr std::int64_t n = pieces;
  return divide(2 * b * n * n * n + (c - a) * k * n * n + (2 * a - 5 * b + 4 * c - d) * k * k * n +
                    (3 * b - a - 3 * c + d) * k * k * k,
                2 * n * n * n);
}

// The stroke's points, each off by a hand's inaccuracy, as a polyline in the picture.
std::vector<Vec> trace(const PenStroke& stroke, const Affine& affine, const Elastic& elastic,
                       Stream& stream) {
  std::vector<Vec> points;
  for (std::size_t i = 0; i < stroke.size(); ++i) {
    const bool corner = i > 0 && stroke[i] == stroke[i - 1];
    const Vec middle{divide((stroke[i].x - 30) * height, 100), divide((stroke[i].y - 50) * height, 100)};
    const Vec off = bell_vector(stream, 125);
    points.push_back(corner ? points.back() : affine({middle.x + off.x, middle.y + off.y}));
  }
  std::vector<Vec> path{elastic(points.front())};
  const std::size_t last = points.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    const Vec &a = points[i > 0 ? i - 1 : 0], &b = points[i], &c = points[i + 1],
              &d = points[std::min(i + 2, last)];
    for (int k = 1; k <= pieces; ++k)
      path.push_back(elastic({catmull_rom(a.x, b.x, c.x, d.x, k), catmull_rom(a.y, b.y, c.y, d.y, k)}));
  }
  return path;
}

// Distances of the pixels' centres from the ink, negative within; from half a pixel on, a pixel has none.
// Rows have room for a whole block beyond their end.
constexpr int block = 8, stride = side + block;
using Field = std::array<double, side * stride>;
constexpr double no_ink = pixel / 2;

// Lowers `outside` by one segment of the pen. Whole numbers below 2^53, so doubles, of which processors
// compare several at a time, are exact; a distance is rounded down twice, its square and the square's root.
void draw_segment(Vec a, Vec b, std::int64_t radius, Field& outside) {
  const std::int64_t reach = radius + pixel / 2;
  const auto first = [&](std::int64_t low) {
    return std::clamp<std::int64_t>(divide(low - reach, pixel), 0, side);
  };
  const auto last = [&](std::int64_t high) {
    return std::clamp<std::int64_t>(divide(high + reach, pixel) + 1, 0, side);
  };
  const std::int64_t left = first(std::min(a.x, b.x)), right = last(std::max(a.x, b.x));
  const std::int64_t top = first(std::min(a.y, b.y)), bottom = last(std::max(a.y, b.y));
  const double dx = static_cast<double>(b.x - a.x), dy = static_cast<double>(b.y - a.y);
  const double length2 = dx * dx + dy * dy, pen = static_cast<double>(radius);
  for (std::int64_t y = top; y < bottom; ++y) {
    const double qy = static_cast<double>(y * pixel + pixel / 2 - a.y), py = qy - dy;
    for (std::int64_t x = left; x < right; x += block) {
      double* const distances = outside.data() + y * stride + x;
      for (int i = 0; i < block; ++i) {
        const double qx = static_cast<double>((x + i) * pixel + pixel / 2 - a.x), px = qx - dx;
        const double along = qx * dx + qy * dy, cross = qx * dy - qy * dx;
        const double to_line = std::floor(cross * cross / length2);
        const double to_end = along <= 0 ? qx * qx + qy * qy : px * px + py * py;
        const double square = along > 0 && along < length2 ? to_line : to_end;
        const double distance = std::floor(std::sqrt(square)) - pen;
        distances[i] = distance < distances[i] ? distance : distances[i];
      }
    }
  }
}

}  // namespace

void draw_digit(int digit, Stream stream, std::span<std::uint8_t> pixels) {
  const std::vector<DigitStyle>& styles = digit_styles(digit);
  const DigitStyle& style = styles[stream.below(styles.size())];
  const Affine affine(stream);
  const Elastic elastic(stream);
  const std::int64_t radius = between(stream, 130, 420);

  Field outside;
  outside.fill(no_ink);
  for (const PenStroke& stroke : style) {
    const std::vector<Vec> path = trace(stroke, affine, elastic, stream);
    // The pen is pressed harder at one end.
    const std::int64_t start = std::max<std::int64_t>(100, radius + bell(stream, 35));
    const std::int64_t end = std::max<std::int64_t>(100, radius + bell(stream, 35));
    const std::int64_t segments = static_cast<std::int64_t>(path.size()) - 1;
    for (std::int64_t s = 0; s < segments; ++s)
      draw_segment(path[static_cast<std::size_t>(s)], path[static_cast<std::size_t>(s + 1)],
                   start + divide((end - start) * s, segments), outside);
  }

  // Ink fades over one pixel across its edge; paper and ink are both uneven.
  const std::int64_t ink = between(stream, 200, 255), grain = between(stream, 0, 40);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::int64_t covered =
        std::min(static_cast<std::int64_t>(no_ink - outside[i / side * stride + i % side]), pixel);
    const std::int64_t noise = between(stream, -grain, grain);
    pixels[i] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(covered * ink / pixel + noise, 0, 255));
  }
}

Dataset synth_digits(std::uint32_t train, std::uint32_t test) {
  Dataset data;
  data.name = "synth-digits";
  data.height = data.width = side;
  data.classes = 10;
  draw_samples(data, train, test, Stream(seed), Purpose::digits, draw_digit);
  return data;
}

}  // namespace symopt
