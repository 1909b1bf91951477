// adam.hpp — Adam (Kingma and Ba 2015) on every parameter; with a weight decay it is AdamW (Loshchilov and
// Hutter 2019).
#pragma once
#include "optimizers/adam_rule.hpp"

namespace symopt::optimizers {

template <class Real>
class Adam final : public Optimizer<Real> {
 public:
  explicit Adam(const AdamSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    m_.assign(static_cast<size_t>(layout.size), Real(0));
    v_.assign(static_cast<size_t>(layout.size), Real(0));
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const AdamRule<Real> rule(settings_, s.t, static_cast<double>(s.learning_rate));
    rule.move(static_cast<Index>(theta.size()), s.grad.data(), m_.data(), v_.data(), theta.data());
  }

  std::vector<std::span<Real>> state() override { return {m_, v_}; }

 private:
  AdamSettings settings_;
  Buffer<Real> m_, v_;  // running means of gradients and of their squares
};

}  // namespace symopt::optimizers
