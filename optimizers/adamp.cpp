// adamp.cpp — AdamP (Heo et al. 2021, algorithm 2): Adam whose step has no radial part where the weights are
// scale-free.
//   u = Π(m̂/(√v̂ + ε)),   θ ← (1 − λ·decay) θ − λ u;   decay × decay-ratio where Π acted
// Π is that of radial_projection.hpp, on filters and class vectors.
#include "optimizers/adam_rule.hpp"
#include "optimizers/radial_projection.hpp"

namespace symopt::optimizers {

struct AdampSettings : AdamSettings, RadialSettings {};

template <class Real>
class Adamp final : public Optimizer<Real> {
 public:
  explicit Adamp(const AdampSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    blocks_ = layout.blocks;
    m_.assign(static_cast<size_t>(layout.size), Real(0));
    v_.assign(static_cast<size_t>(layout.size), Real(0));
    Index largest = 0;
    for (const Block& block : blocks_) largest = std::max(largest, block.size());
    step_.assign(static_cast<size_t>(largest), Real(0));
    projection_.reserve(layout);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const AdamRule<Real> rule(settings_, s.t, 1);
    const Real rate = s.learning_rate;
    const double decay = static_cast<double>(rate) * settings_.weight_decay;
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      MatrixView<Real> U(step_.data(), block.rows, block.cols);
      const auto G = view(block, s.grad);
      projection_.begin(settings_.delta, block);
      for (Index i = 0; i < block.rows; ++i) {
        const Index at = block.offset + i * block.cols;
        rule.direction(block.cols, G.row(i).data(), m_.data() + at, v_.data() + at, U.row(i).data());
        if (is_weight(block.role)) projection_.look(W.row(i), G.row(i), U.row(i));
      }
      if (!is_weight(block.role)) {
        W = static_cast<Real>(1 - decay) * W - rate * U;
        continue;
      }
      const Real keep = static_cast<Real>(1 - (projection_.decide() ? settings_.decay_ratio : 1.0) * decay);
      for (Index i = 0; i < block.rows; ++i)
        W.row(i) = (keep + rate * projection_.share(i)) * W.row(i) - rate * U.row(i);
    }
  }

  std::vector<std::span<Real>> state() override { return {m_, v_}; }

 private:
  AdampSettings settings_;
  std::vector<Block> blocks_;
  Buffer<Real> m_, v_;  // running means of gradients and of their squares
  Buffer<Real> step_;   // of one block
  RadialProjection<Real> projection_;
};

OptimizerEntry adamp() {
  using O = Option<AdampSettings>;
  std::vector<O> options;
  for (O& option : adam_options<AdampSettings>()) options.push_back(std::move(option));
  options.push_back(O{.name = "weight-decay",
                      .field = &AdampSettings::weight_decay,
                      .low = 0,
                      .high = 100,
                      .help = "times the learning rate: the share that each parameter loses a step",
                      .source = "Heo et al. 2021; the default is that of the authors' code"});
  for (O& option : radial_options<AdampSettings>()) options.push_back(std::move(option));
  return make_entry<Adamp, AdampSettings>(
      "adamp", "Adam without the radial part of the step where weights are scale-free", "Heo et al. 2021",
      "he", std::move(options));
}

}  // namespace symopt::optimizers
