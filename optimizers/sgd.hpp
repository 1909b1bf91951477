// sgd.hpp — stochastic gradient descent (Robbins and Monro 1951): W ← W − λG.
#pragma once
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

template <class Real>
class Sgd final : public Optimizer<Real> {
 public:
  void bind(const ParamLayout&, std::span<Real>) override {}
  void step(const Step<Real>& s, std::span<Real> theta) override {
    as_array(theta) -= s.learning_rate * as_array(s.grad);
  }
};

}  // namespace symopt::optimizers
