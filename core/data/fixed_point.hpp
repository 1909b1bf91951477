// fixed_point.hpp — plane geometry on integers: what is drawn with it is the same on every machine and with
// every compiler.
#pragma once
#include <cstdint>

#include "core/random.hpp"

namespace symopt::fixed {

/// Lengths are in 1/256 pixel, factors in 1/4096.
inline constexpr std::int64_t pixel = 256;
inline constexpr std::int64_t one = 4096;

struct Vec {
  std::int64_t x = 0, y = 0;
};

/// For b > 0. Rounds towards minus infinity: a remainder must not depend on the sign.
inline std::int64_t divide(std::int64_t a, std::int64_t b) {
  const std::int64_t n = a >= 0 ? a : -a + b - 1;
  // Many processors divide 32 bits in half of the time.
  const std::int64_t quotient =
      ((n | b) >> 32) == 0 ? std::int64_t{static_cast<std::uint32_t>(n) / static_cast<std::uint32_t>(b)}
                           : n / b;
  return a >= 0 ? quotient : -quotient;
}

/// Uniform in {low, …, high}.
inline std::int64_t between(Stream& stream, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(high - low + 1)));
}

/// Bell-shaped with standard deviation `deviation`, at most three of them from zero: a sum of three uniform
/// numbers.
inline std::int64_t bell(Stream& stream, std::int64_t deviation) {
  std::int64_t sum = 0;
  for (int i = 0; i < 3; ++i) sum += between(stream, -deviation, deviation);
  return sum;
}
inline Vec bell_vector(Stream& stream, std::int64_t deviation) {
  const std::int64_t x = bell(stream, deviation);
  return {x, bell(stream, deviation)};
}

struct Rotation {
  std::int64_t cosine = one, sine = 0;
};
/// By the angle of which `t` is the tangent of the half: that gives sine and cosine as fractions.
inline Rotation half_angle(std::int64_t t) {
  const std::int64_t whole = one * one + t * t;
  return {divide((one * one - t * t) * one, whole), divide(2 * t * one * one, whole)};
}

}  // namespace symopt::fixed
