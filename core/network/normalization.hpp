// normalization.hpp — batch normalization per filter over all rows (Ioffe and Szegedy 2015): ẑ = (z −
// mean)/deviation, A = γ ẑ + β = scale ⊙ z + shift.  R rows, O filters.  Z, A: R×O
#pragma once
#include "core/algebra/team.hpp"
#include "core/network/layer.hpp"
#include "core/network/rows.hpp"

namespace symopt {

template <class Real>
class Normalization {
 public:
  /// max_shares: of the rows of any pass.
  Normalization(Index filters, double epsilon, double momentum, Index max_shares);

  /// Mean and variance of these rows; they enter the running statistics or, in a population pass, its sums.
  void measure(const RowShares& rows, const Real* Z, Team& team);
  /// scale and shift from γ, β: O and the statistics of the last measure() (train) or the running ones
  /// (evaluate).
  void fill(const Real* gamma, const Real* beta, Mode mode, Array<Real>& scale, Array<Real>& shift);
  /// The sums of share i for pull_back(). Threads may take shares at the same time.
  void sum_share(const RowShares& rows, Index i, const Real* Z, const Real* dA);
  /// Once every share is summed: dZ from dA, which may be the same place; dgamma, dbeta: O.  `scale` as
  /// filled for the same pass.
  void pull_back(const RowShares& rows, const Real* Z, const Array<Real>& scale, const Real* dA, Real* dZ,
                 Real* dgamma, Real* dbeta, Team& team);

  BatchStatistics<Real>& statistics() { return statistics_; }

 private:
  Index filters_;
  Real epsilon_;
  BatchStatistics<Real> statistics_;
  Array<Real> inverse_deviation_;  // of the batch
  Array<Real> sum_;                // Σ dA and Σ dA ẑ
  Buffer<Real> partial_;           // two rows of sums a share
};

/// s[o] = Σ over the rows of A[·,o]: by shares, in their order.
template <class Real>
void column_sums(const RowShares& rows, Index filters, const Real* A, Real* sums, Buffer<Real>& partial,
                 Team& team);

}  // namespace symopt
