// lars.cpp — LARS (You, Gitman, Ginsburg 2017, algorithm 1): a rate for each block of weights, in proportion
// to their norm.
//   v ← μ v + η ‖W‖/(‖G‖ + β‖W‖) (G + β W),   W ← W − λ v
// A block is the filters, or the class vectors, of one layer. Vectors (biases, BN scale and shift) follow
// v ← μ v + g without decay, as in later practice: the paper does not say, and a bias that starts at 0 would
// stay there. Where ‖W‖ or the divisor is 0, the local rate is 1.
#include "core/network/layer_weights.hpp"
#include "optimizers/norms.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct LarsSettings {
  double momentum = 0.9, trust = 1e-3, weight_decay = 5e-4;
};

template <class Real>
class Lars final : public Optimizer<Real> {
 public:
  explicit Lars(const LarsSettings& settings)
      : momentum_(static_cast<Real>(settings.momentum)),
        trust_(static_cast<Real>(settings.trust)),
        decay_(static_cast<Real>(settings.weight_decay)) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    blocks_ = layout.blocks;
    velocity_.assign(static_cast<size_t>(layout.size), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      auto V = view(block, std::span<Real>(velocity_));
      const auto G = view(block, s.grad);
      if (is_weight(block.role)) {
        const Real norm = finite_norm(W), divisor = finite_norm(G) + decay_ * norm;
        const Real local = norm == 0 || divisor == 0 ? Real(1) : trust_ * norm / divisor;
        V = momentum_ * V + local * G + (local * decay_) * W;
      } else {
        V = momentum_ * V + G;
      }
      W -= s.learning_rate * V;
    }
  }

  std::vector<std::span<Real>> state() override { return {velocity_}; }

 private:
  Real momentum_, trust_, decay_;
  std::vector<Block> blocks_;
  Buffer<Real> velocity_;
};

OptimizerEntry lars() {
  using O = Option<LarsSettings>;
  const std::string you = "You, Gitman, Ginsburg 2017";
  return make_entry<Lars, LarsSettings>(
      "lars", "momentum with a rate for each block of weights, in proportion to their norm", you, "he",
      Options<LarsSettings>{
          {O{.name = "momentum",
             .field = &LarsSettings::momentum,
             .low = 0,
             .high = 0.9999,
             .help = "share of the velocity that a step keeps",
             .source = you},
           O{.name = "trust",
             .field = &LarsSettings::trust,
             .low = 1e-9,
             .high = 1e9,
             .help = "η: the length of a block's gradient, over the block's norm, before the learning rate",
             .source = you},
           O{.name = "weight-decay",
             .field = &LarsSettings::weight_decay,
             .low = 0,
             .high = 1,
             .help = "β: this times W is added to G, of filters and class vectors",
             .source = you}}});
}

}  // namespace symopt::optimizers
