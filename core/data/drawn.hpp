// drawn.hpp — the samples of a data set that the program draws itself, each by itself.
#pragma once
#include <cstdint>
#include <span>

#include "core/data/dataset.hpp"
#include "core/random.hpp"

namespace symopt {

/// Draws a picture of class `label`, as the stream has it.
using DrawPicture = void (*)(int label, Stream stream, std::span<std::uint8_t> pixels);

/// Fills `data`, whose sizes and classes are set, with `train` and `test` samples of the labels 0, 1, …,
/// classes − 1, 0, …: each has a stream of its own, forked from `root` by its index, the test set's after
/// every possible training index. The checksum is over training pixels and labels, then the test ones. The
/// same bytes whatever the threads.
void draw_samples(Dataset& data, std::uint32_t train, std::uint32_t test, const Stream& root, Purpose purpose,
                  DrawPicture draw);

/// Draws a picture and what each of its pixels shows, as the stream has it.
using DrawLabelledPixels = void (*)(Stream stream, std::span<std::uint8_t> pixels,
                                    std::span<std::uint8_t> labels);

/// The same with a label a pixel.
void draw_labelled_pixels(Dataset& data, std::uint32_t train, std::uint32_t test, const Stream& root,
                          Purpose purpose, DrawLabelledPixels draw);

}  // namespace symopt
