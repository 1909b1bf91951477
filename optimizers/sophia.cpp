// sophia.cpp — Sophia-H (Liu et al. 2023, algorithm 3): the mean gradient over the diagonal of the Hessian,
// element by element no longer than the learning rate.
//   every k steps:  h ← β₂ h + (1−β₂) u ⊙ (H u),  u of random signs ±1, H the Hessian of the batch's loss,
//   exact m ← β₁ m + (1−β₁) g,   θ ← (1 − λ·decay) θ − λ clip(m/max(γ h, ε), ±1)
// The paper's u is N(0, 1); signs have the same mean, and the diagonal itself where H is diagonal. No
// correction of h or m for their start, as in the paper. Products with H are computed in double
// (core/network/hessian.hpp); they cost about as much as eight gradients.
#include <memory>

#include "core/network/hessian.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct SophiaSettings {
  double beta1 = 0.965, beta2 = 0.99, gamma = 0.01, eps = 1e-12, weight_decay = 0.1;
  int interval = 10;
};

template <class Real>
class Sophia final : public Optimizer<Real> {
 public:
  explicit Sophia(const SophiaSettings& settings) : settings_(settings) {}

  Needs needs(const ParamLayout&) const override { return {.passes = true}; }

  void attach(const NetworkSpec& spec, Index max_batch) override {
    hessian_ = std::make_unique<HessianVector>(spec, max_batch);
    X_.resize(static_cast<size_t>(max_batch * spec.inputs()));
    class_weights_.resize(static_cast<size_t>(spec.classes()));
    // Once now, of zeros: the products' scratch memory grows to what it will need.
    const size_t size = static_cast<size_t>(hessian_->layout().size);
    const std::vector<std::uint8_t> labels(static_cast<size_t>(max_batch * spec.shapes().back().pixels()), 0);
    Buffer<double> zeros(size, 0.0), grad(size), product(size);
    hessian_->compute(zeros, zeros, {X_.data(), max_batch, spec.inputs()}, labels.data(), grad, product);
  }

  void bind(const ParamLayout& layout, std::span<Real>) override {
    const size_t size = static_cast<size_t>(layout.size);
    mean_.assign(size, Real(0));
    diagonal_.assign(size, Real(0));
    signs_.assign(size, 0);
    for (Buffer<double>* buffer : {&theta_, &u_, &grad_, &product_}) buffer->assign(size, 0.0);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    if (s.t % settings_.interval == 0) observe(s, theta);
    const Real b1 = static_cast<Real>(settings_.beta1), r1 = static_cast<Real>(1 - settings_.beta1),
               gamma = static_cast<Real>(settings_.gamma), eps = static_cast<Real>(settings_.eps),
               rate = s.learning_rate,
               keep = static_cast<Real>(1 - static_cast<double>(rate) * settings_.weight_decay);
    const Real* __restrict g = s.grad.data();
    const Real* __restrict h = diagonal_.data();
    Real* __restrict m = mean_.data();
    Real* __restrict w = theta.data();
    for (size_t i = 0; i < theta.size(); ++i) {
      m[i] = b1 * m[i] + r1 * g[i];
      const Real scale = gamma * h[i], q = m[i] / (scale < eps ? eps : scale);
      const Real clipped = q > 1 ? Real(1) : q < -1 ? Real(-1) : q;
      w[i] = keep * w[i] - rate * (clipped + 0 * m[i]);  // 0·: what is infinite is not clipped
    }
  }

  std::vector<std::span<Real>> state() override { return {mean_, diagonal_}; }

 private:
  void observe(const Step<Real>& s, std::span<const Real> theta) {
    const Batch<Real>& batch = *s.extras.batch;
    Stream random = s.extras.random.fork(Purpose::sampler);
    for (size_t i = 0; i < signs_.size(); ++i) {
      signs_[i] = random.below(2) == 0 ? 1 : -1;
      u_[i] = signs_[i];
      theta_[i] = static_cast<double>(theta[i]);
    }
    s.log.drew({"parameter_signs", signs_});
    std::copy_n(batch.X.data(), batch.X.size(), X_.begin());
    const Real* weights = batch.targets.class_weights;
    if (weights != nullptr) std::copy_n(weights, class_weights_.size(), class_weights_.begin());
    hessian_->compute(
        theta_, u_, {X_.data(), batch.X.rows(), batch.X.cols()},
        {batch.targets.labels, batch.targets.ignored, weights == nullptr ? nullptr : class_weights_.data()},
        grad_, product_);
    for (size_t i = 0; i < diagonal_.size(); ++i)
      diagonal_[i] = static_cast<Real>(settings_.beta2) * diagonal_[i] +
                     static_cast<Real>((1 - settings_.beta2) * (u_[i] * product_[i]));
  }

  SophiaSettings settings_;
  std::unique_ptr<HessianVector> hessian_;
  Buffer<Real> mean_, diagonal_;  // m and h
  std::vector<std::int32_t> signs_;
  Buffer<double> theta_, u_, grad_, product_, X_, class_weights_;
};

OptimizerEntry sophia() {
  using S = SophiaSettings;
  using O = Option<S>;
  const std::string liu = "Liu et al. 2023", code = liu + "; the default is that of the authors' code";
  return make_entry<Sophia, S>(
      "sophia", "the mean gradient over the Hessian's diagonal, clipped element by element",
      liu + " (Sophia-H); random signs are ours", "he",
      Options<S>{{O{.name = "beta1",
                    .field = &S::beta1,
                    .low = 0,
                    .high = 0.999999,
                    .help = "share of the mean gradient that a step keeps",
                    .source = code},
                  O{.name = "beta2",
                    .field = &S::beta2,
                    .low = 0,
                    .high = 0.999999,
                    .help = "share of the mean diagonal that a new one leaves",
                    .source = code},
                  O{.name = "gamma",
                    .field = &S::gamma,
                    .low = 0,
                    .high = 1e9,
                    .help = "times the diagonal: what the mean gradient is divided by",
                    .source = liu},
                  O{.name = "eps",
                    .field = &S::eps,
                    .low = 1e-30,
                    .high = 1,
                    .help = "the least that it is divided by",
                    .source = liu},
                  O{.name = "weight-decay",
                    .field = &S::weight_decay,
                    .low = 0,
                    .high = 100,
                    .help = "times the learning rate: the share that each parameter loses a step",
                    .source = code},
                  O{.name = "interval",
                    .field = &S::interval,
                    .low = 1,
                    .high = 1e9,
                    .help = "steps from one look at the Hessian to the next",
                    .source = liu}}});
}

}  // namespace symopt::optimizers
