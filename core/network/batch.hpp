// batch.hpp — samples as the network reads them: pixels / 255, or values as they are; rows of X.
#pragma once
#include "core/arrays.hpp"
#include "core/data/dataset.hpp"
#include "core/network/inputs.hpp"
#include "core/network/targets.hpp"

namespace symopt {

/// B samples: X: B×I, and a label of each or, where the classes are pixels', of each pixel.
template <class Real>
struct Batch {
  Inputs<Real> X;
  Targets<Real> targets;
  Index size() const { return X.rows(); }
};

/// Memory for batches of up to `capacity` samples, allocated by the first one; a batch is valid until the
/// next one.
template <class Real>
class BatchBuffer {
 public:
  BatchBuffer(Index capacity, Index inputs, Index labels_each = 1)
      : capacity_(capacity),
        inputs_(inputs),
        lit_(inputs),
        labels_(static_cast<size_t>(capacity * labels_each)) {}
  Index capacity() const { return capacity_; }
  /// From now on targets do not count rows labelled `ignored`, and weigh the loss of the others by class;
  /// empty: all alike.
  void weigh(int ignored, std::vector<Real> class_weights) {
    ignored_ = ignored;
    class_weights_ = std::move(class_weights);
  }
  /// The samples at `indices`, in that order; at most capacity() of them.
  Batch<Real> gather(const Samples& samples, std::span<const std::uint32_t> indices);

 private:
  Inputs<Real> inputs(const Samples& samples, std::span<const std::uint32_t> indices);

  Index capacity_, inputs_;
  LitInputs<Real> lit_;
  Buffer<Real> X_;
  std::vector<std::uint8_t> labels_;
  int ignored_ = -1;
  std::vector<Real> class_weights_;
};

}  // namespace symopt
