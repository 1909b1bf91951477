// muon_stiefel.cpp — manifold Muon (Bernstein 2025, "Modular manifolds"): matrices whose rows, or where there
// are as many rows as columns or more the columns, are orthonormal. Below for the latter, Wᵀ W = I:
//   G ← G/‖G‖;  Λ = −¼ (Wᵀ G + Gᵀ W);  up to `dual-steps` times, k = 0, 1, …:
//     X = G + 2 W Λ;  A = X (Xᵀ X + δ² I)^(−½);  H = Wᵀ A + Aᵀ W
//     stop if ‖H‖/√numel < 1e-6;  Λ ← Λ − dual-rate (1 − k/steps) H
//   W ← msign(W − λ A)
// A is then nearly the tangent direction of unit spectral norm along which the loss falls fastest. The source
// has δ = 0, A = msign(X), and G as it is. But where A is tangent X has lost rank, as a rule, and there msign
// jumps: the result is of roundings (two ways to round part by hundredths of W within six steps). With
// δ = 4 dual-rate, on a G of norm 1, the ascent contracts, so that it does not enlarge them.
// No momentum, as in the source, whose network has matrices only: filters and class vectors here. Biases, BN
// scale and shift, which it has none of, follow Adam as under Muon. The last msign is Polar Express, and
// takes the start to the manifold, too. Where rows are orthonormal, all is the same of Wᵀ: Λ stands on the
// left.
#include "core/network/layer_weights.hpp"
#include "optimizers/matrix_root.hpp"
#include "optimizers/muon.hpp"

namespace symopt::optimizers {

namespace {

struct StiefelSettings : MuonSettings {
  StiefelSettings() { momentum = 0, nesterov = false; }
  int dual_steps = 100;
  double dual_rate = 0.01;
};

template <class Real>
class StiefelRule {
 public:
  using Settings = StiefelSettings;
  explicit StiefelRule(const Settings& settings) : settings_(settings) {}
  static bool takes(Role role) { return is_weight(role); }

  void bind(const std::vector<Block>& matrices, std::span<Real> theta) {
    newton_schulz_.reserve(matrices);
    Index largest = 0, side = 0;
    std::vector<Index> sides;
    for (const Block& block : matrices) {
      sides.push_back(std::min(block.rows, block.cols));
      largest = std::max(largest, block.size()), side = std::max(side, sides.back());
    }
    for (Buffer<double>* m : {&W_, &G_, &X_, &A_}) m->assign(static_cast<size_t>(largest), 0.0);
    for (Buffer<double>* s : {&Lambda_, &H_, &S_}) s->assign(static_cast<size_t>(side * side), 0.0);
    powers_.reserve(sides);
    for (const Block& block : matrices) {
      newton_schulz_.polar(view(block, theta));
      // Once now, of zeros: the products' scratch memory grows to what it will need.
      symmetric_part(block.rows, block.cols, W_.data(), G_.data(), S_.data());
      direction(block.rows, block.cols);
    }
  }

  void move(size_t, const Block& block, MatrixView<Real> W, MatrixView<Real> G, Real rate) {
    const Index R = block.rows, C = block.cols, n = std::min(R, C);
    MatrixView<double>(W_.data(), R, C) = W.template cast<double>();
    MatrixView<double> gradient(G_.data(), R, C);
    gradient = G.template cast<double>();
    const double norm = gradient.norm();
    if (norm == 0) return;
    gradient /= norm;
    ArrayView<double> Lambda(Lambda_.data(), n * n), H(H_.data(), n * n);
    symmetric_part(R, C, W_.data(), G_.data(), Lambda_.data());
    Lambda *= -0.25;
    const double enough = 1e-6 * static_cast<double>(n), steps = settings_.dual_steps;
    for (int k = 0; k < settings_.dual_steps; ++k) {
      direction(R, C);
      symmetric_part(R, C, W_.data(), A_.data(), H_.data());
      if (H.matrix().norm() < enough) break;
      Lambda -= settings_.dual_rate * (1 - k / steps) * H;
    }
    W -= rate * ConstMatrixView<double>(A_.data(), R, C).template cast<Real>();
    newton_schulz_.polar(W);
  }

  std::vector<std::span<Real>> state() { return {}; }

 private:
  // S ← Wᵀ X + Xᵀ W, of rows W Xᵀ + X Wᵀ.
  void symmetric_part(Index R, Index C, const double* W, const double* X, double* S) {
    const Index n = std::min(R, C);
    if (R >= C)
      multiply_tn(C, C, R, W, X, S_.data(), scratch_);
    else
      multiply_nt(R, R, C, W, X, S_.data(), scratch_);
    const ConstMatrixView<double> P(S_.data(), n, n);
    if (S != S_.data()) MatrixView<double>(S, n, n) = P + P.transpose();
  }

  // A_ ← X (Xᵀ X + δ² I)^(−½) of X = G + 2 W Λ; of rows the same on the left.
  void direction(Index R, Index C) {
    const Index n = std::min(R, C);
    const double delta = 4 * settings_.dual_rate;
    if (R >= C)
      multiply_nn(R, C, C, W_.data(), Lambda_.data(), X_.data(), scratch_);
    else
      multiply_nn(R, C, R, Lambda_.data(), W_.data(), X_.data(), scratch_);
    ArrayView<double> X(X_.data(), R * C);
    X = ArrayView<double>(G_.data(), R * C) + 2 * X;
    if (R >= C)
      multiply_tn(C, C, R, X_.data(), X_.data(), S_.data(), scratch_);
    else
      multiply_nt(R, R, C, X_.data(), X_.data(), S_.data(), scratch_);
    powers_.power({S_.data(), n, n}, -0.5, delta * delta, H_.data());
    if (R >= C)
      multiply_nn(R, C, C, X_.data(), H_.data(), A_.data(), scratch_);
    else
      multiply_nn(R, C, R, H_.data(), X_.data(), A_.data(), scratch_);
  }

  Settings settings_;
  NewtonSchulz<Real> newton_schulz_;
  MatrixPowers powers_;
  Buffer<double> W_, G_, X_, A_, Lambda_, H_, S_;
  Scratch<double> scratch_;
};

template <class Real>
using MuonStiefel = MuonFamily<Real, StiefelRule<Real>>;

}  // namespace

OptimizerEntry muon_stiefel() {
  using S = StiefelSettings;
  using O = Option<S>;
  const std::string bernstein = "Bernstein 2025";
  std::vector<O> options = muon_options<S>(bernstein);
  std::erase_if(options, [](const O& option) {
    return option.name == "momentum" || option.name == "nesterov" || option.name == "ns-steps";
  });
  options.push_back(O{.name = "dual-steps",
                      .field = &S::dual_steps,
                      .low = 1,
                      .high = 100000,
                      .help = "most steps of the dual ascent for the tangent direction",
                      .source = bernstein});
  options.push_back(O{.name = "dual-rate",
                      .field = &S::dual_rate,
                      .low = 1e-6,
                      .high = 1,
                      .help = "rate of the dual ascent, which falls to 0 over its steps",
                      .source = bernstein});
  return make_entry<MuonStiefel, S>(
      "muon-stiefel", "steepest descent in the spectral norm on orthonormal matrices",
      bernstein + "; ours for vectors, by Adam as under muon, and the smoothing of the ascent", "he",
      std::move(options));
}

}  // namespace symopt::optimizers
