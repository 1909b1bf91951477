// spectral_sphere.cpp — steepest descent on the spectral sphere ‖W‖₂ = R (Xie et al. 2026, arXiv 2601.08393).
//   W ← (R/σ) W,  Θ = u vᵀ for the leading singular triplet (σ, u, v);
//   W ← W − λ Φ(κ),  Φ(κ) = msign(M/‖M‖ + κ Θ),  with κ such that ⟨Θ, Φ(κ)⟩ = 0
// which makes Φ the tangent direction of unit spectral norm that M grows fastest along. Filters only, the
// rest is as under Muon. R = radius·√(rows/columns). The retraction opens a step, as the authors have it, so
// that a start needs none; a weight decay would be undone by it, and there is none.
// Choices: σ, u, v by power iterations from a vector of ones; msign by Polar Express. ⟨Θ, Φ(κ)⟩ grows with κ,
// from −1 to 1; it is halved `bisections` times after the interval, which doubles from 1e-3, has its root.
#include "optimizers/muon.hpp"

namespace symopt::optimizers {

namespace {

struct SpectralSphereSettings : MuonSettings {
  SpectralSphereSettings() { momentum = 0.9; }
  double radius = 1;
  int power_steps = 10, bisections = 20;
};

template <class Real>
class SpectralSphereRule {
 public:
  using Settings = SpectralSphereSettings;
  explicit SpectralSphereRule(const Settings& settings) : settings_(settings) {}
  static bool takes(Role role) { return role == Role::filters; }

  void bind(const std::vector<Block>& matrices, std::span<Real>) {
    newton_schulz_.reserve(matrices);
    Index rows = 1, cols = 1, largest = 0;
    for (const Block& b : matrices)
      rows = std::max(rows, b.rows), cols = std::max(cols, b.cols), largest = std::max(largest, b.size());
    u_.resize(rows), v_.resize(cols);
    phi_.assign(static_cast<size_t>(largest), Real(0));
  }

  void move(size_t, const Block& block, MatrixView<Real> W, MatrixView<Real> U, Real rate) {
    auto u = u_.head(block.rows).matrix();
    auto v = v_.head(block.cols).matrix();
    const Real sigma = leading(W, u, v);
    const double shape = static_cast<double>(block.rows) / static_cast<double>(block.cols);
    W *= static_cast<Real>(settings_.radius * std::sqrt(shape)) / sigma;
    const Real norm = std::sqrt(U.squaredNorm());
    if (norm == Real(0)) return;
    U *= 1 / norm + 0 * norm;  // as in NewtonSchulz
    MatrixView<Real> Phi(phi_.data(), block.rows, block.cols);
    solve(U, Phi, u, v);
    W -= rate * Phi;
  }

  std::vector<std::span<Real>> state() { return {}; }

 private:
  template <class Left, class Right>
  Real leading(const MatrixView<Real>& W, Left& u, Right& v) const {
    v.setOnes();
    for (int k = 0; k < settings_.power_steps; ++k) {
      u.noalias() = W * v;
      v.noalias() = W.transpose() * u;
      v /= v.norm();
    }
    u.noalias() = W * v;
    const Real sigma = u.norm();
    u /= sigma;
    return sigma;
  }

  // Phi ← Φ(κ); returns ⟨Θ, Φ⟩ = uᵀ Φ v.
  template <class Left, class Right>
  Real tangency(const MatrixView<Real>& U, MatrixView<Real>& Phi, const Left& u, const Right& v, Real kappa) {
    for (Index i = 0; i < Phi.rows(); ++i) Phi.row(i) = U.row(i) + (kappa * u[i]) * v.transpose();
    newton_schulz_.polar(Phi);
    Real sum = 0;
    for (Index i = 0; i < Phi.rows(); ++i) sum += u[i] * Phi.row(i).dot(v.transpose());
    return sum;
  }

  template <class Left, class Right>
  void solve(const MatrixView<Real>& U, MatrixView<Real>& Phi, const Left& u, const Right& v) {
    constexpr int kDoublings = 12;  // beyond ‖M/‖M‖ ‖₂ ≤ 1
    const Real at_zero = tangency(U, Phi, u, v, Real(0));
    Real from = 0, to = at_zero < Real(0) ? Real(1e-3) : Real(-1e-3);
    for (int k = 0; k < kDoublings; ++k, from = to, to *= 2) {
      const Real f = tangency(U, Phi, u, v, to);
      if ((f < Real(0)) != (at_zero < Real(0))) break;
    }
    for (int k = 0; k < settings_.bisections; ++k) {
      const Real middle = (from + to) / 2, f = tangency(U, Phi, u, v, middle);
      ((f < Real(0)) == (at_zero < Real(0)) ? from : to) = middle;
    }
    tangency(U, Phi, u, v, (from + to) / 2);
  }

  Settings settings_;
  NewtonSchulz<Real> newton_schulz_;
  Array<Real> u_, v_;
  Buffer<Real> phi_;
};

template <class Real>
using SpectralSphere = MuonFamily<Real, SpectralSphereRule<Real>>;

}  // namespace

OptimizerEntry spectral_sphere() {
  using S = SpectralSphereSettings;
  using O = Option<S>;
  const std::string xie = "Xie et al. 2026";
  std::vector<O> options = muon_options<S>(xie);
  std::erase_if(options, [](const O& option) { return option.name == "ns-steps"; });
  options.push_back(O{.name = "radius",
                      .field = &S::radius,
                      .low = 1e-6,
                      .high = 1e6,
                      .help = "spectral norm of a filter matrix over √(rows/columns)",
                      .source = xie});
  options.push_back(O{.name = "power-steps",
                      .field = &S::power_steps,
                      .low = 1,
                      .high = 10000,
                      .help = "power iterations for the leading singular vectors",
                      .source = xie});
  options.push_back(O{.name = "bisections",
                      .field = &S::bisections,
                      .low = 1,
                      .high = 60,
                      .help = "halvings of the interval of the multiplier",
                      .source = xie});
  return make_entry<SpectralSphere, S>("spectral-sphere",
                                       "orthogonalized momentum tangent to the sphere of one spectral norm",
                                       xie, "he", std::move(options));
}

}  // namespace symopt::optimizers
