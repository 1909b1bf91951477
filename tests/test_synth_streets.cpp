// test_synth_streets.cpp — the streets that the program draws: the same everywhere, with CamVid's classes
// about as often, and told neither by place nor by colour alone.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>
#include <span>

#include "core/data/camvid.hpp"
#include "core/data/sha256.hpp"
#include "core/data/street_classes.hpp"
#include "core/data/synth_streets.hpp"
#include "core/network/confusion.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

constexpr std::size_t kPixels = 90 * 120;

// Of all pixels of CamVid's training pictures at 240×180, in 1e-5: the classes, and void.
constexpr std::array<int, 12> kCamvidShares{16938, 23289, 981,  31525, 4491, 9742,
                                            1176,  1126,  5868, 640,   292,  3932};

// Seconds to draw, many more under sanitizers: its cases are [slow]. The others draw streets in one thread
// and in many.
const Dataset& whole() {
  static const Dataset data = synth_streets();
  return data;
}

std::span<const std::uint8_t> training(std::size_t pictures) {
  return std::span(whole().train.labels).first(pictures * kPixels);
}
std::span<const std::uint8_t> validation() {
  return std::span(whole().train.labels).last(whole().own_validation * kPixels);
}

double share_of(std::span<const std::uint8_t> labels, int k) {
  return static_cast<double>(std::ranges::count(labels, k)) / static_cast<double>(labels.size());
}

}  // namespace

TEST_CASE("synth-streets: as many pictures as CamVid has, of 120x90, with a class for each pixel", "[slow]") {
  const Dataset& data = whole();
  CHECK(data.name == "synth-streets");
  CHECK((data.height == 90 && data.width == 120 && data.channels == 3 && data.classes == kStreetClasses));
  CHECK((data.ignored == kVoid && data.own_validation == 101 && data.looks.size() == 12));
  CHECK(data.train.count() == 367 + 101);
  CHECK(data.test.count() == 233);
  for (const Samples* samples : {&data.train, &data.test}) {
    CHECK(samples->labels_each == kPixels);
    CHECK(samples->pixels.size() == 3 * samples->labels.size());
    CHECK(std::ranges::all_of(samples->labels, [](std::uint8_t label) { return label <= kVoid; }));
  }
}

TEST_CASE("synth-streets: the same bytes in one thread as in many, and however many there are") {
  const Dataset few = synth_streets(40, 20, 60),
                more = synth_streets(70, 30, 80);  // one thread draws up to 63
  CHECK(few.own_validation == 20);
  const auto begins = [](const std::vector<std::uint8_t>& all, const std::vector<std::uint8_t>& first,
                         std::size_t count) {
    return std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(count), all.begin());
  };
  CHECK(begins(more.train.pixels, few.train.pixels, 40 * 3 * kPixels));
  CHECK(begins(more.train.labels, few.train.labels, 40 * kPixels));
  CHECK(begins(more.test.pixels, few.test.pixels, 60 * 3 * kPixels));
  CHECK(begins(more.test.labels, few.test.labels, 60 * kPixels));
  CHECK(more.checksum == synth_streets(70, 30, 80).checksum);
  CHECK(few.checksum != more.checksum);
}

TEST_CASE("synth-streets: a small set is the beginning of the whole one", "[slow]") {
  const Dataset few = synth_streets(40, 20, 60);
  CHECK(std::equal(few.train.pixels.begin(), few.train.pixels.end(), whole().train.pixels.begin()));
  CHECK(std::equal(few.train.labels.begin(), few.train.labels.end(), whole().train.labels.begin()));
  CHECK(std::equal(few.test.pixels.begin(), few.test.pixels.end(), whole().test.pixels.begin()));
  CHECK(std::equal(few.test.labels.begin(), few.test.labels.end(), whole().test.labels.begin()));
}

// Integers throughout, so this holds for every compiler, optimization level and instruction set; a change
// means another data set, whose results cannot be compared with those of before.
TEST_CASE("synth-streets: the data set is the one that results were measured on", "[slow]") {
  CHECK(whole().checksum == "5cb978b77ecb9854c23c1b0f44be973256a227d85f5a170f200d0f4831864127");
}

TEST_CASE("synth-streets: a street is a function of its stream") {
  std::vector<std::uint8_t> pixels(3 * kPixels, 99), again(3 * kPixels, 7), labels(kPixels, 99),
      same(kPixels, 7);
  draw_street(Stream(5).fork(Purpose::shapes, 3), pixels, labels);
  draw_street(Stream(5).fork(Purpose::shapes, 3), again, same);
  CHECK((pixels == again && labels == same));
}

TEST_CASE("synth-streets: no street occurs twice", "[slow]") {
  std::set<std::string> hashes;
  for (const Samples* samples : {&whole().train, &whole().test})
    for (std::size_t i = 0; i < samples->count(); ++i)
      hashes.insert(sha256(std::span(samples->labels).subspan(i * kPixels, kPixels)));
  CHECK(hashes.size() == 367 + 101 + 233);
}

