// naive_train.hpp — loss and gradient by loops, of networks of rows and of pictures alike.
#pragma once
#include "tests/support/naive_network.hpp"

namespace symopt::test {

/// What each row of the logits counts in the loss.
struct NaiveTargets {
  int ignored = -1;           ///< rows with this label: nothing
  Vector class_weights = {};  ///< by label; empty: all 1
  double weight(std::uint8_t label) const {
    return label == ignored ? 0 : class_weights.empty() ? 1 : class_weights[label];
  }
};

/// Forward, loss and gradient under the batch's own statistics; a label for each row of the logits. Of a
/// convolution a row is a pixel: `inputs` has what its filters see there (naive_patches). `outputs` and
/// `winner` are of dense networks only, which take no other `targets`.
NaivePass naive_train(const NetworkSpec& spec, const Vector& theta, const Rows& X,
                      const std::vector<std::uint8_t>& labels, const NaiveTargets& targets = {});

/// log softmax of each row.
Rows naive_log_probabilities(const Rows& logits);

}  // namespace symopt::test
