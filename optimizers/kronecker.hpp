// kronecker.hpp — a layer's Fisher block as a Kronecker product A ⊗ Γ (Martens and Grosse 2015).
//
// B batch, I inputs, O filters.  ā: inputs with a 1 appended where the layer has a bias, J = I or I + 1 of
// them; g: gradient of one sample's loss at the filters' outputs.  A = E[ā āᵀ]: J×J  Γ = E[g gᵀ]: O×O The
// block of the weights and biases (W, b): O×J, rows one after the other, is Γ ⊗ A in this layout, and its
// solve  U = Γ⁻¹ (G_W, G_b) A⁻¹.
#pragma once
#include "core/algebra/gemm.hpp"
#include "core/algebra/lit_products.hpp"
#include "core/algebra/semidefinite.hpp"

namespace symopt {

/// Allocates on construction only.
template <class Real>
class Kronecker {
 public:
  /// lit_batch: the most samples that the solve from a batch will have; 0: it is not called.
  Kronecker(Index inputs, Index filters, bool bias, Index lit_batch = 0);
  /// Factors and inverses 0.
  void reset();

  /// A ← keep A + weight Σ_b ā_b ā_bᵀ.  inputs: B×I.
  void add_inputs(const ConstMatrixView<Real>& inputs, Real keep, Real weight);
  /// Γ ← keep Γ + weight Σ_b g_b g_bᵀ.  gradients: B×O.
  void add_gradients(const ConstMatrixView<Real>& gradients, Real keep, Real weight);

  /// The inverses of A + π√δ I and Γ + (√δ/π) I, the pseudo-inverse where one has no full rank.
  /// balanced: π² = (tr A/J)/(tr Γ/O), else π = 1. NaN where a factor is not finite.
  void invert(Real damping, bool balanced);

  /// solution() becomes U = Γ⁻¹ (G_W, G_b) A⁻¹.  G_W: O×I; G_b: O, or null without bias. Returns ⟨U, (G_W,
  /// G_b)⟩.
  double solve(const Real* G_W, const Real* G_b);
  /// Whether the next takes fewer multiplications.
  bool solves_from(const LitRows<Real>& inputs) const;
  /// The same for G = dZᵀ X̄ as (dZ Γ⁻¹)ᵀ (X̄ A⁻¹), which multiplies only the values of X that are not zero.
  /// dZ: B×O.
  double solve(const LitRows<Real>& inputs, const ConstMatrixView<Real>& dZ, const Real* G_W,
               const Real* G_b);
  /// O×J
  ConstMatrixView<Real> solution() const { return {U_.data(), O_, J_}; }

  /// A, Γ (lower triangles), the inverses, and the lowest ranks.
  std::vector<std::span<Real>> state() { return {A_, Gamma_, A_inverse_, Gamma_inverse_, lowest_ranks_}; }
  /// The lowest rank of the damped A and of the damped Γ that was inverted since reset(); full where none was
  /// lost.
  Index lowest_input_rank() const { return static_cast<Index>(lowest_ranks_[0]); }
  Index lowest_gradient_rank() const { return static_cast<Index>(lowest_ranks_[1]); }
  Index inputs() const { return J_; }
  Index filters() const { return O_; }

 private:
  void invert(std::span<const Real> factor, Index n, Real damping, Buffer<Real>& inverse, Real& lowest_rank);
  double product(const Real* G_W, const Real* G_b) const;

  Index I_, O_, J_, lit_batch_;
  Buffer<Real> A_, A_inverse_, Gamma_, Gamma_inverse_;
  Buffer<Real> lowest_ranks_;  // of A, of Γ
  Semidefinite<Real> solver_;
  Buffer<Real> damped_;               // the factor that is being inverted
  Buffer<Real> gradient_, half_, U_;  // O×J
  LitProducts<Real> products_;
  Buffer<Real> X_A_, dZ_Gamma_;  // B×J, B×O: X̄ A⁻¹, dZ Γ⁻¹
  Scratch<Real> scratch_;
};

}  // namespace symopt
