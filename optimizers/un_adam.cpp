// un_adam.cpp — Riemannian Adam (Bécigneul and Ganea 2019) on the product of the filters' unit spheres.
//   ξ = Π_w(g);  m ← β₁ m + (1−β₁) ξ;  v ← β₂ v + (1−β₂) ‖ξ‖², one number a row
//   w ← Orth(w − λ m̂ / (√v̂ + ε));  m ← Π_w(m) at the new w
// A row is one point of one manifold, so coordinates are not scaled apart: the step stays tangent, and its
// length is about λ. Everything that is not on the manifold is a product of lines, where the same rule is
// Adam's by coordinate.
#include "optimizers/adam_rule.hpp"
#include "optimizers/unit_norm.hpp"

namespace symopt::optimizers {

struct UnAdamSettings : UnitNormSettings, AdamSettings {};

template <class Real>
class UnAdam final : public Optimizer<Real> {
 public:
  explicit UnAdam(const UnAdamSettings& settings)
      : settings_(settings), geodesic_(settings.along_geodesics()) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    first_.assign(static_cast<size_t>(layout.size), Real(0));
    second_start_.clear();
    Index second = 0;
    for (const Block& block : blocks_) {
      second_start_.push_back(second);
      second += settings_.constrains(block.role) ? block.rows : block.size();
    }
    second_.assign(static_cast<size_t>(second), Real(0));
    to_manifold(settings_, layout, theta);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const AdamRule<Real> rule(settings_, s.t, static_cast<double>(s.learning_rate));
    for (size_t b = 0; b < blocks_.size(); ++b) {
      const Block& block = blocks_[b];
      Real* v = second_.data() + second_start_[b];
      if (settings_.constrains(block.role)) {
        auto W = view(block, theta);
        const auto G = view(block, s.grad);
        auto M = view(block, std::span<Real>(first_));
        for (Index i = 0; i < W.rows(); ++i) move(rule, W.row(i), G.row(i), M.row(i), v[i]);
      } else {
        rule.move(block.size(), s.grad.data() + block.offset, first_.data() + block.offset, v,
                  theta.data() + block.offset);
      }
    }
  }

  std::vector<std::span<Real>> state() override { return {first_, second_}; }

 private:
  template <class Row, class Gradient>
  void move(const AdamRule<Real>& rule, Row w, const Gradient& g, Row m, Real& v) {
    const Real radial = g.dot(w);
    m = rule.beta1 * m + rule.rest1 * (g - radial * w);
    v = rule.beta2 * v + rule.rest2 * (g - radial * w).squaredNorm();
    const Real rate = rule.rate / (rule.root * std::sqrt(v) + rule.eps);
    retract(geodesic_, w, -rate * m);
    project_to_tangent(w, m);
  }

  UnAdamSettings settings_;
  bool geodesic_;
  std::vector<Block> blocks_;
  Buffer<Real> first_;               // running mean of the gradients
  Buffer<Real> second_;              // of their squares: one a row on the manifold, one a parameter elsewhere
  std::vector<Index> second_start_;  // of each block in second_
};

OptimizerEntry un_adam() {
  std::vector<Option<UnAdamSettings>> options = unit_norm_options<UnAdamSettings>();
  for (auto& option : adam_options<UnAdamSettings>()) options.push_back(std::move(option));
  return refuse_weight_decay(
      make_entry<UnAdam, UnAdamSettings>("un-adam", "Riemannian Adam on unit-norm filters",
                                         "Bécigneul and Ganea 2019", "balanced", std::move(options)));
}

}  // namespace symopt::optimizers
