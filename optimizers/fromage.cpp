// fromage.cpp — Fromage (Bernstein et al. 2020, algorithm 1): every block moves by a given share of its norm.
//   W ← (W − λ (‖W‖/‖G‖) G)/√(1 + λ²)
// Each block is one, vectors (biases, BN scale and shift) too, as in the authors' code; where ‖W‖ or ‖G‖ is
// 0, their ratio is 1. There is no bound on norms (p-bound of that code, which is off there too).
#include "optimizers/norms.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

template <class Real>
class Fromage final : public Optimizer<Real> {
 public:
  void bind(const ParamLayout& layout, std::span<Real>) override { blocks_ = layout.blocks; }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real rate = s.learning_rate, shrink = 1 / std::sqrt(1 + rate * rate);
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      const auto G = view(block, s.grad);
      const Real along = shrink * rate * ratio_of_norms(finite_norm(W), finite_norm(G));
      W = shrink * W - along * G;
    }
  }

 private:
  std::vector<Block> blocks_;
};

OptimizerEntry fromage() {
  return make_entry<Fromage>("fromage", "each block moves by the learning rate times its norm",
                             "Bernstein et al. 2020", "he");
}

}  // namespace symopt::optimizers
