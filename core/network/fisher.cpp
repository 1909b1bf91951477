// fisher.cpp — rows of U from backward passes.
#include "core/network/fisher.hpp"

#include <algorithm>
#include <cmath>

namespace symopt {

template <class Real>
void softmax(const ConstMatrixView<Real>& logits, Real* p) {
  MatrixView<Real> P(p, logits.rows(), logits.cols());
  for (Index b = 0; b < P.rows(); ++b) {
    P.row(b) = (logits.row(b).array() - logits.row(b).maxCoeff()).exp();
    P.row(b) /= P.row(b).sum();
  }
}

template <class Real>
FisherRows<Real>::FisherRows(const NetworkSpec& spec, const ParamLayout& layout, Index max_batch)
    : layout_(layout), coupled_(spec.batch_norm() || !spec.dense()), classes_(spec.classes()) {
  const Index rows = max_batch * classes_;
  U_.resize(static_cast<size_t>(rows * layout.size));
  grad_.resize(static_cast<size_t>(layout.size));
  p_.resize(static_cast<size_t>(rows));
  dlogits_.resize(static_cast<size_t>(rows));
}

template <class Real>
ConstMatrixView<Real> FisherRows<Real>::compute(Passes<Real>& network, std::span<const Real> theta) {
  const auto logits = network.logits();
  const Index B = logits.rows(), K = classes_, P = layout_.size;
  softmax(logits, p_.data());
  const ConstMatrixView<Real> p(p_.data(), B, K);
  MatrixView<Real> d(dlogits_.data(), B, K);
  const auto set_row = [&](Index b, Index k) {
    const Real root = std::sqrt(p(b, k) / static_cast<Real>(B));
    d.row(b) = -root * p.row(b);
    d(b, k) += root;
  };
  if (coupled_) {
    d.setZero();
    for (Index b = 0; b < B; ++b) {
      for (Index k = 0; k < K; ++k) {
        set_row(b, k);
        network.pull_back(theta, dlogits_.data(), {U_.data() + (b * K + k) * P, static_cast<size_t>(P)});
      }
      d.row(b).setZero();
    }
  } else {
    for (Index k = 0; k < K; ++k) {
      for (Index b = 0; b < B; ++b) set_row(b, k);
      network.pull_back(theta, dlogits_.data(), grad_);
      fill_rows(network, k);
    }
  }
  return {U_.data(), B * K, P};
}

// Without coupling, row b of dL/dZ comes from sample b alone: its gradient of W is dz ⊗ a, of the bias dz.
template <class Real>
void FisherRows<Real>::fill_rows(const Passes<Real>& network, Index k) {
  for (size_t l = 0; l < layout_.layers.size(); ++l) {
    const LayerBlocks& layer = layout_.layers[l];
    const Block& weights = layout_.blocks[static_cast<size_t>(layer.weights)];
    const LayerTrace<Real> trace = network.trace(l);
    for (Index b = 0; b < trace.inputs.rows(); ++b) {
      Real* u = U_.data() + (b * classes_ + k) * layout_.size;
      MatrixView<Real>(u + weights.offset, weights.rows, weights.cols).noalias() =
          trace.gradients.row(b).transpose() * trace.inputs.row(b);
      if (layer.bias >= 0)
        std::copy_n(trace.gradients.row(b).data(), weights.rows,
                    u + layout_.blocks[static_cast<size_t>(layer.bias)].offset);
    }
  }
}

template void softmax(const ConstMatrixView<float>&, float*);
template void softmax(const ConstMatrixView<double>&, double*);
template class FisherRows<float>;
template class FisherRows<double>;

}  // namespace symopt
