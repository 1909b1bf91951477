// orbit_curvature.hpp — how strongly curves along an orbit bend (Zhao, Gower, Walters, Yu 2024): of a curve
// γ(t) in weight space κ = √(‖γ'‖²‖γ''‖² − ⟨γ',γ''⟩²) / ‖γ'‖³ at t = 0, as of any curve in space (reciprocal
// of a radius).
#pragma once
#include "core/random.hpp"
#include "experiments/studies/leaky_network.hpp"

namespace symopt {

/// γ'(0) and γ''(0), a matrix a layer.
struct CurveDerivatives {
  LayerMatrices first, second;
};
double curvature_of(const CurveDerivatives& curve);

/// The curve on which GL(h) acts on the features of all hidden layers at the same time, on those of layer l
/// by exp(t M_l), and every layer's outputs move with them. With Z_l = W_l h_{l−1}, h_0 = X,
///   W_1(t) = W_1 + (σ⁻¹(exp(t M_1) σ(Z_1)) − Z_1) X⁺,
///   W_l(t) = σ⁻¹(exp(t M_l) σ(Z_l)) h_{l−1}⁺ exp(−t M_{l−1}), W_L(t) = W_L exp(−t M_{L−1}),
/// where h_{l−1} has full row rank. `published` is without −2 [M_l σ(Z_l) / σ'(Z_l)] h_{l−1}⁺ M_{l−1} in γ'',
/// of two factors that both depend on t, as the public code has it.
struct FeatureCurve {
  CurveDerivatives exact, published;
};
FeatureCurve feature_curve(const LayerMatrices& W, const Eigen::MatrixXd& X, const Eigen::MatrixXd& X_inverse,
                           const LayerMatrices& M);

/// A square matrix for each hidden layer: uniform in [0, 1), of Frobenius norm 1.
LayerMatrices unit_algebra_elements(const LayerMatrices& W, Stream stream);

/// Of the curve exp(tM) V, U σ(VH) σ(exp(tM) VH)⁺ of one hidden layer's filters V and the next layer's
/// weights U on features H, inputs×samples (GeneralLinear): κ and dκ/dt at t = 0. σ(VH) has to have full row
/// rank.
struct CurvatureRate {
  double curvature = 0, rate = 0;
};
CurvatureRate general_linear_curvature(const Eigen::MatrixXd& V, const Eigen::MatrixXd& U,
                                       const Eigen::MatrixXd& H, const Eigen::MatrixXd& M);

}  // namespace symopt
