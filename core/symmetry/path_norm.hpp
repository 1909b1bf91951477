// path_norm.hpp — the share κ of each weight in the squared path norm (Neyshabur, Salakhutdinov, Srebro
// 2015), and in its data-dependent form (Neyshabur, Tomioka, Salakhutdinov, Srebro 2016).
//
// Edges u → v lead from a layer's inputs u to its filters v; a pool group of filters is one input of the next
// layer. a: an input's value on the batch, z = X Wᵀ, s_v: what multiplies filter v's output (γ/deviation of
// batch normalization, else 1), b_v: bias. With 0 ≤ α ≤ 1:
//   forward   γ²_u = 1 at the network's inputs;   R_u = (1−α) γ²_u + α mean a_u²
//             γ²_v = (1−α) (Σ_u s_v² w_vu² γ²_u + b_v²) + α mean (s_v z_v + b_v)²
//             the next layer's γ²_u = Σ γ²_v over the group
//   backward  g_v = 1 at the logits;   g_u = (R_u/γ²_u) Σ_v g_v s_v² w_vu²;   a group's filters have its g
//   κ_{u→v} = R_u s_v² g_v;   κ of the bias b_v = g_v
// mean (s_v z_v + b_v)² is the quadratic form of the paper, (w, b)ᵀ C (w, b) with C the second moments of the
// inputs and of the biases' source, a node with a = γ² = R = 1. α = 0 is the path norm: κ_e is the sum over
// the paths through e of the product of all other squared weights, with biases as edges from a node of their
// own.
//
// Rescaling a unit by ρ (its group's filters and biases times ρ, what reads it divided by ρ) multiplies its
// a², γ² and R by ρ² (all terms of the group's sum alike), hence R/γ² not at all and g by ρ⁻². So κ of a
// weight grows as ρ_u²/ρ_v² and its gradient as ρ_u/ρ_v: gradient/κ grows as ρ_v/ρ_u, as the weight itself; a
// bias's as ρ_v.
//
// Batch normalization is our reading: the path norm of the effective weights s w on the current batch, by the
// chain rule for s held fixed; its shift is no edge. Then w → Λ w has s → s/Λ, and gradient/κ grows as Λ.
#pragma once
#include "core/network/params.hpp"
#include "core/network/passes.hpp"

namespace symopt {

/// κ in factors, so that it costs two passes over the weights. Allocates on construction only.
template <class Real>
class PathNorm {
 public:
  PathNorm(const ParamLayout& layout, double alpha);

  /// `network`: as its gradient at theta on the batch left it; nullptr will do where alpha is 0 and no layer
  /// normalizes.
  void compute(std::span<const Real> theta, const Passes<Real>* network);

  /// κ of the weight from input u to filter v of layer l is input(l)[u] · output(l)[v]; of the bias of v,
  /// output(l)[v].
  const Array<Real>& input(size_t l) const { return layers_[l].R; }
  const Array<Real>& output(size_t l) const { return layers_[l].out; }

 private:
  struct LayerFactors {
    Array<Real> gamma2, R;  // one entry an input
    Array<Real> s2, out;    // one entry a filter
  };
  void forward(size_t l, std::span<const Real> theta, const Passes<Real>* network);
  void backward(size_t l, std::span<const Real> theta);

  ParamLayout layout_;
  Real alpha_;
  std::vector<LayerFactors> layers_;
  Array<Real> filter_gamma2_, feature_g_;  // of one layer
};

}  // namespace symopt
