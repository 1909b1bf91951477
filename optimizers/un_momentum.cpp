// un_momentum.cpp — momentum on the oblique manifold: UN (Badrinarayanan, Mishra, Cipolla 2015) with a buffer
// that lives in the tangent space and is moved there by projection (Absil, Mahony, Sepulchre 2008, 8.1.3).
//   ξ = Π_w(g);  m ← μ m + ξ;  w ← Orth(w − λ m);  m ← Π_w(m) at the new w
// m starts at 0, so the first one is the Riemannian gradient. Everything that is not on the manifold follows
// the same rule in flat space, where Π is the identity: m ← μ m + g, θ ← θ − λ m, which is `momentum`.
#include "optimizers/unit_norm.hpp"

namespace symopt::optimizers {

struct UnMomentumSettings : UnitNormSettings {
  double momentum = 0.9;
};

template <class Real>
class UnMomentum final : public Optimizer<Real> {
 public:
  explicit UnMomentum(const UnMomentumSettings& settings)
      : settings_(settings), geodesic_(settings.along_geodesics()) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    momentum_.assign(static_cast<size_t>(layout.size), Real(0));
    to_manifold(settings_, layout, theta);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real mu = static_cast<Real>(settings_.momentum);
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      const auto G = view(block, s.grad);
      auto M = view(block, std::span<Real>(momentum_));
      if (settings_.constrains(block.role)) {
        for (Index i = 0; i < W.rows(); ++i) move(W.row(i), G.row(i), M.row(i), mu, s.learning_rate);
      } else {
        M = mu * M + G;
        W -= s.learning_rate * M;
      }
    }
  }

  std::vector<std::span<Real>> state() override { return {momentum_}; }

 private:
  template <class Row, class Gradient>
  void move(Row w, const Gradient& g, Row m, Real mu, Real rate) {
    const Real radial = g.dot(w);
    m = mu * m + (g - radial * w);
    retract(geodesic_, w, -rate * m);
    project_to_tangent(w, m);
  }

  UnMomentumSettings settings_;
  bool geodesic_;
  std::vector<Block> blocks_;
  Buffer<Real> momentum_;
};

OptimizerEntry un_momentum() {
  std::vector<Option<UnMomentumSettings>> options = unit_norm_options<UnMomentumSettings>();
  options.push_back(Option<UnMomentumSettings>{.name = "momentum",
                                               .field = &UnMomentumSettings::momentum,
                                               .low = 0,
                                               .high = 0.9999,
                                               .help = "share of the tangent momentum that a step keeps",
                                               .source = "Polyak 1964; the default is the customary one"});
  return refuse_weight_decay(make_entry<UnMomentum, UnMomentumSettings>(
      "un-momentum", "unit-norm SGD with momentum in the tangent space: m ← μm + Π(g), w ← Orth(w − λm)",
      "Badrinarayanan, Mishra, Cipolla 2015; Absil, Mahony, Sepulchre 2008", "balanced", std::move(options)));
}

}  // namespace symopt::optimizers
