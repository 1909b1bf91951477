// params.hpp — how a network's parameters lie in one flat array. Geometry acts on roles, never on names or
// layer types.
#pragma once
#include <string>
#include <vector>

#include "core/arrays.hpp"

namespace symopt {

/// What a block of parameters is to the function.
enum class Role { filters, class_vectors, bias, bn_scale, bn_shift };

/// A row-major rows×cols matrix at `offset` of the flat array. Filters and class vectors are rows; vectors
/// are 1×cols.
struct Block {
  std::string name;
  Role role;
  Index rows, cols, offset;
  Index size() const { return rows * cols; }
};

/// One layer's blocks (indices into ParamLayout::blocks, −1 where it has none), for geometry that ties
/// layers.
struct LayerBlocks {
  int weights = -1, bias = -1, bn_scale = -1, bn_shift = -1;
  Index pool = 1;  ///< adjacent rows of `weights` that feed one channel of the next layer
  Index channels =
      1;  ///< features of the layer before, or of the samples: a weight's column is pixel·channels + channel
  Index window = 1;  ///< pixels that a convolution's filter sees; 1 where the layer is dense
};

struct ParamLayout {
  std::vector<Block> blocks;
  std::vector<LayerBlocks> layers;  ///< in forward order; the last one holds the class vectors
  Index size = 0;

  int add(std::string name, Role role, Index rows, Index cols) {
    blocks.push_back({std::move(name), role, rows, cols, size});
    size += rows * cols;
    return static_cast<int>(blocks.size()) - 1;
  }
  bool normalized() const { return !layers.empty() && layers.front().bn_scale >= 0; }
};

/// Block `block` of a flat array as a matrix.
template <class Real>
MatrixView<Real> view(const Block& block, std::span<Real> flat) {
  return {flat.data() + block.offset, block.rows, block.cols};
}
template <class Real>
ConstMatrixView<Real> view(const Block& block, std::span<const Real> flat) {
  return {flat.data() + block.offset, block.rows, block.cols};
}

}  // namespace symopt
