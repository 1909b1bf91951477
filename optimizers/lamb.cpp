// lamb.cpp — LAMB (You et al. 2020, algorithm 2): Adam's step on each block of weights, as long as the block.
//   r = m̂/(√v̂ + ε) + decay W,   W ← W − λ (min(‖W‖, max-norm)/‖r‖) r
// A block is the filters, or the class vectors, of one layer. m̂ and v̂ are corrected for their start, as in
// the published algorithm (the authors' code of 2019 does not). Vectors (biases, BN scale and shift) follow
// Adam without decay, as in the authors' runs. The clip at max-norm is their code's; 0 turns it off.
#include "core/network/layer_weights.hpp"
#include "optimizers/adam_rule.hpp"
#include "optimizers/norms.hpp"

namespace symopt::optimizers {

struct LambSettings : AdamSettings {
  LambSettings() { eps = 1e-6, weight_decay = 0.01; }
  double max_norm = 10;
};

template <class Real>
class Lamb final : public Optimizer<Real> {
 public:
  explicit Lamb(const LambSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    blocks_ = layout.blocks;
    m_.assign(static_cast<size_t>(layout.size), Real(0));
    v_.assign(static_cast<size_t>(layout.size), Real(0));
    Index largest = 0;
    for (const Block& block : blocks_) largest = std::max(largest, block.size());
    r_.assign(static_cast<size_t>(largest), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const AdamRule<Real> rule(settings_, s.t, 1);
    const Real decay = static_cast<Real>(settings_.weight_decay),
               longest = static_cast<Real>(settings_.max_norm);
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      MatrixView<Real> R(r_.data(), block.rows, block.cols);
      const bool matrix = is_weight(block.role);
      Real weights = 0, direction = 0;  // squared norms
      for (Index i = 0; i < block.rows; ++i) {
        const Index at = block.offset + i * block.cols;
        rule.direction(block.cols, s.grad.data() + at, m_.data() + at, v_.data() + at, R.row(i).data());
        if (!matrix) continue;
        R.row(i) += decay * W.row(i);
        weights += W.row(i).squaredNorm(), direction += R.row(i).squaredNorm();
      }
      const Real norm = finite_root(weights);
      const Real trust =
          matrix ? ratio_of_norms(longest > 0 && norm > longest ? longest : norm, finite_root(direction))
                 : Real(1);
      W -= (s.learning_rate * trust) * R;
    }
  }

  std::vector<std::span<Real>> state() override { return {m_, v_}; }

 private:
  LambSettings settings_;
  std::vector<Block> blocks_;
  Buffer<Real> m_, v_;  // running means of gradients and of their squares
  Buffer<Real> r_;      // the direction of one block
};

OptimizerEntry lamb() {
  using O = Option<LambSettings>;
  const std::string you = "You et al. 2020";
  std::vector<O> options = adam_options<LambSettings>();
  for (O& option : options) option.source = you;
  options.push_back(O{.name = "weight-decay",
                      .field = &LambSettings::weight_decay,
                      .low = 0,
                      .high = 100,
                      .help = "this times W is added to Adam's direction, of filters and class vectors",
                      .source = you});
  options.push_back(O{.name = "max-norm",
                      .field = &LambSettings::max_norm,
                      .low = 0,
                      .high = 1e9,
                      .help = "a block's norm counts up to this; 0: without bound",
                      .source = you + ", the authors' code"});
  return make_entry<Lamb, LambSettings>("lamb", "Adam's direction, as long as the block that it moves", you,
                                        "he", std::move(options));
}

}  // namespace symopt::optimizers
