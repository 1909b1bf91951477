// weight_norm.cpp — weight normalization (Salimans and Kingma 2016) with the scale held at 1: the network
// reads W = V/‖V‖ by rows, and descent is on V, whose gradient is Π_w(G)/‖v‖.
//   v ← v − (λ/‖v‖) ξ,  ξ = g − (g·w) w
// theta holds W, so V = diag‖v_i‖ W, and all that is left of V to remember are the norms n = ‖v‖:
//   w ← Orth(w − (λ/n²) ξ),  n² ← n² + λ² ‖ξ‖²/n²   (ξ is orthogonal to w)
// V starts at norm 1. Its norms grow, and a filter's effective rate λ/n² falls. An increment may lie far
// below the rounding of n²: Kahan's sum keeps what would be lost. Class vectors, biases, BN scale and shift
// are plain gradient descent.
#include "core/network/start.hpp"
#include "optimizers/manifold.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

template <class Real>
class WeightNorm final : public Optimizer<Real> {
 public:
  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    size_t filters = 0;
    for (const Block& block : blocks_)
      if (block.role == Role::filters) filters += static_cast<size_t>(block.rows);
    square_.assign(filters, Real(1));
    lost_.assign(filters, Real(0));
    normalize_rows(layout, {Role::filters}, theta);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    size_t filter = 0;
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      const auto G = view(block, s.grad);
      if (block.role == Role::filters)
        for (Index i = 0; i < W.rows(); ++i, ++filter)
          move(W.row(i), G.row(i), square_[filter], lost_[filter], s.learning_rate);
      else
        W -= s.learning_rate * G;
    }
  }

  std::vector<std::span<Real>> state() override { return {square_, lost_}; }

 private:
  template <class Row, class Gradient>
  void move(Row w, const Gradient& g, Real& square, Real& lost, Real rate) {
    const Real radial = g.dot(w), whole = g.squaredNorm(), effective = rate / square;
    // ‖ξ‖² = ‖g‖² − (g·w)²; where that would cancel, from ξ itself.
    const Real tangent =
        radial * radial < whole / 2 ? whole - radial * radial : (g - radial * w).squaredNorm();
    const Real growth = rate * effective * tangent - lost;
    w = (1 + effective * radial) * w - effective * g;  // w − (λ/n²) ξ
    normalize_row(w);
    const Real sum = square + growth;
    lost = (sum - square) - growth;
    square = sum;
  }

  std::vector<Block> blocks_;
  Buffer<Real> square_, lost_;  // ‖v‖² of each filter, and what its last addition rounded away
};

OptimizerEntry weight_norm() {
  return make_entry<WeightNorm>("weight-norm", "gradient descent on unnormalized filters V, W = V/‖V‖",
                                "Salimans and Kingma 2016", "balanced");
}

}  // namespace symopt::optimizers
