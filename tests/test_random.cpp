// test_random.cpp — streams: what a number depends on, the exact numbers, and their distributions.
#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

std::vector<double> uniforms(Stream stream, int count = 8) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(stream.uniform());
  return values;
}

// SplitMix64's step (Steele, Lea, Flood 2014, fig. 17).
std::uint64_t split_mix(std::uint64_t state) {
  std::uint64_t z = state + 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

TEST_CASE("random: a stream depends on seed, trial, purpose and index, each of them") {
  std::set<std::vector<double>> seen;
  size_t streams = 0;
  for (std::uint64_t seed : {0, 1, 2, 1000000})
    for (std::uint64_t trial : {0, 1, 2, 9}) {
      const Stream root(seed, trial);
      seen.insert(uniforms(root)), ++streams;
      for (std::uint64_t purpose = 1; purpose <= 11; ++purpose)
        for (std::uint64_t index : {0, 1, 2, 77})
          seen.insert(uniforms(root.fork(static_cast<Purpose>(purpose), index))), ++streams;
    }
  CHECK(seen.size() == streams);
  // (seed, trial) is not symmetric, nor is the order of forks.
  CHECK(uniforms(Stream(1, 2)) != uniforms(Stream(2, 1)));
  const Stream root(5, 5);
  CHECK(uniforms(root.fork(Purpose::init).fork(Purpose::split)) !=
        uniforms(root.fork(Purpose::split).fork(Purpose::init)));
}

TEST_CASE("random: a fork does not depend on what was drawn from its parent, nor on forks before it") {
  Stream parent(7, 3);
  const auto expected = uniforms(parent.fork(Purpose::batches, 4));
  for (int i = 0; i < 1000; ++i) parent.normal();
  parent.permutation(100);
  parent.fork(Purpose::init).uniform();
  CHECK(uniforms(parent.fork(Purpose::batches, 4)) == expected);
  const auto rest = uniforms(parent);
  Stream again(7, 3);
  for (int i = 0; i < 1000; ++i) again.normal();
  again.permutation(100);
  CHECK(uniforms(again) == rest);
}

TEST_CASE("random: the purposes keep their numbers, which are part of every result") {
  const std::map<Purpose, std::uint64_t> numbers = {
      {Purpose::init, 1},        {Purpose::split, 2},    {Purpose::batches, 3},   {Purpose::search, 4},
      {Purpose::labels, 5},      {Purpose::teleport, 6}, {Purpose::bootstrap, 7}, {Purpose::digits, 8},
      {Purpose::certificate, 9}, {Purpose::sampler, 10}};
  CHECK(numbers.size() == 10);
  for (const auto& [purpose, number] : numbers) CHECK(static_cast<std::uint64_t>(purpose) == number);
}

TEST_CASE("random: keys and engine are SplitMix64's finalizer and the 64-bit Mersenne twister") {
  const auto combine = [](std::uint64_t key, std::uint64_t value) {
    return split_mix(split_mix(key) ^ value);
  };
  const std::uint64_t root = combine(split_mix(42), 3);
  const std::uint64_t fork = combine(combine(root, 3), 17);  // batches, 17
  std::mt19937_64 engine(split_mix(fork));
  Stream stream = Stream(42, 3).fork(Purpose::batches, 17);
  for (int i = 0; i < 1000; ++i) CHECK(stream.uniform() == std::ldexp(static_cast<double>(engine()), -64));
}

TEST_CASE("random: the numbers are the same in every build") {
  Stream stream(1, 0);
  CHECK(stream.uniform() == 0x1.e9c77f02e240fp-1);
  CHECK(stream.normal() == 0x1.6af1b4adc8646p-1);
  CHECK(stream.below(1000000) == 577137);
  CHECK(stream.permutation(8) == std::vector<std::uint32_t>{2, 3, 1, 7, 6, 0, 5, 4});
}

// The tolerances are five standard deviations of the statistic: one false alarm in 10⁶ seeds, and the seeds
// are fixed.
TEST_CASE("random: uniform fills from 0 up to 1, and from low up to high, evenly") {
  Stream stream(2, 0);
  const int n = 200000, bins = 20;
  std::vector<int> count(bins);
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform();
    REQUIRE((u >= 0 && u < 1));
    sum += u;
    ++count[static_cast<size_t>(u * bins)];
  }
  CHECK(std::abs(sum / n - 0.5) <= 5 / std::sqrt(12.0 * n));
  double chi = 0;
  for (int c : count) chi += std::pow(c - double(n) / bins, 2) / (double(n) / bins);
  CHECK(std::abs(chi - (bins - 1)) <= 5 * std::sqrt(2.0 * (bins - 1)));
  for (int i = 0; i < 10000; ++i) {
    const double u = stream.uniform(-3, 5);
    REQUIRE((u >= -3 && u < 5));
  }
}

