// batch.hpp — samples as the network reads them: pixels / 255, or values as they are; rows of X.
#pragma once
#include "core/arrays.hpp"
#include "core/data/dataset.hpp"
#include "core/network/targets.hpp"

namespace symopt {

/// B samples: X: B×I, and a label of each or, where the classes are pixels', of each pixel.
template <class Real>
struct Batch {
  ConstMatrixView<Real> X;
  Targets<Real> targets;
  Index size() const { return X.rows(); }
};

/// Memory for batches of up to `capacity` samples; a batch is valid until the next one.
template <class Real>
class BatchBuffer {
 public:
  BatchBuffer(Index capacity, Index inputs)
      : inputs_(inputs), X_(static_cast<size_t>(capacity * inputs)), labels_(static_cast<size_t>(capacity)) {}
  Index capacity() const { return static_cast<Index>(labels_.size()); }
  /// The samples at `indices`, in that order; at most capacity() of them.
  Batch<Real> gather(const Samples& samples, std::span<const std::uint32_t> indices);

 private:
  Index inputs_;
  Buffer<Real> X_;
  std::vector<std::uint8_t> labels_;
};

}  // namespace symopt
