// naive_train.hpp — loss and gradient by loops, of networks of rows and of pictures alike.
#pragma once
#include "tests/support/naive_network.hpp"

namespace symopt::test {

/// Forward, loss and gradient under the batch's own statistics; a label for each row of the logits. Of a
/// convolution a row is a pixel: `inputs` has what its filters see there (naive_patches). `outputs` and
/// `winner` are of dense networks only.
NaivePass naive_train(const NetworkSpec& spec, const Vector& theta, const Rows& X,
                      const std::vector<std::uint8_t>& labels);

}  // namespace symopt::test
