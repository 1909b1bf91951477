// loss.cpp — softmax cross-entropy with the row maximum taken out, so that no exponential overflows.
#include "core/network/loss.hpp"

#include "core/algebra/dual.hpp"

namespace symopt {

template <class Real>
Real softmax_cross_entropy(const ConstMatrixView<Real>& logits, const TargetsOf<Real>& targets,
                           Real* dlogits) {
  const Index R = logits.rows(), K = logits.cols();
  ArrayView<Real> e(dlogits, R * K);
  Real cost = Real(0), total = Real(0);
  for (Index r = 0; r < R; ++r) {
    const auto row = logits.row(r).array();
    e.segment(r * K, K) = row.transpose() - row.maxCoeff();
  }
  // −log p = log Σ exp(z − max) − (z_label − max): the second term is read before the exponential overwrites
  // it.
  for (Index r = 0; r < R; ++r) {
    if (!targets.counts(r)) continue;
    const Real w = targets.weight(r);
    total += w;
    cost -= w * e[r * K + targets.labels[r]];
  }
  if (!(total > Real(0))) {
    e.setZero();
    return Real(0);
  }
  e = e.exp();
  const Real share = Real(1) / total;
  for (Index r = 0; r < R; ++r) {
    auto p = e.segment(r * K, K);
    if (!targets.counts(r)) {
      p.setZero();
      continue;
    }
    const Real w = targets.weight(r), sum = p.sum();
    using std::log;
    cost += w * log(sum);
    p *= w * share / sum;
    p[targets.labels[r]] -= w * share;
  }
  return cost * share;
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

template float softmax_cross_entropy(const ConstMatrixView<float>&, const Targets<float>&, float*);
template Index count_rows(Index, const Targets<float>&);
template Index count_errors(const ConstMatrixView<float>&, const Targets<float>&);
template double softmax_cross_entropy(const ConstMatrixView<double>&, const Targets<double>&, double*);
template Index count_rows(Index, const Targets<double>&);
template Index count_errors(const ConstMatrixView<double>&, const Targets<double>&);
template Dual<double> softmax_cross_entropy(const ConstMatrixView<Dual<double>>&,
                                            const Targets<Dual<double>>&, Dual<double>*);
template Index count_rows(Index, const Targets<Dual<double>>&);
template Index count_errors(const ConstMatrixView<Dual<double>>&, const Targets<Dual<double>>&);
template Matrix<float> log_probabilities(const ConstMatrixView<float>&);
template Matrix<double> log_probabilities(const ConstMatrixView<double>&);

}  // namespace symopt
