// projected_gradient.hpp — gradient descent that divides the filters by their norms, after every step or now
// and then: the Euclidean gradient, not its tangent part.
//   W ← W − λ G;  every T steps W ← Orth(W)
// Class vectors, biases, BN scale and shift are plain gradient descent.
#pragma once
#include "core/network/start.hpp"
#include "optimizers/manifold.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct ProjectedSettings {
  int period = 1;
};

template <class Real>
class ProjectedGradient final : public Optimizer<Real> {
 public:
  explicit ProjectedGradient(const ProjectedSettings& settings) : period_(settings.period) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    normalize_rows(layout, {Role::filters}, theta);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const bool project = (s.t + 1) % period_ == 0;
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      const auto G = view(block, s.grad);
      for (Index i = 0; i < W.rows(); ++i) {
        auto w = W.row(i);
        w -= s.learning_rate * G.row(i);
        if (project && block.role == Role::filters) normalize_row(w);
      }
    }
  }

 private:
  int period_;
  std::vector<Block> blocks_;
};

}  // namespace symopt::optimizers
