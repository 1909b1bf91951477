// loss.hpp — softmax cross-entropy, averaged over the rows that count, and the metric.
// R rows: samples or pixels, K classes.  logits: R×K
#pragma once
#include <type_traits>

#include "core/algebra/team.hpp"
#include "core/network/rows.hpp"
#include "core/network/targets.hpp"

namespace symopt {

template <class Real>
using TargetsOf = std::type_identity_t<Targets<Real>>;

/// Σ_r w_r (−log softmax(logits)[label])_r / Σ_r w_r in nats, w the weight of the row's class, 0 where the
/// row does not count; dlogits: R×K gets its gradient w_r (softmax − one-hot)/Σ w. 0 where no row counts.
template <class Real>
Real softmax_cross_entropy(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets,
                           Real* dlogits);

/// The same by shares of rows, whose losses are added in their order.
template <class Real>
Real softmax_cross_entropy(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets, Real* dlogits,
                           const RowShares& shares, Buffer<Real>& partial, Team& team);

/// Σ_r w_r (−log softmax(logits)[label])_r and Σ_r w_r, summed in double.
struct WeightedLoss {
  double sum = 0, weight = 0;
};
template <class Real>
WeightedLoss weighted_loss(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets);

/// Rows that count.
template <class Real>
Index count_rows(Index rows, const Targets<Real>& targets);
/// Of those, the ones whose largest logit (the first of equal ones) is not the label's. A NaN logit is an
/// error.
template <class Real>
Index count_errors(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets);

/// log softmax, row by row: R×K. Two networks that differ by a shift of all logits have the same.
template <class Real>
Matrix<Real> log_probabilities(const ConstMatrixView<Real>& logits);

}  // namespace symopt
