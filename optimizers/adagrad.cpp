// adagrad.cpp — AdaGrad, diagonal (Duchi, Hazan and Singer 2011):  s ← s + g²,  θ ← θ − λ g / (√s + ε), for
// every parameter.
#include <cmath>

#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct AdaGradSettings {
  double eps = 1e-10;
};

template <class Real>
class AdaGrad final : public Optimizer<Real> {
 public:
  explicit AdaGrad(const AdaGradSettings& settings) : eps_(static_cast<Real>(settings.eps)) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    sum_.assign(static_cast<size_t>(layout.size), Real(0));
  }

  void step(const Step<Real>& step, std::span<Real> theta) override {
    const Real rate = step.learning_rate, eps = eps_;
    const Real* __restrict g = step.grad.data();
    Real* __restrict s = sum_.data();
    Real* __restrict w = theta.data();
    for (size_t i = 0; i < theta.size(); ++i) {
      s[i] += g[i] * g[i];
      w[i] -= rate * g[i] / (std::sqrt(s[i]) + eps);
    }
  }

  std::vector<std::span<Real>> state() override { return {sum_}; }

 private:
  Real eps_;
  Buffer<Real> sum_;  // of squared gradients
};

OptimizerEntry adagrad() {
  using O = Option<AdaGradSettings>;
  return make_entry<AdaGrad, AdaGradSettings>(
      "adagrad", "AdaGrad with a diagonal metric", "Duchi, Hazan, Singer 2011", "he",
      {{O{.name = "eps",
          .field = &AdaGradSettings::eps,
          .low = 1e-30,
          .high = 1,
          .help = "added to the root of the sum of squares",
          .source = "Duchi, Hazan, Singer 2011 (their delta); the default is PyTorch's"}}});
}

}  // namespace symopt::optimizers
