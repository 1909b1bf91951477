// loss.cpp — softmax cross-entropy with the row maximum taken out, so that no exponential overflows.
#include "core/network/loss.hpp"

#include "core/algebra/dual.hpp"

namespace symopt {

template <class Real>
Real softmax_cross_entropy(const ConstMatrixView<Real>& logits, const std::uint8_t* labels, Real* dlogits) {
  const Index B = logits.rows(), K = logits.cols();
  ArrayView<Real> e(dlogits, B * K);
  Real cost = Real(0);
  for (Index b = 0; b < B; ++b) {
    const auto row = logits.row(b).array();
    e.segment(b * K, K) = row.transpose() - row.maxCoeff();
  }
  // −log p = log Σ exp(z − max) − (z_label − max): the second term is read before the exponential overwrites
  // it.
  for (Index b = 0; b < B; ++b) cost -= e[b * K + labels[b]];
  e = e.exp();
  const Real share = Real(1) / static_cast<Real>(B);
  for (Index b = 0; b < B; ++b) {
    auto p = e.segment(b * K, K);
    const Real sum = p.sum();
    using std::log;
    cost += log(sum);
    p *= share / sum;
    p[labels[b]] -= share;
  }
  return cost * share;
}

template <class Real>
Index count_errors(const ConstMatrixView<Real>& logits, const std::uint8_t* labels) {
  Index errors = 0;
  for (Index b = 0; b < logits.rows(); ++b) {
    const Real own = logits(b, labels[b]);
    bool right = true;
    for (Index k = 0; k < logits.cols(); ++k)
      right = right && (k < labels[b] ? own > logits(b, k) : own >= logits(b, k));
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

template float softmax_cross_entropy(const ConstMatrixView<float>&, const std::uint8_t*, float*);
template double softmax_cross_entropy(const ConstMatrixView<double>&, const std::uint8_t*, double*);
template Dual<double> softmax_cross_entropy(const ConstMatrixView<Dual<double>>&, const std::uint8_t*,
                                            Dual<double>*);
template Index count_errors(const ConstMatrixView<float>&, const std::uint8_t*);
template Index count_errors(const ConstMatrixView<double>&, const std::uint8_t*);
template Index count_errors(const ConstMatrixView<Dual<double>>&, const std::uint8_t*);
template Matrix<float> log_probabilities(const ConstMatrixView<float>&);
template Matrix<double> log_probabilities(const ConstMatrixView<double>&);

}  // namespace symopt
