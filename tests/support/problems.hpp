// problems.hpp — small networks of every kind with parameters and a batch, the same numbers in float and
// double.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/network/network.hpp"
#include "tests/support/naive_network.hpp"

namespace symopt::test {

/// A point and a batch. All values are floats, so both precisions start from the same ones.
struct Problem {
  NetworkSpec spec;
  Vector theta;
  Rows X;                            ///< B×I
  std::vector<std::uint8_t> labels;  ///< one a row of the logits
};

/// Weights N(0, 1/fan-in), γ around 1, β and biases around 0, X ~ N(0, 1). Redrawn until every activation is
/// at least `margin` away from a kink and from a tie.
Problem make_problem(const NetworkSpec& spec, size_t B, Stream stream, double margin = 0);

/// Hidden layers 1, 2 and 4 × pool 1, 2, 3 × every activation × (batch normalization, plain) × (bias, none).
const std::vector<NetworkSpec>& small_networks();

/// Networks over small pictures of odd sizes with layers of every kind: strides, both paddings, poolings that
/// overlap and that reach beyond the picture, decoders with classes of pixels.
const std::vector<NetworkSpec>& picture_networks();

/// A batch's memory in one precision.
template <class Real>
class OwnedBatch {
 public:
  explicit OwnedBatch(const Problem& problem) : labels_(problem.labels), columns_(problem.spec.inputs()) {
    for (const Vector& row : problem.X)
      for (double x : row) X_.push_back(static_cast<Real>(x));
  }
  Batch<Real> batch() const {
    return {{X_.data(), static_cast<Index>(X_.size()) / columns_, columns_}, labels_.data()};
  }
  std::vector<Real>& values() { return X_; }

 private:
  std::vector<std::uint8_t> labels_;
  Index columns_;
  std::vector<Real> X_;
};

/// Samples N(0, 1) with any labels, for optimizers that draw batches of their own. `capacity`: the most at
/// once.
template <class Real>
std::function<Batch<Real>(Index, Stream)> draws(const NetworkSpec& spec, Index capacity) {
  struct Memory {
    std::vector<Real> X;
    std::vector<std::uint8_t> labels;
  };
  auto memory = std::make_shared<Memory>();
  memory->X.resize(static_cast<size_t>(capacity * spec.inputs()));
  memory->labels.resize(static_cast<size_t>(capacity));
  return [memory, spec](Index count, Stream stream) {
    for (Index i = 0; i < count * spec.inputs(); ++i)
      memory->X[static_cast<size_t>(i)] = static_cast<Real>(static_cast<float>(stream.normal()));
    for (Index b = 0; b < count; ++b)
      memory->labels[static_cast<size_t>(b)] =
          static_cast<std::uint8_t>(stream.below(static_cast<std::uint64_t>(spec.classes())));
    return Batch<Real>{{memory->X.data(), count, spec.inputs()}, memory->labels.data()};
  };
}

template <class Real>
std::vector<Real> cast(const Vector& values) {
  return std::vector<Real>(values.begin(), values.end());
}

template <class Values>
double largest(const Values& values) {
  double most = 0;
  for (double v : values) most = std::max(most, std::abs(v));
  return most;
}

}  // namespace symopt::test
