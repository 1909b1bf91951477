// test_synth_shapes.cpp — the built-in shapes: the same everywhere, balanced, none twice, told by their
// outlines and not by colour.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "core/data/sha256.hpp"
#include "core/data/shape_outlines.hpp"
#include "core/data/synth_shapes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/nearest_mean.hpp"

namespace symopt {
namespace {

constexpr std::size_t inputs = 3 * synth_shapes_side * synth_shapes_side;

// Seconds to draw, many more under sanitizers: its cases are [slow]. The others draw all that there is to
// draw, in one thread and in many.
const Dataset& whole() {
  static const Dataset data = synth_shapes();
  return data;
}

std::span<const std::uint8_t> picture(const Samples& samples, std::size_t i) {
  return std::span(samples.pixels).subspan(i * inputs, inputs);
}

TEST_CASE("synth-shapes: 50,000 + 10,000 pictures of 32x32x3, the ten classes equally often", "[slow]") {
  const Dataset& data = whole();
  CHECK(data.name == "synth-shapes");
  CHECK((data.height == 32 && data.width == 32 && data.channels == 3 && data.classes == 10));
  CHECK(data.train.count() == 50000);
  CHECK(data.test.count() == 10000);
  for (const Samples* samples : {&data.train, &data.test}) {
    CHECK(samples->pixels.size() == samples->count() * inputs);
    for (int k = 0; k < 10; ++k)
      CHECK(std::ranges::count(samples->labels, k) == static_cast<std::ptrdiff_t>(samples->count() / 10));
  }
}

TEST_CASE("synth-shapes: the same bytes in one thread as in many, and however many samples there are") {
  const Dataset few = synth_shapes(50, 40), more = synth_shapes(300, 200);  // one thread draws up to 63
  CHECK(std::equal(few.train.pixels.begin(), few.train.pixels.end(), more.train.pixels.begin()));
  CHECK(std::equal(few.test.pixels.begin(), few.test.pixels.end(), more.test.pixels.begin()));
  CHECK(more.checksum == synth_shapes(300, 200).checksum);
  CHECK(more.checksum != synth_shapes(300, 201).checksum);
}

TEST_CASE("synth-shapes: a small set is the beginning of the whole one", "[slow]") {
  const Dataset small = synth_shapes(300, 200);
  CHECK(std::equal(small.train.pixels.begin(), small.train.pixels.end(), whole().train.pixels.begin()));
  CHECK(std::equal(small.test.pixels.begin(), small.test.pixels.end(), whole().test.pixels.begin()));
}

// Integers throughout, so this holds for every compiler, optimization level and instruction set; a change
// means another data set, whose results cannot be compared with those of before.
TEST_CASE("synth-shapes: the data set is the one that results were measured on", "[slow]") {
  CHECK(whole().checksum == "ae555b6a86fa951b98e71c49b0b392d81f559ca19699758a548830e3ad572a3c");
}

TEST_CASE("synth-shapes: no picture occurs twice, not across training and test either", "[slow]") {
  std::set<std::string> hashes;
  for (const Samples* samples : {&whole().train, &whole().test})
    for (std::size_t i = 0; i < samples->count(); ++i) hashes.insert(sha256(picture(*samples, i)));
  CHECK(hashes.size() == 60000);
}

TEST_CASE(
    "synth-shapes: a picture is a function of shape and stream, and the shape is all that a label changes") {
  const Stream root(3);
  std::array<std::uint8_t, inputs> first, second, other;
  std::set<std::string> pictures;
  for (int shape = 0; shape < 10; ++shape) {
    draw_shape(shape, root.fork(Purpose::shapes, 7), first);
    second.fill(99);
    draw_shape(shape, root.fork(Purpose::shapes, 7), second);
    CHECK(first == second);
    pictures.insert(sha256(first));
    draw_shape((shape + 1) % 10, root.fork(Purpose::shapes, 7), other);
    const auto same = std::inner_product(first.begin(), first.end(), other.begin(), std::size_t{0},
                                         std::plus<>(), [](int a, int b) { return std::size_t{a == b}; });
    // The largest area is the disc's, 2.54 radii², and no radius is more than 11.7 pixels: two shapes cover
    // at most 697 of 1024 pixels, and half of as many on their borders as they are around, 2 · 74.
    CHECK(same >= inputs * (1024 - 697 - 148) / 1024);
    CHECK(same < inputs);
  }
  CHECK(pictures.size() == 10);
}

TEST_CASE("synth-shapes: no hue tells the class", "[slow]") {
  // How much more red than green, and green than blue, a class's pictures have, against all: within five
  // standard errors.
  for (std::size_t channel = 0; channel < 2; ++channel) {
    std::array<double, 10> sums{};
    double sum = 0, squares = 0;
    const Samples& train = whole().train;
    for (std::size_t i = 0; i < train.count(); ++i) {
      const auto pixels = picture(train, i);
      double mean = 0;
      for (std::size_t p = channel; p < inputs; p += 3) mean += (pixels[p] - pixels[p + 1]) * 3.0 / inputs;
      sums[train.labels[i]] += mean;
      sum += mean, squares += mean * mean;
    }
    const double n = static_cast<double>(train.count()), mean = sum / n,
                 deviation = std::sqrt(squares / n - mean * mean);
    for (const double s : sums) CHECK(std::abs(10 * s / n - mean) < 5 * deviation * std::sqrt(10 / n));
  }
}

TEST_CASE("synth-shapes: the nearest class mean is wrong more often than right", "[slow]") {
  CHECK(test::nearest_mean_accuracy(whole()) < 0.5);
}

TEST_CASE("synth-shapes: the outlines lie around 0 within 125 of it, and every two shapes differ") {
  const std::set<std::string_view> names(kShapeNames.begin(), kShapeNames.end());
  CHECK(names.size() == 10);
  std::set<std::vector<std::int64_t>> seen;
  for (int shape = 0; shape < 10; ++shape) {
    std::vector<std::int64_t> flat;
    for (const Outline& outline : shape_outlines(shape)) {
      CHECK(outline.size() >= 3);
      for (const fixed::Vec& p : outline) {
        CHECK(p.x * p.x + p.y * p.y <= 125 * 125);
        flat.insert(flat.end(), {p.x, p.y});
      }
    }
    seen.insert(flat);
  }
  CHECK(seen.size() == 10);
}

}  // namespace
}  // namespace symopt
