// random.cpp — keys are mixed by SplitMix64's finalizer (Steele, Lea, Flood 2014); numbers come from
// Boost.Random.
#include "core/random.hpp"

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <limits>
#include <numeric>
#include <utility>

namespace symopt {

namespace {

std::uint64_t mix(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// ⌊x / size⌋ for n buckets of ⌊2⁶⁴ / n⌋ numbers, without a division: ⌊x n / 2⁶⁴⌋ or one more, as size n > 2⁶⁴
// − n and so x / size − x n / 2⁶⁴ < n / size ≤ 1 for n ≤ 2³².
std::uint64_t bucket_of(std::uint64_t x, std::uint64_t n, std::uint64_t size) {
  const auto estimate = static_cast<std::uint64_t>(static_cast<unsigned __int128>(x) * n >> 64);
  return estimate + (x - estimate * size >= size);
}

std::uint64_t combine(std::uint64_t key, std::uint64_t value) { return mix(mix(key) ^ value); }

}  // namespace

Stream::Stream(std::uint64_t key) : key_(key), engine_(mix(key)) {}
Stream::Stream(std::uint64_t seed, std::uint64_t trial) : Stream(combine(mix(seed), trial)) {}

Stream Stream::fork(Purpose purpose, std::uint64_t index) const {
  return Stream(combine(combine(key_, static_cast<std::uint64_t>(purpose)), index));
}

double Stream::uniform() { return boost::random::uniform_01<double>()(engine_); }
double Stream::uniform(double low, double high) { return low + (high - low) * uniform(); }
double Stream::normal() { return boost::random::normal_distribution<double>()(engine_); }

// Which of n equal buckets the engine's number is in, drawn again beyond the last.
std::uint64_t Stream::below(std::uint64_t n) {
  if (n == 1) return 0;
  if (n != n_) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    n_ = n, bucket_ = most / n + (most % n == n - 1);
  }
  for (;;) {
    const std::uint64_t x = engine_();
    const std::uint64_t bucket = n >> 32 == 0 ? bucket_of(x, n, bucket_) : x / bucket_;
    if (bucket < n) return bucket;
  }
}

// Fisher and Yates.
void Stream::shuffle(std::span<std::uint32_t> values) {
  for (std::uint64_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
}

std::vector<std::uint32_t> Stream::permutation(std::uint32_t n) {
  std::vector<std::uint32_t> values(n);
  std::iota(values.begin(), values.end(), 0u);
  shuffle(values);
  return values;
}

}  // namespace symopt
