// normalized_sgd.cpp — w ← w − λ g/‖g‖: steps of length λ (Hazan, Levy, Shalev-Shwartz 2015).
#include <cmath>
#include <limits>

#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

template <class Real>
class NormalizedSgd final : public Optimizer<Real> {
 public:
  void bind(const ParamLayout&, std::span<Real>) override {}
  void step(const Step<Real>& s, std::span<Real> theta) override {
    const auto g = as_array(s.grad);
    // Where g = 0, nothing moves; where it is not finite, g/‖g‖ is not either.
    const Real norm = std::sqrt(g.square().sum()) + std::numeric_limits<Real>::min();
    as_array(theta) -= s.learning_rate * (g / norm);
  }
};

OptimizerEntry normalized_sgd() {
  return make_entry<NormalizedSgd>("normalized-sgd", "SGD with steps of one length",
                                   "Hazan, Levy, Shalev-Shwartz 2015", "he");
}

}  // namespace symopt::optimizers
