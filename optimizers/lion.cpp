// lion.cpp — Lion (Chen et al. 2023, algorithm 2): the sign of a mean gradient is the step.
//   θ ← (1 − λ·decay) θ − λ sign(β₁ m + (1−β₁) g),   m ← β₂ m + (1−β₂) g,   for every parameter
// sign(0) = 0, as in PyTorch. An infinite mean has no sign: it gives NaN, so that a lost run is seen.
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct LionSettings {
  double beta1 = 0.9, beta2 = 0.99, weight_decay = 0;
};

template <class Real>
class Lion final : public Optimizer<Real> {
 public:
  explicit Lion(const LionSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    mean_.assign(static_cast<size_t>(layout.size), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real b1 = static_cast<Real>(settings_.beta1), r1 = static_cast<Real>(1 - settings_.beta1),
               b2 = static_cast<Real>(settings_.beta2), r2 = static_cast<Real>(1 - settings_.beta2),
               rate = s.learning_rate,
               keep = static_cast<Real>(1 - static_cast<double>(rate) * settings_.weight_decay);
    const Real* __restrict g = s.grad.data();
    Real* __restrict m = mean_.data();
    Real* __restrict w = theta.data();
    for (size_t i = 0; i < theta.size(); ++i) {
      const Real u = b1 * m[i] + r1 * g[i];
      const Real sign = u > 0 ? Real(1) : u < 0 ? Real(-1) : Real(0);
      w[i] = keep * w[i] - rate * (sign + 0 * u);
      m[i] = b2 * m[i] + r2 * g[i];
    }
  }

  std::vector<std::span<Real>> state() override { return {mean_}; }

 private:
  LionSettings settings_;
  Buffer<Real> mean_;
};

OptimizerEntry lion() {
  using O = Option<LionSettings>;
  const std::string chen = "Chen et al. 2023";
  return make_entry<Lion, LionSettings>(
      "lion", "the sign of a mean gradient", chen, "he",
      Options<LionSettings>{
          {O{.name = "beta1",
             .field = &LionSettings::beta1,
             .low = 0,
             .high = 0.999999,
             .help = "share of the mean gradient in the step's sign; the rest is the batch's gradient",
             .source = chen},
           O{.name = "beta2",
             .field = &LionSettings::beta2,
             .low = 0,
             .high = 0.999999,
             .help = "share of the mean gradient that a step keeps",
             .source = chen},
           O{.name = "weight-decay",
             .field = &LionSettings::weight_decay,
             .low = 0,
             .high = 100,
             .help = "times the learning rate: the share that each parameter loses a step",
             .source = chen + "; the default is that of the authors' code"}}});
}

}  // namespace symopt::optimizers
