// naive_pictures.hpp — networks of layers of every kind once more, by loops over samples, pixels and weights
// in double: the reference of the fast code's forward pass; naive_train.hpp goes back. B samples of H×W
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
  std::vector<NaivePictures> a;       ///< and behind
  std::vector<NaivePictures> read;    ///< what each layer reads, whatever it is
  /// For each layer and value that it gives the place of the value that won: in `a` of adjacent filters, in
  /// what a pooling reads; an unpooling has those of what it undoes. Empty where nothing is chosen.
  std::vector<std::vector<size_t>> winners;
  NaivePictures logits;
  std::vector<int> pieces;  ///< winners, and the side of its kink that each activation is on
  double margin = std::numeric_limits<double>::infinity();  ///< from another piece, in units of activations
};

/// Under the batch's own statistics, or given ones.
NaivePicturePass naive_pictures(const NetworkSpec& spec, const Vector& theta, const Rows& X,
                                const NaiveStatistics* statistics = nullptr);

/// Z of a layer's filters, of which the weights are at theta[offset]: before normalization and bias.
NaivePictures naive_filter(const LayerSpec& layer, const NaivePictures& input, const Vector& theta,
                           size_t offset);

/// The one layer on its own: what it makes of `input`. Maxima, means, global average, response normalization.
NaivePictures naive_pool(const LayerSpec& layer, const NaivePictures& input, NaivePicturePass& pass,
                         std::vector<size_t>& winners);
NaivePictures naive_average_pool(const LayerSpec& layer, const NaivePictures& input);
NaivePictures naive_average(const NaivePictures& input);
NaivePictures naive_response_norm(const NaivePictures& input);
/// For each value of a pooling the places in `input` that it is taken from.
std::vector<std::vector<size_t>> naive_window_places(const LayerSpec& layer, const NaivePictures& input);
/// What the filters of a layer see, one row for each pixel that they give: in the order of a filter's
/// weights. Its places in `input`, kOutside beyond the picture; its values, 0 there.
inline constexpr size_t kOutside = static_cast<size_t>(-1);
std::vector<std::vector<size_t>> naive_patch_places(const LayerSpec& layer, const NaivePictures& input);
Rows naive_patches(const LayerSpec& layer, const NaivePictures& input);
/// X of a picture, one sample after the other.
NaivePictures naive_input(const PictureShape& shape, const Rows& X);

}  // namespace symopt::test
