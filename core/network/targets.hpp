// targets.hpp — what the rows of a batch's logits should say, and how much each of them counts.
#pragma once
#include <cstdint>

#include "core/arrays.hpp"

namespace symopt {

/// One label a row of the logits: a sample's, or a pixel's.
template <class Real>
struct Targets {
  const std::uint8_t* labels;
  int ignored = -1;                     ///< rows with this label do not count; −1: all do
  const Real* class_weights = nullptr;  ///< of the loss of rows with each label: K; null: all 1

  Targets(const std::uint8_t* row_labels, int ignored_label = -1, const Real* weights = nullptr)
      : labels(row_labels), ignored(ignored_label), class_weights(weights) {}
  bool counts(Index row) const { return labels[row] != ignored; }
  Real weight(Index row) const {
    return !counts(row) ? Real(0) : class_weights == nullptr ? Real(1) : class_weights[labels[row]];
  }
};

}  // namespace symopt
