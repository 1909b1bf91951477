// synth_digits.hpp — handwritten-looking digits drawn from pen strokes: data where there are no files.
// Measured by SGD with momentum 0.9: softmax regression is right on 84.3 % of the test set (12 epochs), a
// 784-100-10 ReLU network on 97.9 % (15 epochs).
#pragma once
#include <cstdint>
#include <span>

#include "core/data/dataset.hpp"
#include "core/random.hpp"

namespace symopt {

constexpr int synth_digits_side = 28;

/// Draws `digit` (0–9) into `pixels` (28×28, rows from the top, 0 paper to 255 ink), as the stream has it.
/// All arithmetic is on whole numbers: the bytes are the same on every machine and with every compiler.
void draw_digit(int digit, Stream stream, std::span<std::uint8_t> pixels);

/// `train` and `test` samples with labels 0, 1, …, 9, 0, …: each sample has a stream of its own, forked by
/// its index, the test set's after every possible training index. The checksum is over training pixels and
/// labels, then the test ones.
Dataset synth_digits(std::uint32_t train = 60000, std::uint32_t test = 10000);

}  // namespace symopt
