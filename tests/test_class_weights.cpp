// test_class_weights.cpp — median frequency balancing: by hand, and on CamVid beside another program and
// beside SegNet's published weights.
#include <algorithm>
#include <cmath>

#include "core/data/camvid.hpp"
#include "core/data/class_weights.hpp"
#include "core/data/street_classes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/real_camvid.hpp"

using namespace symopt;

namespace {

constexpr std::uint8_t kNone = 9;  // what does not count

Samples samples_of(std::size_t labels_each, const std::vector<std::uint8_t>& labels) {
  Samples samples;
  samples.labels_each = labels_each, samples.labels = labels;
  return samples;
}

// Two divisions, and an addition where two lie in the middle: three roundings.
bool near(double weight, double right) { return std::abs(weight - right) <= 1e-15 * right; }

}  // namespace

TEST_CASE("class weights: a class's share is of the samples where it is, without what is ignored") {
  // Class 0: 5 of 7 that count where it is; 1: 2 of 4; 2 is nowhere. The third sample is not asked for.
  const Samples samples = samples_of(4, {0, 0, 0, 9, 0, 0, 1, 1, 1, 1, 1, 1});
  const auto weights = median_frequency_weights(samples, 2, 3, kNone);
  const double share0 = 5.0 / 7, share1 = 2.0 / 4, median = (share0 + share1) / 2;
  REQUIRE(weights.size() == 3);
  CHECK(near(weights[0], median / share0));
  CHECK(near(weights[1], median / share1));
  CHECK(weights[2] == 0);
}

TEST_CASE("class weights: of an odd number of classes the one in the middle weighs 1") {
  // 4, 2 and 3 of 9, all in one sample.
  const auto weights = median_frequency_weights(samples_of(9, {0, 0, 0, 0, 1, 1, 2, 2, 2}), 1, 3, kNone);
  CHECK(near(weights[0], 3.0 / 4));
  CHECK(near(weights[1], 3.0 / 2));
  CHECK(weights[2] == 1);
}

TEST_CASE("class weights: classes as frequent as each other weigh the same, and 1 where all are") {
  for (const double w : median_frequency_weights(samples_of(6, {0, 1, 2, 2, 1, 0}), 1, 3, kNone))
    CHECK(w == 1);
  // Two that tie in the middle of four: 1 of 8, 2, 2, 3.
  const auto weights = median_frequency_weights(samples_of(8, {0, 1, 1, 2, 2, 3, 3, 3}), 1, 4, kNone);
  CHECK((weights[1] == 1 && weights[2] == 1));
  CHECK(near(weights[0], 2));
  CHECK(near(weights[3], 2.0 / 3));
}

TEST_CASE("class weights: absent classes are no part of the median") {
  // Classes 1 and 3 of five: 1 of 4 and 3 of 4.
  const auto weights = median_frequency_weights(samples_of(4, {1, 3, 3, 3}), 1, 5, kNone);
  CHECK((weights[0] == 0 && weights[2] == 0 && weights[4] == 0));
  CHECK(near(weights[1], 2));
  CHECK(near(weights[3], 2.0 / 3));
}

TEST_CASE("class weights: nothing that counts gives no weights, and without an ignored label all counts") {
  CHECK(median_frequency_weights(samples_of(2, {9, 9}), 1, 2, kNone) == std::vector<double>{0, 0});
  CHECK(median_frequency_weights(samples_of(2, {0, 1}), 0, 2, kNone) == std::vector<double>{0, 0});
  const auto weights = median_frequency_weights(samples_of(4, {0, 0, 0, 1}), 1, 2, -1);
  CHECK(near(weights[0], 2.0 / 3));
  CHECK(near(weights[1], 2));
}

TEST_CASE(
    "class weights: of CamVid at half size, another program's to 1e-12, and near SegNet's but for signs") {
  const std::optional<Dataset> found = test::real_camvid_half();
  if (!found) return;
  const Dataset& data = *found;
  const auto weights = median_frequency_weights(data.train, 367, data.classes, data.ignored);
  // NumPy 1.24, from the same label pictures.
  const std::vector<double> numpy{
      0.27819470937342566, 0.20177891713554413, 4.804341782895392,  0.14988789613533063, 1.0,
      0.42320415171315706, 3.8417972601081645,  1.9824053818503602, 0.7894595430084265,  6.384798803196785,
      8.81833350460485};
  const std::vector<double> published{0.2595, 0.1826, 4.5640, 0.1417, 0.9051, 0.3826,
                                      9.6446, 1.8418, 0.6823, 6.2478, 7.3614};
  REQUIRE(weights.size() == 11);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    INFO(street_looks()[k].name << ": " << weights[k] << ", published " << published[k]);
    CHECK(std::abs(weights[k] - numpy[k]) <= 1e-12 * numpy[k]);
    const double off = weights[k] / published[k] - 1;
    // 2 % to 20 % more, but signs, which the published labels have 2.5 times as often as the published weight
    // says.
    if (k == kSign)
      CHECK((off > -0.61 && off < -0.59));
    else
      CHECK((off > 0.02 && off < 0.2));
  }
}