TEST_CASE("random: normal draws have the moments and the tail of N(0, 1), and do not repeat each other") {
  Stream stream(3, 0);
  const int n = 200000;
  double mean = 0, square = 0, cube = 0, fourth = 0, lag = 0, previous = 0;
  int beyond = 0;
  for (int i = 0; i < n; ++i) {
    const double z = stream.normal();
    mean += z / n, square += z * z / n, cube += z * z * z / n, fourth += z * z * z * z / n;
    lag += z * previous / n;
    beyond += std::abs(z) > 1.959963984540054;
    previous = z;
  }
  const double unit = 5 / std::sqrt(double(n));
  CHECK(std::abs(mean) <= unit);
  CHECK(std::abs(square - 1) <= unit * std::sqrt(2));
  CHECK(std::abs(cube) <= unit * std::sqrt(15));
  CHECK(std::abs(fourth - 3) <= unit * std::sqrt(96));
  CHECK(std::abs(lag) <= unit);
  CHECK(std::abs(double(beyond) / n - 0.05) <= unit * std::sqrt(0.05 * 0.95));
}

TEST_CASE("random: neighbouring streams are uncorrelated") {
  const int n = 100000;
  const Stream root(4, 0);
  Stream streams[] = {root.fork(Purpose::init, 0), root.fork(Purpose::init, 1), root.fork(Purpose::split, 0),
                      Stream(4, 1), Stream(5, 0)};
  double product[5][5] = {};
  for (int i = 0; i < n; ++i) {
    double z[5];
    for (int s = 0; s < 5; ++s) z[s] = streams[s].normal();
    for (int s = 0; s < 5; ++s)
      for (int t = 0; t < s; ++t) product[s][t] += z[s] * z[t] / n;
  }
  for (int s = 0; s < 5; ++s)
    for (int t = 0; t < s; ++t) CHECK(std::abs(product[s][t]) <= 5 / std::sqrt(double(n)));
}

TEST_CASE(
    "random: below(n) gives the numbers of Boost's uniform_int_distribution, up to the bits of its "
    "argument") {
  Stream ours(11);
  std::mt19937_64 theirs(split_mix(11));
  std::vector<std::uint64_t> bounds;
  for (int bit = 0; bit < 64; ++bit)
    for (const std::uint64_t offset : {0, 1, 2, 7, 1000})
      for (const std::uint64_t n : {(std::uint64_t{1} << bit) + offset, (std::uint64_t{1} << bit) - offset})
        if (n >= 1) bounds.push_back(n);
  for (const std::uint64_t n : bounds) {
    boost::random::uniform_int_distribution<std::uint64_t> draw(0, n - 1);
    for (int i = 0; i < 20; ++i) CHECK(ours.below(n) == draw(theirs));
  }
}

TEST_CASE("random: below(n) is each of 0 … n−1 equally often") {
  Stream stream(5, 0);
  for (std::uint64_t n : {1, 2, 3, 10}) {
    const int draws = 30000;
    std::vector<int> count(n);
    for (int i = 0; i < draws; ++i) {
      const std::uint64_t value = stream.below(n);
      REQUIRE(value < n);
      ++count[value];
    }
    const double p = 1 / double(n);
    for (int c : count) CHECK(std::abs(c - draws * p) <= 5 * std::sqrt(draws * p * (1 - p)));
  }
  const std::uint64_t large = (std::uint64_t{1} << 63) + 12345;
  bool upper = false;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t value = stream.below(large);
    REQUIRE(value < large);
    upper = upper || value > large / 2;
  }
  CHECK(upper);
}

TEST_CASE("random: a permutation holds every number once, and every order is equally likely") {
  Stream stream(6, 0);
  CHECK(stream.permutation(0).empty());
  for (std::uint32_t n : {1u, 2u, 1000u}) {
    auto values = stream.permutation(n);
    std::sort(values.begin(), values.end());
    for (std::uint32_t i = 0; i < n; ++i) REQUIRE(values[i] == i);
    REQUIRE(values.size() == n);
  }
  std::map<std::vector<std::uint32_t>, int> count;
  const int draws = 48000;
  for (int i = 0; i < draws; ++i) ++count[stream.permutation(4)];
  CHECK(count.size() == 24);
  const double p = 1.0 / 24;
  for (const auto& [order, c] : count) CHECK(std::abs(c - draws * p) <= 5 * std::sqrt(draws * p * (1 - p)));
}
