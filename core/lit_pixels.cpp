// lit_pixels.cpp — one pass over the pixels, eight dark ones at a time.
#include "core/lit_pixels.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace symopt {

namespace {

// So many samples tell of the others.
constexpr std::size_t kJudged = 1000;

// Appends the columns of what is lit of a panel; `values` gets the values. Returns how many.
std::size_t append_panel(const std::uint8_t* pixels, std::size_t count, std::vector<std::uint8_t>& columns,
                         std::vector<std::uint8_t>& values) {
  const std::size_t before = values.size();
  for (std::size_t first = 0; first < count; first += 8) {
    const std::size_t n = std::min<std::size_t>(8, count - first);
    std::uint64_t eight = 0;
    std::memcpy(&eight, pixels + first, n);
    if (eight == 0) continue;
    for (std::size_t i = first; i < first + n; ++i)
      if (pixels[i] != 0) {
        columns.push_back(static_cast<std::uint8_t>(i));
        values.push_back(pixels[i]);
      }
  }
  return values.size() - before;
}

}  // namespace

LitPixels find_lit_pixels(std::span<const std::uint8_t> pixels, std::size_t inputs) {
  if (inputs == 0 || pixels.empty() || pixels.size() > std::numeric_limits<std::uint32_t>::max()) return {};
  LitPixels lit;
  lit.panels = static_cast<std::size_t>(lit_panels(static_cast<std::int64_t>(inputs)));
  const std::size_t samples = pixels.size() / inputs;
  lit.begin.reserve(samples + 1);
  std::size_t found = 0;
  std::vector<std::uint8_t> values;
  for (std::size_t s = 0; s < samples; ++s) {
    const std::size_t begin = lit.bytes.size();
    lit.begin.push_back(static_cast<std::uint32_t>(begin));
    lit.bytes.resize(begin + lit.panels);
    values.clear();
    for (std::size_t p = 0; p < lit.panels; ++p) {
      const std::size_t first = p * kLitPanel;
      lit.bytes[begin + p] = static_cast<std::uint8_t>(
          append_panel(pixels.data() + s * inputs + first, std::min<std::size_t>(inputs - first, kLitPanel),
                       lit.bytes, values));
    }
    lit.bytes.insert(lit.bytes.end(), values.begin(), values.end());
    found += values.size();
    lit.most = std::max(lit.most, values.size());
    const bool judged = s + 1 == std::min(kJudged, samples);
    if ((judged || s + 1 == samples) &&
        static_cast<double>(found) > kMostLit * static_cast<double>((s + 1) * inputs))
      return {};
    // Room for what the judged ones let expect, so that memory is not moved again and again.
    if (judged) lit.bytes.reserve(lit.bytes.size() / (s + 1) * (samples + samples / 16));
  }
  lit.begin.push_back(static_cast<std::uint32_t>(lit.bytes.size()));
  return lit;
}

}  // namespace symopt
