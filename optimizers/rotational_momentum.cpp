// rotational_momentum.cpp — the rotational variant of momentum (Kosson, Messmer, Jaggi 2023): weights turn by
// the angle that momentum and weight decay would reach in equilibrium, and nothing else.
//   v ← μ v + g,   rows turn by η = √(2 λ decay/(1+μ)) along v (rotation.hpp)
// Decay only sets the angle of rows; biases, BN scale and shift follow momentum with decay: v ← μ v + g +
// decay θ.
#include "optimizers/rotation.hpp"

namespace symopt::optimizers {

struct RotationalMomentumSettings : RotationSettings {
  double momentum = 0.9, weight_decay = 5e-4;
};

template <class Real>
class RotationalMomentum final : public Optimizer<Real> {
 public:
  explicit RotationalMomentum(const RotationalMomentumSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    rotation_.bind(settings_, layout, theta);
    velocity_.assign(static_cast<size_t>(layout.size), Real(0));
    Index widest = 0;
    for (const Block& block : blocks_) widest = std::max(widest, block.cols);
    row_.assign(static_cast<size_t>(widest), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real mu = static_cast<Real>(settings_.momentum), decay = static_cast<Real>(settings_.weight_decay);
    rotation_.begin(s.t, std::sqrt(2 * static_cast<double>(s.learning_rate) * settings_.weight_decay /
                                   (1 + settings_.momentum)));
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      auto V = view(block, std::span<Real>(velocity_));
      const auto G = view(block, s.grad);
      if (is_weight(block.role)) {
        for (Index i = 0; i < block.rows; ++i) {
          V.row(i) = mu * V.row(i) + G.row(i);
          rotation_.turn(W.row(i), V.row(i), row_.data());
        }
      } else {
        V = mu * V + G + decay * W;
        W -= s.learning_rate * V;
      }
    }
  }

  std::vector<std::span<Real>> state() override {
    return {velocity_, rotation_.norms(), rotation_.squares()};
  }

 private:
  RotationalMomentumSettings settings_;
  std::vector<Block> blocks_;
  Rotation<Real> rotation_;
  Buffer<Real> velocity_, row_;  // row_: scratch memory of one row
};

OptimizerEntry rotational_momentum() {
  using S = RotationalMomentumSettings;
  using O = Option<S>;
  std::vector<O> options = {
      O{.name = "momentum",
        .field = &S::momentum,
        .low = 0,
        .high = 0.9999,
        .help = "share of the velocity that a step keeps",
        .source = "Kosson, Messmer, Jaggi 2023; the default is the customary one"},
      O{.name = "weight-decay",
        .field = &S::weight_decay,
        .low = 1e-12,
        .high = 1,
        .help = "with the learning rate, the angle by which rows turn; of vectors, this "
                "times θ is added to g",
        .source = "Kosson, Messmer, Jaggi 2023; the default is the customary one"}};
  for (O& option : rotation_options<S>()) options.push_back(std::move(option));
  return make_entry<RotationalMomentum, S>("rotational-momentum",
                                           "momentum that turns rows by its angle in equilibrium",
                                           "Kosson, Messmer, Jaggi 2023", "balanced", std::move(options));
}

}  // namespace symopt::optimizers
