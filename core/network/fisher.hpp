// fisher.hpp — the exact Fisher information of a network's predictions (Amari 1998): F = E_x[Jᵀ (diag p − p
// pᵀ) J], J: K×P the Jacobian of the logits of one sample, p: K its predicted probabilities, the mean over
// the batch.
//
// diag p − p pᵀ = Σ_k p_k (e_k − p)(e_k − p)ᵀ, so F = Uᵀ U with rows u_bk = √(p_bk/B) J_bᵀ (e_k − p_b).
#pragma once
#include "core/network/network_spec.hpp"
#include "core/network/params.hpp"
#include "core/network/passes.hpp"

namespace symopt {

/// Allocates on construction only.
template <class Real>
class FisherRows {
 public:
  FisherRows(const NetworkSpec& spec, const ParamLayout& layout, Index max_batch);

  /// U: (B·K)×P, row b·K + k; valid until the next call. `network`: after a forward pass in Mode::train at
  /// theta; its traces are overwritten. Without batch normalization K backward passes, with it, since there
  /// every sample's logits depend on all samples, B·K.
  ConstMatrixView<Real> compute(Passes<Real>& network, std::span<const Real> theta);

 private:
  void fill_rows(const Passes<Real>& network, Index k);  // from the traces of class k

  ParamLayout layout_;
  bool coupled_;  // samples, by the batch's statistics
  Index classes_;
  Buffer<Real> U_, grad_;
  Buffer<Real> p_, dlogits_;  // B×K
};

/// p ← softmax of the logits, row by row: B×K.
template <class Real>
void softmax(const ConstMatrixView<Real>& logits, Real* p);

}  // namespace symopt
