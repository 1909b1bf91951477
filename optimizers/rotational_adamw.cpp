// rotational_adamw.cpp — the rotational variant of AdamW (Kosson, Messmer, Jaggi 2023): weights turn by the
// angle that AdamW would reach in equilibrium, and nothing else.
//   u = m̂/(√v̂ + ε),   rows turn by η = √(2 λ decay (1−β₁)/(1+β₁)) along u (rotation.hpp)
// Decay only sets the angle of rows; biases, BN scale and shift follow AdamW.
#include "optimizers/adam_rule.hpp"
#include "optimizers/rotation.hpp"

namespace symopt::optimizers {

struct RotationalAdamWSettings : AdamSettings, RotationSettings {
  RotationalAdamWSettings() { weight_decay = 0.01; }
};

template <class Real>
class RotationalAdamW final : public Optimizer<Real> {
 public:
  explicit RotationalAdamW(const RotationalAdamWSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    rotation_.bind(settings_, layout, theta);
    m_.assign(static_cast<size_t>(layout.size), Real(0));
    v_.assign(static_cast<size_t>(layout.size), Real(0));
    Index widest = 0;
    for (const Block& block : blocks_) widest = std::max(widest, block.cols);
    for (Buffer<Real>* row : {&u_, &row_}) row->assign(static_cast<size_t>(widest), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const double b1 = settings_.beta1, rate = static_cast<double>(s.learning_rate);
    const AdamRule<Real> along(settings_, s.t, 1), adamw(settings_, s.t, rate);
    rotation_.begin(s.t, std::sqrt(2 * rate * settings_.weight_decay * (1 - b1) / (1 + b1)));
    for (const Block& block : blocks_) {
      const Real* g = s.grad.data() + block.offset;
      Real *m = m_.data() + block.offset, *v = v_.data() + block.offset;
      if (is_weight(block.role)) {
        auto W = view(block, theta);
        const Eigen::Map<const Eigen::Matrix<Real, 1, Eigen::Dynamic>> u(u_.data(), block.cols);
        for (Index i = 0; i < block.rows; ++i, g += block.cols, m += block.cols, v += block.cols) {
          along.direction(block.cols, g, m, v, u_.data());
          rotation_.turn(W.row(i), u, row_.data());
        }
      } else {
        adamw.move(block.size(), g, m, v, theta.data() + block.offset);
      }
    }
  }

  std::vector<std::span<Real>> state() override { return {m_, v_, rotation_.norms(), rotation_.squares()}; }

 private:
  RotationalAdamWSettings settings_;
  std::vector<Block> blocks_;
  Rotation<Real> rotation_;
  Buffer<Real> m_, v_;    // running means of gradients and of their squares
  Buffer<Real> u_, row_;  // a direction, and scratch memory, of one row
};

OptimizerEntry rotational_adamw() {
  using S = RotationalAdamWSettings;
  using O = Option<S>;
  std::vector<O> options = adam_options<S>();
  options.push_back(O{.name = "weight-decay",
                      .field = &S::weight_decay,
                      .low = 1e-12,
                      .high = 100,
                      .help = "with the learning rate, the angle by which rows turn; of vectors, times the "
                              "learning rate, the share that a step loses",
                      .source = "Kosson, Messmer, Jaggi 2023; the default is PyTorch's of adamw"});
  for (O& option : rotation_options<S>()) options.push_back(std::move(option));
  return make_entry<RotationalAdamW, S>("rotational-adamw",
                                        "AdamW that turns rows by its angle in equilibrium",
                                        "Kosson, Messmer, Jaggi 2023", "balanced", std::move(options));
}

}  // namespace symopt::optimizers
