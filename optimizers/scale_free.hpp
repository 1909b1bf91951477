// scale_free.hpp — batch-normalized filters grow without bound under metrics that follow their scale; this
// keeps them in the range of the format.
//
// Such a filter moves at right angles to itself by a share of its norm that does not depend on the norm: it
// grows exponentially and would overflow, though its length carries no meaning. Above 2^40 it is multiplied
// by 2^-20, and the running mean and variance of its outputs by 2^-20 and 2^-40: exact, so that the function
// stays in training and in evaluation, and far above where the normalization's ε is felt.
#pragma once
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

/// ‖w‖² above which a filter is shortened.
template <class Real>
inline constexpr Real kLongestFilter = Real(0x1p80);

/// Filter i, the row w, of layer l.
template <class Real, class Row>
void shorten_filter(Passes<Real>& network, size_t l, Index i, Row&& w) {
  constexpr Real kScale = Real(0x1p-20);
  w *= kScale;
  network.scale_statistics(l, i, kScale);
}

}  // namespace symopt::optimizers
