// loss.hpp — softmax cross-entropy, averaged over the batch.  B batch, K classes, logits: B×K.
#pragma once
#include <cstdint>

#include "core/arrays.hpp"

namespace symopt {

/// Mean of −log softmax(logits)[label] in nats; dlogits: B×K gets its gradient (softmax − one-hot)/B.
template <class Real>
Real softmax_cross_entropy(const ConstMatrixView<Real>& logits, const std::uint8_t* labels, Real* dlogits);

/// Samples whose largest logit (the first of equal ones) is not the label's. A NaN logit is an error.
template <class Real>
Index count_errors(const ConstMatrixView<Real>& logits, const std::uint8_t* labels);

/// log softmax, row by row: B×K. Two networks that differ by a shift of all logits have the same.
template <class Real>
Matrix<Real> log_probabilities(const ConstMatrixView<Real>& logits);

}  // namespace symopt
