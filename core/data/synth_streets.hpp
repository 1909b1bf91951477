// synth_streets.hpp — streets drawn by the program, with a class for each pixel: what CamVid is for where
// there are no files.
#pragma once
#include <cstdint>
#include <span>

#include "core/data/dataset.hpp"
#include "core/random.hpp"

namespace symopt {

/// Draws a street into `pixels` (90×120×3, rows from the top, red, green and blue of a pixel side by side)
/// and what each of them shows into `labels` (90×120: street_classes.hpp), as the stream has it. All
/// arithmetic is on integers: the bytes are the same on every machine and with every compiler.
void draw_street(Stream stream, std::span<std::uint8_t> pixels, std::span<std::uint8_t> labels);

/// As many as CamVid has. Behind the `train` samples lie `validation` more, which are for that only. Each has
/// a stream of its own, forked by its index, the test set's after every possible training index. The checksum
/// is over training pixels and labels, then the test ones.
Dataset synth_streets(std::uint32_t train = 367, std::uint32_t validation = 101, std::uint32_t test = 233);

}  // namespace symopt
