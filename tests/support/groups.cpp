// groups.cpp — rescalings are by factors from 1/4 to 4, evenly on a logarithmic scale.
#include "tests/support/groups.hpp"

#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test {

namespace {

double factor(Stream& stream) { return std::exp2(stream.uniform(-2, 2)); }

const Block& weights(const ParamLayout& layout, size_t l) {
  return layout.blocks[static_cast<size_t>(layout.layers[l].weights)];
}

}  // namespace

Vector filter_rescale(const ParamLayout& layout, Stream stream, Vector theta) {
  for (const Block& block : layout.blocks)
    for (Index i = 0; i < block.rows && block.role == Role::filters; ++i) {
      const double scale = factor(stream);
      for (Index j = 0; j < block.cols; ++j) theta[at(block, i, j)] *= scale;
    }
  return theta;
}

Vector node_rescale(const ParamLayout& layout, Stream stream, Vector theta, bool one_per_group) {
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const LayerBlocks& layer = layout.layers[l];
    const Block &W = weights(layout, l), &next = weights(layout, l + 1);
    for (Index f = 0; f < next.cols; ++f) {
      double rho = factor(stream);
      for (Index k = 0; k < next.rows; ++k) theta[at(next, k, f)] /= rho;
      for (Index i = f * layer.pool; i < (f + 1) * layer.pool; ++i) {
        for (Index j = 0; j < W.cols; ++j) theta[at(W, i, j)] *= rho;
        if (layer.bias >= 0) theta[at(layout.blocks[static_cast<size_t>(layer.bias)], 0, i)] *= rho;
        if (!one_per_group) rho = factor(stream);
      }
    }
  }
  return theta;
}

Vector permute(const ParamLayout& layout, Stream stream, const Vector& theta) {
  Vector moved = theta;
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const LayerBlocks& layer = layout.layers[l];
    const Block &W = weights(layout, l), &next = weights(layout, l + 1);
    const Vector before = moved;
    const auto units = stream.permutation(static_cast<std::uint32_t>(next.cols));
    for (Index f = 0; f < next.cols; ++f) {
      const Index from = units[static_cast<size_t>(f)];
      for (Index k = 0; k < next.rows; ++k) moved[at(next, k, f)] = before[at(next, k, from)];
      const auto inside = stream.permutation(static_cast<std::uint32_t>(layer.pool));
      for (Index k = 0; k < layer.pool; ++k) {
        const Index to = f * layer.pool + k, old = from * layer.pool + inside[static_cast<size_t>(k)];
        for (Index j = 0; j < W.cols; ++j) moved[at(W, to, j)] = before[at(W, old, j)];
        for (int b : {layer.bias, layer.bn_scale, layer.bn_shift})
          if (b >= 0) {
            const Block& vector = layout.blocks[static_cast<size_t>(b)];
            moved[at(vector, 0, to)] = before[at(vector, 0, old)];
          }
      }
    }
  }
  return moved;
}

}  // namespace symopt::test
