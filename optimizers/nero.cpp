// nero.cpp — Nero (Liu et al. 2021, algorithm 1): steps relative to a neuron's norm, on neurons that are kept
// balanced: rows with mean 0 and norm 1, from the start on.
//   s_i ← β s_i + (1−β) ‖g_i‖²,   w_i ← w_i − λ σ g_i/√ŝ_i,   ŝ = s/(1−βᵗ);   then mean 0 and norm 1 again
// Neurons are the rows of filters and of class vectors, and each element of a vector (biases, BN scale and
// shift), which has no constraint. σ is the mean norm of a block's neurons at the start, and 0.01 where that
// is 0, as in the authors' code. There is no ε: a neuron that never had a gradient has ŝ = 0 and does not
// move. A row of a single weight has no mean to lose.
#include "core/network/layer_weights.hpp"
#include "core/network/start.hpp"
#include "optimizers/manifold.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct NeroSettings {
  double beta = 0.999;
};

template <class Real>
class Nero final : public Optimizer<Real> {
 public:
  explicit Nero(const NeroSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    Index neurons = 0;
    scale_.clear();
    for (const Block& block : blocks_) {
      neurons += is_weight(block.role) ? block.rows : block.size();
      if (is_weight(block.role))
        for (Index i = 0; i < block.rows; ++i) center(view(block, theta).row(i));
    }
    normalize_rows(layout, {Role::filters, Role::class_vectors}, theta);
    for (const Block& block : blocks_) {
      const auto W = view(block, theta);
      const Real scale = is_weight(block.role) ? W.rowwise().norm().mean() : W.cwiseAbs().mean();
      scale_.push_back(scale == 0 ? Real(0.01) : scale);
    }
    square_.assign(static_cast<size_t>(neurons), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real beta = static_cast<Real>(settings_.beta), rest = static_cast<Real>(1 - settings_.beta);
    const double seen = 1 - std::pow(settings_.beta, static_cast<double>(s.t + 1));
    Real* square = square_.data();
    for (size_t b = 0; b < blocks_.size(); ++b) {
      const Block& block = blocks_[b];
      const Real rate = s.learning_rate * scale_[b] * static_cast<Real>(std::sqrt(seen));
      if (is_weight(block.role)) {
        auto W = view(block, theta);
        const auto G = view(block, s.grad);
        for (Index i = 0; i < block.rows; ++i, ++square) {
          *square = beta * *square + rest * G.row(i).squaredNorm();
          if (*square == 0) continue;
          auto w = W.row(i);
          w -= (rate / std::sqrt(*square)) * G.row(i);
          center(w);
          normalize_row(w);
        }
      } else {
        const ConstArrayView<Real> g(s.grad.data() + block.offset, block.size());
        ArrayView<Real> w(theta.data() + block.offset, block.size()), sum(square, block.size());
        sum = beta * sum + rest * g.square();
        w -= rate * (sum == Real(0)).select(Real(0), g / sum.sqrt());
        square += block.size();
      }
    }
  }

  std::vector<std::span<Real>> state() override { return {square_, scale_}; }

 private:
  template <class Row>
  static void center(Row w) {
    if (w.size() > 1) w.array() -= w.mean();
  }

  NeroSettings settings_;
  std::vector<Block> blocks_;
  Buffer<Real> square_;  // s of each neuron, block by block
  Buffer<Real> scale_;   // σ of each block
};

OptimizerEntry nero() {
  using O = Option<NeroSettings>;
  return make_entry<Nero, NeroSettings>(
      "nero", "steps relative to each neuron's norm, on rows of mean 0 and norm 1", "Liu et al. 2021",
      "balanced",
      Options<NeroSettings>{{O{.name = "beta",
                               .field = &NeroSettings::beta,
                               .low = 0,
                               .high = 0.999999,
                               .help = "share of a neuron's mean squared gradient that a step keeps",
                               .source = "Liu et al. 2021"}}});
}

}  // namespace symopt::optimizers
