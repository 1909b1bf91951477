// test_synth_digits.cpp — the built-in digits: the same everywhere, balanced, legible, none twice.
#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "core/data/digit_strokes.hpp"
#include "core/data/sha256.hpp"
#include "core/data/synth_digits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/nearest_mean.hpp"

namespace symopt {
namespace {

constexpr std::size_t side = synth_digits_side, inputs = side * side;

// Seconds to draw, many more under sanitizers: its cases are [slow]. The others draw all that there is to
// draw.
const Dataset& whole() {
  static const Dataset data = synth_digits();
  return data;
}

std::span<const std::uint8_t> picture(const Samples& samples, std::size_t i) {
  return std::span(samples.pixels).subspan(i * inputs, inputs);
}

TEST_CASE("synth-digits: 60,000 + 10,000 pictures of 28x28, the ten classes equally often", "[slow]") {
  const Dataset& data = whole();
  CHECK(data.name == "synth-digits");
  CHECK(data.height == 28);
  CHECK(data.width == 28);
  CHECK(data.channels == 1);
  CHECK(data.classes == 10);
  CHECK(data.train.count() == 60000);
  CHECK(data.test.count() == 10000);
  for (const Samples* samples : {&data.train, &data.test}) {
    CHECK(samples->pixels.size() == samples->count() * inputs);
    std::array<std::size_t, 10> counts{};
    for (const std::uint8_t label : samples->labels) ++counts.at(label);
    for (const std::size_t count : counts) CHECK(count == samples->count() / 10);
  }
}

TEST_CASE("synth-digits: the same bytes every time, and a sample does not depend on how many there are") {
  const Dataset few = synth_digits(300, 200), again = synth_digits(300, 200);
  CHECK(few.checksum == again.checksum);
  CHECK(few.train.pixels == again.train.pixels);
  CHECK(few.test.pixels == again.test.pixels);
  const Dataset more = synth_digits(600, 400);
  CHECK(std::equal(few.train.pixels.begin(), few.train.pixels.end(), more.train.pixels.begin()));
  CHECK(std::equal(few.test.pixels.begin(), few.test.pixels.end(), more.test.pixels.begin()));
  CHECK(few.checksum != synth_digits(300, 201).checksum);
}

TEST_CASE("synth-digits: a small set is the beginning of the whole one", "[slow]") {
  const Dataset small = synth_digits(300, 200);
  CHECK(std::equal(small.train.pixels.begin(), small.train.pixels.end(), whole().train.pixels.begin()));
  CHECK(std::equal(small.test.pixels.begin(), small.test.pixels.end(), whole().test.pixels.begin()));
}

// Whole numbers throughout, so this holds for every compiler, optimization level and instruction set; a
// change means another data set, whose results cannot be compared with those of before.
TEST_CASE("synth-digits: the data set is the one that results were measured on", "[slow]") {
  CHECK(whole().checksum == "dff26d5c41c0db92736e527aa1b200009a1e1b0ba2ed9f147788f1397a443d2f");
}

TEST_CASE("synth-digits: every picture shows a stroke on mostly empty paper", "[slow]") {
  for (const Samples* samples : {&whole().train, &whole().test}) {
    std::size_t worst_ink = inputs, most_ink = 0;
    for (std::size_t i = 0; i < samples->count(); ++i) {
      const auto pixels = picture(*samples, i);
      // Paper is at most 40 grey, full ink at least 160.
      const std::size_t ink =
          static_cast<std::size_t>(std::ranges::count_if(pixels, [](int v) { return v > 80; }));
      worst_ink = std::min(worst_ink, ink);
      most_ink = std::max(most_ink, ink);
    }
    // A pen of radius r px along 19 px covers about 2 r 19; the finest and shortest still cover ten pixels.
    CHECK(worst_ink >= 10);
    CHECK(most_ink <= inputs / 2);
  }
}

TEST_CASE("synth-digits: no picture occurs twice, not across training and test either", "[slow]") {
  std::set<std::string> hashes;
  for (const Samples* samples : {&whole().train, &whole().test})
    for (std::size_t i = 0; i < samples->count(); ++i) hashes.insert(sha256(picture(*samples, i)));
  CHECK(hashes.size() == 70000);
}

TEST_CASE("synth-digits: a picture is a function of digit and stream alone") {
  const Stream root(3);
  std::array<std::uint8_t, inputs> first, second, other;
  for (int digit = 0; digit < 10; ++digit) {
    Stream stream = root.fork(Purpose::digits, 7);
    draw_digit(digit, stream, first);
    stream = root.fork(Purpose::digits, 7);
    second.fill(99);
    draw_digit(digit, stream, second);
    draw_digit(digit, root.fork(Purpose::digits, 8), other);
    CHECK(first == second);
    CHECK(first != other);
  }
}

TEST_CASE("synth-digits: the nearest class mean tells the digits apart, but far from always", "[slow]") {
  const double accuracy = test::nearest_mean_accuracy(whole());  // by chance: one of ten
  CHECK(accuracy > 0.5);
  CHECK(accuracy < 0.9);
}

TEST_CASE("synth-digits: each digit is written in several ways, each inside its box") {
  for (int digit = 0; digit < 10; ++digit) {
    const auto& styles = digit_styles(digit);
    CHECK(styles.size() >= 3);
    for (const DigitStyle& style : styles)
      for (const PenStroke& stroke : style) {
        CHECK(stroke.size() >= 3);
        for (const PenPoint& point : stroke)
          CHECK((point.x >= 0 && point.x <= 60 && point.y >= 0 && point.y <= 100));
      }
  }
}

}  // namespace
}  // namespace symopt
