// naive_pictures.hpp — networks of layers of every kind once more, by loops over samples, pixels and weights
// in double: the reference of the fast code's forward pass. Its gradients are differences. B samples of H×W
// pixels and C channels: value (b, y, x, c) at ((b·H + y)·W + x)·C + c.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "core/network/network_spec.hpp"
#include "tests/support/naive_network.hpp"

namespace symopt::test {

struct NaivePictures {
  size_t B = 0, H = 1, W = 1, C = 1;
  Vector v;
  size_t rows() const { return B * H * W; }
  size_t at(size_t b, size_t y, size_t x, size_t c) const { return ((b * H + y) * W + x) * C + c; }
};

struct NaivePicturePass {
  std::vector<NaivePictures> inputs;  ///< of each layer that has filters
  std::vector<NaivePictures> z;       ///< of those, before normalization and bias
  NaivePictures logits;
  std::vector<int> pieces;  ///< winners, and the side of its kink that each activation is on
  double margin = std::numeric_limits<double>::infinity();  ///< from another piece, in units of activations
};

/// Under the batch's own statistics.
NaivePicturePass naive_pictures(const NetworkSpec& spec, const Vector& theta, const Rows& X);

/// The one layer on its own: what it makes of `input`. Pooling, global average, response normalization.
NaivePictures naive_pool(const LayerSpec& layer, const NaivePictures& input, NaivePicturePass& pass,
                         std::vector<size_t>& winners);
NaivePictures naive_average(const NaivePictures& input);
NaivePictures naive_response_norm(const NaivePictures& input);
/// What the filters of a layer see, one row for each of their outputs: a filter's weights in their order.
Rows naive_patches(const LayerSpec& layer, const NaivePictures& input);
/// X of a picture, one sample after the other.
NaivePictures naive_input(const PictureShape& shape, const Rows& X);

}  // namespace symopt::test
