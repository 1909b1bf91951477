// loss.cpp — softmax cross-entropy with the row maximum taken out, so that no exponential overflows.
#include "core/network/loss.hpp"

#include "core/algebra/dual.hpp"

namespace symopt {

namespace {

template <class Real>
Real total_weight(Index R, const Targets<Real>& targets) {
  Real total = Real(0);
  for (Index r = 0; r < R; ++r)
    if (targets.counts(r)) total += targets.weight(r);
  return total;
}

// Σ of rows from … from + R − 1 of their losses times their weights; dlogits gets their gradient of the mean,
// Σ of all losses times weights by `total`.
template <class Real>
Real weighted_losses(const ConstMatrixView<Real>& logits, const Targets<Real>& targets, Index from, Index R,
                     Real total, Real* dlogits) {
  const Index K = logits.cols();
  ArrayView<Real> e(dlogits + from * K, R * K);
  Real cost = Real(0);
  for (Index r = 0; r < R; ++r) {
    const auto row = logits.row(from + r).array();
    e.segment(r * K, K) = row.transpose() - row.maxCoeff();
  }
  // −log p = log Σ exp(z − max) − (z_label − max): the second term is read before the exponential overwrites
  // it.
  for (Index r = 0; r < R; ++r)
    if (targets.counts(from + r)) cost -= targets.weight(from + r) * e[r * K + targets.labels[from + r]];
  e = e.exp();
  const Real share = Real(1) / total;
  for (Index r = 0; r < R; ++r) {
    auto p = e.segment(r * K, K);
    if (!targets.counts(from + r)) {
      p.setZero();
      continue;
    }
    const Real w = targets.weight(from + r), sum = p.sum();
    using std::log;
    cost += w * log(sum);
    p *= w * share / sum;
    p[targets.labels[from + r]] -= w * share;
  }
  return cost;
}

}  // namespace

template <class Real>
Real softmax_cross_entropy(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets, Real* dlogits,
                           const RowShares& shares, Buffer<Real>& partial, Team& team) {
  const Real total = total_weight(logits.rows(), targets);
  if (!(total > Real(0))) {
    std::fill_n(dlogits, logits.size(), Real(0));
    return Real(0);
  }
  if (static_cast<Index>(partial.size()) < shares.count())
    partial.resize(static_cast<size_t>(shares.count()));
  team.run(shares.count(), [&](Index i, int) {
    partial[static_cast<size_t>(i)] =
        weighted_losses(logits, targets, shares.begin(i), shares.length(i), total, dlogits);
  });
  Real cost = partial[0];
  for (Index i = 1; i < shares.count(); ++i) cost += partial[static_cast<size_t>(i)];
  return cost * (Real(1) / total);
}

template <class Real>
Real softmax_cross_entropy(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets,
                           Real* dlogits) {
  const Real total = total_weight(logits.rows(), targets);
  if (!(total > Real(0))) {
    std::fill_n(dlogits, logits.size(), Real(0));
    return Real(0);
  }
  return weighted_losses(logits, targets, 0, logits.rows(), total, dlogits) * (Real(1) / total);
}

template <class Real>
WeightedLoss weighted_loss(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets) {
  WeightedLoss total;
  for (Index r = 0; r < logits.rows(); ++r) {
    if (!targets.counts(r)) continue;
    const auto row = logits.row(r).array();
    const Real most = row.maxCoeff();
    const Real loss = std::log((row - most).exp().sum()) - (row[targets.labels[r]] - most);
    const auto weight = static_cast<double>(targets.weight(r));
    total.sum += weight * static_cast<double>(loss), total.weight += weight;
  }
  return total;
}

template <class Real>
Index count_rows(Index rows, const Targets<Real>& targets) {
  if (targets.ignored < 0) return rows;
  Index count = 0;
  for (Index r = 0; r < rows; ++r) count += targets.counts(r);
  return count;
}

template <class Real>
Index count_errors(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets) {
  Index errors = 0;
  for (Index r = 0; r < logits.rows(); ++r) {
    if (!targets.counts(r)) continue;
    const std::uint8_t label = targets.labels[r];
    const Real own = logits(r, label);
    bool right = true;
    for (Index k = 0; k < logits.cols(); ++k)
      right = right && (k < label ? own > logits(r, k) : own >= logits(r, k));
    errors += right ? 0 : 1;
  }
  return errors;
}

template <class Real>
Matrix<Real> log_probabilities(const ConstMatrixView<Real>& logits) {
  Matrix<Real> log_p = logits;
  for (Index b = 0; b < log_p.rows(); ++b) {
    auto row = log_p.row(b).array();
    row -= row.maxCoeff();
    using std::log;
    row -= log(row.exp().sum());
  }
  return log_p;
}

template WeightedLoss weighted_loss(const ConstMatrixView<float>&, const Targets<float>&);
template WeightedLoss weighted_loss(const ConstMatrixView<double>&, const Targets<double>&);
template float softmax_cross_entropy(const ConstMatrixView<float>&, const Targets<float>&, float*);
template float softmax_cross_entropy(const ConstMatrixView<float>&, const Targets<float>&, float*,
                                     const RowShares&, Buffer<float>&, Team&);
template Index count_rows(Index, const Targets<float>&);
template Index count_errors(const ConstMatrixView<float>&, const Targets<float>&);
template double softmax_cross_entropy(const ConstMatrixView<double>&, const Targets<double>&, double*);
template double softmax_cross_entropy(const ConstMatrixView<double>&, const Targets<double>&, double*,
                                      const RowShares&, Buffer<double>&, Team&);
template Index count_rows(Index, const Targets<double>&);
template Index count_errors(const ConstMatrixView<double>&, const Targets<double>&);
template Dual<double> softmax_cross_entropy(const ConstMatrixView<Dual<double>>&,
                                            const Targets<Dual<double>>&, Dual<double>*);
template Dual<double> softmax_cross_entropy(const ConstMatrixView<Dual<double>>&,
                                            const Targets<Dual<double>>&, Dual<double>*, const RowShares&,
                                            Buffer<Dual<double>>&, Team&);
template Index count_rows(Index, const Targets<Dual<double>>&);
template Index count_errors(const ConstMatrixView<Dual<double>>&, const Targets<Dual<double>>&);
template Matrix<float> log_probabilities(const ConstMatrixView<float>&);
template Matrix<double> log_probabilities(const ConstMatrixView<double>&);

}  // namespace symopt
