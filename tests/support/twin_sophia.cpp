// twin_sophia.cpp — sophia: the mean gradient over the mean of the diagonals seen so far, each from one
// product of the Hessian with random signs, at the parameters and on the batch of its step. The product
// itself is that of core/network/hessian.hpp, which has tests of its own.
#include "core/network/hessian.hpp"
#include "tests/support/twin_moments.hpp"

namespace symopt::test::twin {

namespace {

Vector diagonal_at(const Past& past, size_t t) {
  const size_t n = past.theta[t].size();
  Stream random = past.random.fork(Purpose::labels, t).fork(Purpose::sampler);
  Vector u, grad(n), product(n), X;
  for (size_t i = 0; i < n; ++i) u.push_back(random.below(2) == 0 ? 1 : -1);
  for (const Vector& x : past.X[t]) X.insert(X.end(), x.begin(), x.end());
  const Index rows = static_cast<Index>(past.X[t].size());
  HessianVector(past.spec, rows)
      .compute(past.theta[t], u, {X.data(), rows, past.spec.inputs()}, past.labels[t].data(), grad, product);
  for (size_t i = 0; i < n; ++i) product[i] *= u[i];
  return product;
}

Vector sophia_step(const Past& past) {
  Vector theta = past.theta.back(), h(theta.size(), 0.0);
  const double b2 = past.number("beta2"), rate = past.rate.back();
  for (size_t t = 0; t < past.grad.size(); t += static_cast<size_t>(past.number("interval"))) {
    const Vector seen = diagonal_at(past, t);
    for (size_t i = 0; i < h.size(); ++i) h[i] = b2 * h[i] + (1 - b2) * seen[i];
  }
  for (size_t i = 0; i < theta.size(); ++i) {
    const double m = mean_power(past, i, past.number("beta1"), 1);
    const double step = m / std::max(past.number("gamma") * h[i], past.number("eps"));
    theta[i] -= rate * (std::clamp(step, -1.0, 1.0) + past.number("weight-decay") * theta[i]);
  }
  return theta;
}

}  // namespace

// gamma: at the published one nearly all steps are clipped on networks this small.
Twin sophia() {
  return {.name = "sophia",
          .step = sophia_step,
          .settings = {"", "gamma=100 interval=1",
                       "beta1=0.5 beta2=0.5 gamma=10 eps=0.01 weight-decay=0 interval=2"}};
}

}  // namespace symopt::test::twin
