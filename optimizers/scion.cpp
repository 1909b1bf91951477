// scion.cpp — Scion (Pethick et al. 2025, arXiv 2502.07529): steps to where a linear function is least on a
// ball of a norm that fits the layer (lmo), with its own rate γ = λ.  m outputs, n inputs
//   d ← (1−α) d + α g;  w ← w − λ ρ lmo(d);  constrained: w ← (1−λ) w − λ ρ lmo(d), which stays in the ball
//   first layer   max(1, √(m/n)) NewtonSchulz(d)     class vectors  sign(d)/n
//   other filters √(m/n) NewtonSchulz(d)             vectors        d/(rms(d) + 1e-8)
// lmo is written here for the descent direction. A convolution of k pixels is a matrix m × (k·in), with
// √(m/in)/k as factor, on the first layer too, as the authors' code has it. BN scale and shift are vectors.
// ρ: `radius`, of class vectors `radius-classes`; the defaults are those of the authors' networks on MNIST
// and CIFAR-10.
#include "optimizers/newton_schulz.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

namespace {

struct ScionSettings {
  double alpha = 0.1, radius = 1, radius_classes = 1024;
  bool constrained = false;
  int ns_steps = 5;
};

template <class Real>
class Scion final : public Optimizer<Real> {
 public:
  explicit Scion(const ScionSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    blocks_ = layout.blocks;
    mean_.assign(static_cast<size_t>(layout.size), Real(0));
    factors_.assign(blocks_.size(), settings_.radius);
    std::vector<Block> matrices;
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const size_t i = static_cast<size_t>(layout.layers[l].weights);
      const double window = static_cast<double>(layout.layers[l].window),
                   m = static_cast<double>(blocks_[i].rows),
                   n = static_cast<double>(blocks_[i].cols) / window;
      if (blocks_[i].role == Role::class_vectors) {
        factors_[i] = settings_.radius_classes / static_cast<double>(blocks_[i].cols);
      } else {
        const double ratio = std::sqrt(m / n);
        factors_[i] *= l == 0 && window == 1 ? std::max(1.0, ratio) : ratio / window;
        matrices.push_back(blocks_[i]);
      }
    }
    Index largest = 0;
    for (const Block& block : matrices) largest = std::max(largest, block.size());
    update_.assign(static_cast<size_t>(largest), Real(0));
    newton_schulz_.reserve(matrices);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real keep = settings_.constrained ? 1 - s.learning_rate : Real(1),
               alpha = static_cast<Real>(settings_.alpha), rest = static_cast<Real>(1 - settings_.alpha);
    as_array(std::span<Real>(mean_)) = rest * as_array(std::span<Real>(mean_)) + alpha * as_array(s.grad);
    for (size_t i = 0; i < blocks_.size(); ++i) {
      const Block& block = blocks_[i];
      const Real rate = s.learning_rate * static_cast<Real>(factors_[i]);
      auto w = as_array(theta.subspan(static_cast<size_t>(block.offset), static_cast<size_t>(block.size())));
      const ConstArrayView<Real> d(mean_.data() + block.offset, block.size());
      if (block.role == Role::filters) {
        MatrixView<Real> U(update_.data(), block.rows, block.cols);
        U = view(block, std::span<const Real>(mean_));
        newton_schulz_.orthogonalize(U, settings_.ns_steps);
        w = keep * w - rate * ConstArrayView<Real>(update_.data(), block.size());
      } else if (block.role == Role::class_vectors) {
        // 0·d: the sign of NaN is not a number.
        w = keep * w - rate * (d.sign() + Real(0) * d);
      } else {
        const Real rms = std::sqrt(d.square().mean());
        w = keep * w - rate * d / (rms + Real(1e-8));
      }
    }
  }

  std::vector<std::span<Real>> state() override { return {mean_}; }

 private:
  ScionSettings settings_;
  std::vector<Block> blocks_;
  std::vector<double> factors_;  // of each block
  Buffer<Real> mean_, update_;
  NewtonSchulz<Real> newton_schulz_;
};

}  // namespace

OptimizerEntry scion() {
  using S = ScionSettings;
  using O = Option<S>;
  const std::string pethick = "Pethick et al. 2025";
  return make_entry<Scion, S>(
      "scion", "steps to the least of the momentum on balls of layers' norms", pethick, "he",
      Options<S>({O{.name = "alpha",
                    .field = &S::alpha,
                    .low = 1e-6,
                    .high = 1,
                    .help = "share of the gradient in its running mean",
                    .source = pethick},
                  O{.name = "radius",
                    .field = &S::radius,
                    .low = 0,
                    .high = 1e6,
                    .help = "of the balls of filters, biases, BN scale and shift",
                    .source = pethick},
                  O{.name = "radius-classes",
                    .field = &S::radius_classes,
                    .low = 0,
                    .high = 1e6,
                    .help = "of the ball of class vectors",
                    .source = pethick},
                  O{.name = "constrained",
                    .field = &S::constrained,
                    .help = "stay in the balls: a step also shrinks parameters by the share λ",
                    .source = pethick},
                  O{.name = "ns-steps",
                    .field = &S::ns_steps,
                    .low = 1,
                    .high = 100,
                    .help = "Newton-Schulz steps of the orthogonalization",
                    .source = "Jordan 2024"}}));
}

}  // namespace symopt::optimizers
