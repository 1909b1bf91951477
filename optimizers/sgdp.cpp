// sgdp.cpp — SGDP (Heo et al. 2021, algorithm 1): momentum whose step has no radial part where the weights
// are scale-free.
//   v ← μ v + g,   u = Π(v),   θ ← (1 − λ·decay/(1−μ)) θ − λ u;   decay × decay-ratio where Π acted
// Π is that of radial_projection.hpp, on filters and class vectors. v itself is not projected, as in the
// paper; the authors' code, where it works in place, moves it too.
#include "optimizers/radial_projection.hpp"

namespace symopt::optimizers {

struct SgdpSettings : RadialSettings {
  double momentum = 0.9, weight_decay = 0;
};

template <class Real>
class Sgdp final : public Optimizer<Real> {
 public:
  explicit Sgdp(const SgdpSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    blocks_ = layout.blocks;
    velocity_.assign(static_cast<size_t>(layout.size), Real(0));
    projection_.reserve(layout);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real mu = static_cast<Real>(settings_.momentum), rate = s.learning_rate;
    const double decay = static_cast<double>(rate) * settings_.weight_decay / (1 - settings_.momentum);
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      auto V = view(block, std::span<Real>(velocity_));
      const auto G = view(block, s.grad);
      if (!is_weight(block.role)) {
        V = mu * V + G;
        W = static_cast<Real>(1 - decay) * W - rate * V;
        continue;
      }
      projection_.begin(settings_.delta, block);
      for (Index i = 0; i < block.rows; ++i) {
        V.row(i) = mu * V.row(i) + G.row(i);
        projection_.look(W.row(i), G.row(i), V.row(i));
      }
      const Real keep = static_cast<Real>(1 - (projection_.decide() ? settings_.decay_ratio : 1.0) * decay);
      for (Index i = 0; i < block.rows; ++i)
        W.row(i) = (keep + rate * projection_.share(i)) * W.row(i) - rate * V.row(i);
    }
  }

  std::vector<std::span<Real>> state() override { return {velocity_}; }

 private:
  SgdpSettings settings_;
  std::vector<Block> blocks_;
  Buffer<Real> velocity_;
  RadialProjection<Real> projection_;
};

OptimizerEntry sgdp() {
  using O = Option<SgdpSettings>;
  std::vector<O> options = {
      O{.name = "momentum",
        .field = &SgdpSettings::momentum,
        .low = 0,
        .high = 0.9999,
        .help = "share of the velocity that a step keeps",
        .source = "Heo et al. 2021"},
      O{.name = "weight-decay",
        .field = &SgdpSettings::weight_decay,
        .low = 0,
        .high = 1,
        .help = "times the learning rate over 1 − momentum: the share that each parameter "
                "loses a step",
        .source = "Heo et al. 2021; the default is that of the authors' code"}};
  for (O& option : radial_options<SgdpSettings>()) options.push_back(std::move(option));
  return make_entry<Sgdp, SgdpSettings>(
      "sgdp", "momentum without the radial part of the step where weights are scale-free", "Heo et al. 2021",
      "he", std::move(options));
}

}  // namespace symopt::optimizers
