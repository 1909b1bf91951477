// feature_orbit.cpp — the action layer by layer, and the adjoint of its derivative at T = 0.
#include "experiments/studies/feature_orbit.hpp"

#include "core/algebra/least_squares.hpp"
#include "core/network/layer_weights.hpp"
#include "experiments/studies/leaky_relu.hpp"

namespace symopt {

FeatureOrbit::FeatureOrbit(const NetworkSpec& spec, const Matrix<double>& X)
    : layout_(layout_of(spec)), X_(X.transpose()) {
  for (const LayerSpec& layer : spec.hidden_layers()) size_ += layer.features * layer.features;
}

// dW = (σ⁻¹'(WH) ∘ (T F)) H⁺, F = σ(WH), and dU = −U T where U is the last layer. In front of a hidden layer
// U is projected on the moved features, U F ((I + T) F)⁺ to first order:
//   dU = −U P T P + U P Tᵀ (I − P),  P = F F⁺.
void FeatureOrbit::pull_back(std::span<const double> theta, std::span<const double> c, std::span<double> D) {
  Eigen::MatrixXd H = X_;
  double* out = D.data();
  for (size_t l = 0; l + 1 < layout_.layers.size(); ++l) {
    const Block& w = layer_weights(layout_, l);
    const Block& u = layer_weights(layout_, l + 1);
    const Eigen::MatrixXd Z = view(w, theta) * H, F = Z.unaryExpr(&leaky);
    const Eigen::MatrixXd dF =
        (view(w, c) * pseudo_inverse(H).transpose()).cwiseProduct(Z.unaryExpr([](double z) {
          return 1 / leaky_slope(z);
        }));
    MatrixView<double> d(out, w.rows, w.rows);
    d = dF * F.transpose();
    if (l + 2 == layout_.layers.size()) {
      d -= view(u, theta).transpose() * view(u, c);
    } else {
      const Eigen::MatrixXd P = F * pseudo_inverse(F), UP = view(u, theta) * P, C = view(u, c);
      d -= UP.transpose() * C * P - (C - C * P).transpose() * UP;
    }
    out += w.rows * w.rows;
    H = F;
  }
}

void FeatureOrbit::act(std::span<const double> T, std::span<double> theta) {
  Eigen::MatrixXd H = X_;
  const double* in = T.data();
  for (size_t l = 0; l + 1 < layout_.layers.size(); ++l) {
    const Block& w = layer_weights(layout_, l);
    const ConstMatrixView<double> t(in, w.rows, w.rows);
    auto W = view(w, theta);
    auto U = view(layer_weights(layout_, l + 1), theta);
    const Eigen::MatrixXd F = (W * H).unaryExpr(&leaky), moved = F + t * F;
    W = moved.unaryExpr(&straightened) * pseudo_inverse(H);
    U -= (U * t).eval();
    in += w.rows * w.rows;
    H = moved;
  }
}

}  // namespace symopt
