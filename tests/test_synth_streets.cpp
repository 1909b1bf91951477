// test_synth_streets.cpp — the streets that the program draws: their sizes, their classes, and that they are
// the same everywhere.
#include <algorithm>

#include "core/data/street_classes.hpp"
#include "core/data/synth_streets.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

const Dataset& whole() {
  static const Dataset data = synth_streets();
  return data;
}

double share_of(const std::vector<std::uint8_t>& labels, int k) {
  return static_cast<double>(std::ranges::count(labels, k)) / static_cast<double>(labels.size());
}

}  // namespace

TEST_CASE("synth-streets: as many pictures as CamVid has, of 120x90, with a class for each pixel") {
  const Dataset& data = whole();
  CHECK((data.height == 90 && data.width == 120 && data.channels == 3 && data.classes == kStreetClasses));
  CHECK((data.ignored == kVoid && data.own_validation == 101 && data.looks.size() == 12));
  CHECK(data.train.count() == 367 + 101);
  CHECK(data.test.count() == 233);
  for (const Samples* samples : {&data.train, &data.test}) {
    CHECK(samples->labels_each == 90 * 120);
    CHECK(samples->pixels.size() == 3 * samples->labels.size());
    CHECK(std::ranges::all_of(samples->labels, [](std::uint8_t label) { return label <= kVoid; }));
  }
}

TEST_CASE("synth-streets: every class is there, and they are as uneven as on real streets") {
  for (const Samples* samples : {&whole().train, &whole().test}) {
    double most = 0, least = 1;
    for (int k = 0; k < kStreetClasses; ++k)
      most = std::max(most, share_of(samples->labels, k)),
      least = std::min(least, share_of(samples->labels, k));
    CHECK(least > 0.001);
    CHECK(most > 20 * least);
    // Borders of things, and things that are none of the classes.
    CHECK(share_of(samples->labels, kVoid) > 0.005);
    CHECK(share_of(samples->labels, kVoid) < 0.1);
  }
}

TEST_CASE("synth-streets: the same bytes however many are drawn") {
  const Dataset few = synth_streets(5, 3, 4);
  CHECK(few.own_validation == 3);
  CHECK(std::equal(few.train.pixels.begin(), few.train.pixels.end(), whole().train.pixels.begin()));
  CHECK(std::equal(few.train.labels.begin(), few.train.labels.end(), whole().train.labels.begin()));
  CHECK(std::equal(few.test.pixels.begin(), few.test.pixels.end(), whole().test.pixels.begin()));
  CHECK(synth_streets(70, 3, 70).checksum == synth_streets(70, 3, 70).checksum);
}
