// twin_natural.cpp — the dense Fisher matrix from the scores of every sample and class, and one dense solve.
#include "tests/support/decompositions.hpp"
#include "tests/support/naive_fisher.hpp"
#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

Vector step(const Past& past) {
  const Rows rows = naive_fisher(past.spec, past.theta.back(), past.X.back());
  const Index P = static_cast<Index>(rows.size());
  Eigen::MatrixXd F(P, P);
  for (Index i = 0; i < P; ++i)
    for (Index j = 0; j < P; ++j) F(i, j) = rows[static_cast<size_t>(i)][static_cast<size_t>(j)];
  const Eigen::Map<const Eigen::VectorXd> g(past.grad.back().data(), P);
  const double damping = past.number("damping");
  Eigen::VectorXd direction;
  if (damping > 0) {
    direction = dense_solve(F + damping * Eigen::MatrixXd::Identity(P, P), g);
  } else {
    const SymmetricParts eigen = symmetric_parts(F);
    direction.setZero(P);
    for (Index i = 0; i < P; ++i)
      if (eigen.values[i] > past.number("rcond") * eigen.values[P - 1])
        direction += eigen.vectors.col(i).dot(g) / eigen.values[i] * eigen.vectors.col(i);
  }
  Vector theta = past.theta.back();
  for (Index i = 0; i < P; ++i) theta[static_cast<size_t>(i)] -= past.rate.back() * direction[i];
  return theta;
}

}  // namespace

// Solving amplifies rounding by λmax/δ, here some thousands at δ = 0.001.
Twin natural() {
  return {.name = "natural",
          .step = step,
          .settings = {"", "damping=0.001 max-params=5000", "damping=0 rcond=0.01"},
          .roundings = 3000,
          .rate = 0.3};
}

}  // namespace symopt::test::twin