TEST_CASE(
    "synth-streets: every class is in each part, in the training pictures about as often as in CamVid's",
    "[slow]") {
  for (int k = 0; k <= kVoid; ++k) {
    INFO(street_looks()[static_cast<std::size_t>(k)].name);
    const double camvid = kCamvidShares[static_cast<std::size_t>(k)] * 1e-5,
                 ours = share_of(training(367), k);
    INFO(ours << " of all pixels, in CamVid " << camvid);
    CHECK(ours > camvid / 1.25);
    CHECK(ours < camvid * 1.25);
    for (const auto part : {validation(), std::span(whole().test.labels)}) {
      CHECK(share_of(part, k) > camvid / 2);
      CHECK(share_of(part, k) < camvid * 2);
    }
  }
}

TEST_CASE("synth-streets: the shares of CamVid that these are held against are its own", "[slow]") {
  const char* folder = std::getenv("SYMOPT_DATA");
  if (!folder || find_camvid(camvid(), folder).empty()) {
    WARN("no CamVid in SYMOPT_DATA: not tested");
    return;
  }
  const Dataset real = load_camvid(camvid(), folder);
  if (real.width != 240) {
    WARN("CamVid is not 240x180: not tested");
    return;
  }
  const auto labels = std::span(real.train.labels).first(367 * real.train.labels_each);
  for (int k = 0; k <= kVoid; ++k)
    CHECK(std::abs(share_of(labels, k) - kCamvidShares[static_cast<std::size_t>(k)] * 1e-5) < 0.5001e-5);
}

TEST_CASE("synth-streets: void lies at the borders of things, and is seldom large", "[slow]") {
  // Pixels whose four neighbours are void, too: of bins and bags.
  std::size_t all = 0, inner = 0;
  const auto labels = training(367);
  for (std::size_t i = 0; i < 367; ++i)
    for (std::size_t y = 1; y + 1 < 90; ++y)
      for (std::size_t x = 1; x + 1 < 120; ++x) {
        const std::size_t p = i * kPixels + y * 120 + x;
        if (labels[p] != kVoid) continue;
        ++all;
        inner += labels[p - 1] == kVoid && labels[p + 1] == kVoid && labels[p - 120] == kVoid &&
                 labels[p + 120] == kVoid;
      }
  CHECK(inner > 0);
  CHECK(inner < all / 5);
}

TEST_CASE("synth-streets: the place of a pixel does not tell what it shows", "[slow]") {
  // The most frequent class of the training pictures at each place, as a prediction of the test pictures.
  Confusion confusion(kStreetClasses);
  for (std::size_t p = 0; p < kPixels; ++p) {
    std::array<int, kStreetClasses + 1> counts{};
    for (std::size_t i = 0; i < 367; ++i) ++counts[whole().train.labels[i * kPixels + p]];
    const auto most = std::max_element(counts.begin(), counts.begin() + kStreetClasses) - counts.begin();
    for (std::size_t i = 0; i < whole().test.count(); ++i)
      if (const std::uint8_t label = whole().test.labels[i * kPixels + p]; label != kVoid)
        confusion.add(label, most);
  }
  INFO(confusion.mean_iou() << ", right on " << confusion.accuracy());
  CHECK(confusion.mean_iou() < 0.25);
  CHECK(confusion.accuracy() < 0.75);
}

TEST_CASE("synth-streets: the colour of a pixel does not tell what it shows", "[slow]") {
  // The most frequent class of the training pictures for each colour, in 16³ steps: no classifier of colours
  // in such steps, linear or not, is more often right on them.
  constexpr std::size_t kColours = 16 * 16 * 16;
  const auto colour_of = [](const Samples& samples, std::size_t p) {
    const std::uint8_t* c = &samples.pixels[3 * p];
    return static_cast<std::size_t>(c[0] / 16 * 256 + c[1] / 16 * 16 + c[2] / 16);
  };
  std::vector<std::array<int, kStreetClasses + 1>> counts(kColours);
  const Dataset& data = whole();
  for (std::size_t p = 0; p < 367 * kPixels; ++p) ++counts[colour_of(data.train, p)][data.train.labels[p]];
  Confusion confusion(kStreetClasses);
  for (std::size_t p = 0; p < data.test.labels.size(); ++p) {
    const auto& here = counts[colour_of(data.test, p)];
    const auto most = std::max_element(here.begin(), here.begin() + kStreetClasses) - here.begin();
    if (data.test.labels[p] != kVoid) confusion.add(data.test.labels[p], most);
  }
  INFO(confusion.mean_iou() << ", right on " << confusion.accuracy());
  CHECK(confusion.mean_iou() < 0.25);
  CHECK(confusion.accuracy() < 0.75);
}
