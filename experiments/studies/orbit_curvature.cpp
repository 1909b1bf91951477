// orbit_curvature.cpp — derivatives of curves along an orbit. σ is linear on either side of 0, so that its
// slopes stay along an infinitesimal piece of the curve.
#include "experiments/studies/orbit_curvature.hpp"

#include <Eigen/Cholesky>
#include <array>
#include <cmath>

#include "core/algebra/least_squares.hpp"

namespace symopt {

namespace {

double product(const LayerMatrices& a, const LayerMatrices& b) {
  double sum = 0;
  for (size_t l = 0; l < a.size(); ++l) sum += a[l].cwiseProduct(b[l]).sum();
  return sum;
}

}  // namespace

double curvature_of(const CurveDerivatives& curve) {
  const double a = product(curve.first, curve.first), b = product(curve.second, curve.second),
               c = product(curve.first, curve.second);
  return std::sqrt(std::max(0.0, a * b - c * c)) / (a * std::sqrt(a));
}

FeatureCurve feature_curve(const LayerMatrices& W, const Eigen::MatrixXd& X, const Eigen::MatrixXd& X_inverse,
                           const LayerMatrices& M) {
  FeatureCurve curve;
  for (const Eigen::MatrixXd& one : W) {
    curve.exact.first.push_back(Eigen::MatrixXd::Zero(one.rows(), one.cols()));
    curve.exact.second.push_back(curve.exact.first.back());
  }
  curve.published.second = curve.exact.second;
  Eigen::MatrixXd h = X, inverse = X_inverse;
  for (size_t l = 0; l + 1 < W.size(); ++l) {
    const Eigen::MatrixXd Z = W[l] * h, slope = Z.unaryExpr(&leaky_slope), F = Z.cwiseProduct(slope);
    const Eigen::MatrixXd MF = M[l] * F;
    const Eigen::MatrixXd along = MF.cwiseQuotient(slope) * inverse;
    const Eigen::MatrixXd bend = (M[l] * MF).cwiseQuotient(slope) * inverse;
    const Eigen::MatrixXd next = W[l + 1] * M[l];
    curve.exact.first[l] += along;
    curve.exact.first[l + 1] -= next;
    for (CurveDerivatives* one : {&curve.exact, &curve.published}) {
      one->second[l] += bend;
      one->second[l + 1] += next * M[l];
    }
    if (l > 0) curve.exact.second[l] -= 2 * along * M[l - 1];
    h = F;
    if (l + 2 < W.size()) inverse = pseudo_inverse(h);
  }
  curve.published.first = curve.exact.first;
  return curve;
}

LayerMatrices unit_algebra_elements(const LayerMatrices& W, Stream stream) {
  LayerMatrices M;
  for (size_t l = 0; l + 1 < W.size(); ++l) {
    M.emplace_back(W[l].rows(), W[l].rows());
    for (double& m : M.back().reshaped()) m = stream.uniform();
    M.back() /= M.back().norm();
  }
  return M;
}

// As power series in t up to t³. With A(t) = σ(exp(tM) VH) and full row rank A⁺ = Aᵀ (A Aᵀ)⁻¹, so that
// U(t) = U C(t) G(t)⁻¹, C = A(0) A(t)ᵀ, G = A(t) A(t)ᵀ.
CurvatureRate general_linear_curvature(const Eigen::MatrixXd& V, const Eigen::MatrixXd& U,
                                       const Eigen::MatrixXd& H, const Eigen::MatrixXd& M) {
  constexpr size_t kTerms = 4;
  using Series = std::array<Eigen::MatrixXd, kTerms>;
  constexpr std::array<double, kTerms> kFactorial = {1, 1, 2, 6};
  const Eigen::MatrixXd Z = V * H, slope = Z.unaryExpr(&leaky_slope);
  Series A, moved, C, G, inverse, last;
  Eigen::MatrixXd power = Eigen::MatrixXd::Identity(M.rows(), M.cols());
  for (size_t k = 0; k < kTerms; ++k) {
    A[k] = (power * Z).cwiseProduct(slope) / kFactorial[k];
    moved[k] = power * V / kFactorial[k];
    power = (power * M).eval();
  }
  for (size_t k = 0; k < kTerms; ++k) {
    C[k] = A[0] * A[k].transpose();
    G[k] = Eigen::MatrixXd::Zero(M.rows(), M.cols());
    for (size_t i = 0; i <= k; ++i) G[k] += A[i] * A[k - i].transpose();
  }
  const Eigen::LLT<Eigen::MatrixXd> G0(G[0]);
  for (size_t k = 0; k < kTerms; ++k) {
    Eigen::MatrixXd right = k == 0 ? Eigen::MatrixXd::Identity(M.rows(), M.cols()).eval()
                                   : Eigen::MatrixXd::Zero(M.rows(), M.cols()).eval();
    for (size_t i = 1; i <= k; ++i) right -= G[i] * inverse[k - i];
    inverse[k] = G0.solve(right);
    last[k] = Eigen::MatrixXd::Zero(U.rows(), U.cols());
    for (size_t i = 0; i <= k; ++i) last[k] += U * C[i] * inverse[k - i];
  }
  std::array<LayerMatrices, kTerms> g;  // derivatives
  for (size_t k = 0; k < kTerms; ++k) g[k] = {moved[k] * kFactorial[k], last[k] * kFactorial[k]};
  // κ = √N a^(−3/2), N = ab − c².
  const double a = product(g[1], g[1]), b = product(g[2], g[2]), c = product(g[1], g[2]);
  const double third1 = product(g[1], g[3]), third2 = product(g[2], g[3]);
  const double N = std::max(0.0, a * b - c * c);
  const double dN = 2 * c * b + a * 2 * third2 - 2 * c * (b + third1);
  const double root = std::sqrt(N), a32 = a * std::sqrt(a);
  return {root / a32, dN / (2 * root * a32) - 1.5 * root / (a32 * a) * (2 * c)};
}

}  // namespace symopt
