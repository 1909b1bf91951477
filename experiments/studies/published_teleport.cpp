// published_teleport.cpp — ∂‖G‖²/∂T = 2 ∂⟨v, G(T)⟩/∂T with v = G(0) held: ⟨v, G⟩ is the derivative of the
// loss when every g_m moves along v_m. So one pass forward and one back over dual numbers have it in their ε
// parts.
#include "experiments/studies/published_teleport.hpp"

#include <fmt/format.h>

#include "core/algebra/dual.hpp"
#include "core/algebra/least_squares.hpp"
#include "core/error.hpp"
#include "core/network/layer_weights.hpp"
#include "experiments/studies/leaky_relu.hpp"

namespace symopt {

namespace {

using Duals = Eigen::Matrix<Dual<double>, Eigen::Dynamic, Eigen::Dynamic>;

// σ and σ⁻¹ bend where their arguments change sign, and those have the signs of Z.
Duals times_slope(const Duals& A, const Duals& Z) {
  return A.binaryExpr(Z, [](const auto& a, const auto& z) { return a * Dual<double>(leaky_slope(z.v)); });
}

Duals over_slope(const Duals& A, const Duals& Z) {
  return A.binaryExpr(Z, [](const auto& a, const auto& z) { return a / Dual<double>(leaky_slope(z.v)); });
}

Duals along(const Eigen::MatrixXd& direction) {
  return direction.unaryExpr([](double d) { return Dual<double>(0, d); });
}

Duals constant(const Eigen::MatrixXd& value) {
  return value.unaryExpr([](double v) { return Dual<double>(v); });
}

Eigen::MatrixXd derivative(const Duals& A) {
  return A.unaryExpr([](const auto& a) { return a.d; });
}

}  // namespace

double PublishedTeleport::State::square() const {
  double sum = 0;
  for (const Eigen::MatrixXd& g : gradient) sum += g.squaredNorm();
  return sum;
}

PublishedTeleport::PublishedTeleport(const NetworkSpec& spec, const Matrix<double>& X,
                                     const Matrix<double>& Y)
    : layout_(layout_of(spec)), X_(X.transpose()), Y_(Y.transpose()) {
  Index narrowest = X.cols();
  for (const LayerSpec& layer : spec.hidden_layers()) narrowest = std::min(narrowest, layer.features);
  if (narrowest < X.rows())
    throw UserError("published teleport", "layers",
                    fmt::format("{} features or more, one a sample", X.rows()), fmt::format("{}", narrowest));
}

PublishedTeleport::Weights PublishedTeleport::read(std::span<const double> theta) const {
  Weights W;
  for (size_t l = 0; l < layout_.layers.size(); ++l) W.emplace_back(view(layer_weights(layout_, l), theta));
  return W;
}

PublishedTeleport::State PublishedTeleport::evaluate(const Weights& W) const {
  std::vector<Eigen::MatrixXd> h = {X_}, Z;
  for (size_t m = 0; m < W.size(); ++m) {
    Z.push_back(W[m] * h[m]);
    h.push_back(m + 1 < W.size() ? Eigen::MatrixXd(Z[m].unaryExpr(&leaky)) : Z[m]);
  }
  Eigen::MatrixXd d = h.back() - Y_;
  State state;
  state.loss = 0.5 * d.squaredNorm();
  state.gradient.resize(W.size());
  for (size_t m = W.size(); m-- > 0;) {
    state.gradient[m] = d * h[m].transpose();
    if (m > 0) d = (W[m].transpose() * d).cwiseProduct(Z[m - 1].unaryExpr(&leaky_slope));
  }
  return state;
}

// At T = 0, where V_m = W_m (I − T_{m−1}) and I + T_m are W_m and I; what they multiply stays for their
// derivatives.
PublishedTeleport::Weights PublishedTeleport::search_gradient(const Weights& W,
                                                              const Weights& gradient) const {
  const size_t hidden = W.size() - 1;
  std::vector<Duals> h = {constant(X_)}, Z;
  for (size_t m = 0; m < hidden; ++m) {
    Z.push_back(constant(W[m]) * h[m]);
    // σ⁻¹(σ(Z)), and what the moved g_m adds.
    const Duals a = Z[m] + along(gradient[m]) * h[m];
    h.push_back(times_slope(a, a));
  }
  const Duals last = constant(W[hidden]) + along(gradient[hidden]);
  Duals d = last * h[hidden] - constant(Y_);
  Weights D(hidden);
  D[hidden - 1] = derivative(-constant(W[hidden]).transpose() * (d * h[hidden].transpose()));
  Duals dh = last.transpose() * d;
  for (size_t m = hidden; m-- > 0;) {
    const Duals da = times_slope(dh, Z[m]);
    dh = along(gradient[m]).transpose() * da;
    // σ⁻¹ undoes the slope of σ, which dZ has again: dZ is da.
    const Duals dH = over_slope(da, Z[m]);
    const Duals S = times_slope(Z[m], Z[m]);
    D[m] += derivative(dH * S.transpose());
    if (m > 0) D[m - 1] = derivative(-constant(W[m]).transpose() * (da * h[m].transpose()));
    dh += constant(W[m]).transpose() * da;
  }
  for (Eigen::MatrixXd& one : D) one *= 2;
  return D;
}

void PublishedTeleport::act(const Weights& T, Weights& W) const {
  const Weights old = W;
  Eigen::MatrixXd h = X_;
  for (size_t m = 0; m < T.size(); ++m) {
    const Eigen::MatrixXd F = (W[m] * h).unaryExpr(&leaky);
    W[m] = (F + T[m] * F).unaryExpr(&straightened) * pseudo_inverse(h);
    W[m + 1] -= (W[m + 1] * T[m]).eval();
    h = (old[m] * h).eval().unaryExpr(&leaky);
  }
}

Teleport PublishedTeleport::move(const AscentSettings& settings, std::span<double> theta) const {
  Weights W = read(theta);
  State state = evaluate(W);
  Teleport result;
  result.loss_before = state.loss, result.gradient_before = state.square();
  // A NaN is not below the bound either.
  while (result.ascents < settings.steps && state.square() <= settings.max_gradient) {
    Weights T = search_gradient(W, state.gradient);
    for (Eigen::MatrixXd& one : T) one *= settings.rate;
    act(T, W);
    state = evaluate(W);
    ++result.ascents;
  }
  result.loss_after = state.loss, result.gradient_after = state.square();
  for (size_t l = 0; l < W.size(); ++l) view(layer_weights(layout_, l), theta) = W[l];
  return result;
}

}  // namespace symopt
