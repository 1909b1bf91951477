// lit_pixels.hpp — the pixels of a data set that are not zero, four of five of MNIST's being so: found once,
// for all batches that are drawn from it.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace symopt {

/// Columns of a panel: what products with lit pixels go through at a time. A multiple of all lanes, and
/// below 256, so that a byte holds a column.
inline constexpr int kLitPanel = 96;
/// Products with lit values read them all where more than this share of them is lit.
// Both products together, 100×128×784 with values lit at random, take 0.95 of the time of all values at a
// share of 0.30, 1.02 at 0.35 and 1.10 at 0.44 (one core of a Zen 5 EPYC): too high a bound on that
// processor.
inline constexpr double kMostLit = 0.45;

constexpr std::int64_t lit_panels(std::int64_t inputs) { return (inputs + kLitPanel - 1) / kLitPanel; }

/// A sample's lie side by side, as it is drawn at random: how many each panel has, then, in the order of the
/// pixels, the column of each within its panel, then the value of each.
struct LitPixels {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint32_t> begin;  ///< where a sample begins; one more than there are samples
  std::size_t panels = 0, most = 0;  ///< of a sample: panels, lit pixels at most
  bool empty() const { return begin.empty(); }

  std::span<const std::uint8_t> sample(std::size_t i) const {
    return {bytes.data() + begin[i], begin[i + 1] - begin[i]};
  }
};

/// Of samples of `inputs` pixels each; empty where too many are lit.
LitPixels find_lit_pixels(std::span<const std::uint8_t> pixels, std::size_t inputs);

}  // namespace symopt
