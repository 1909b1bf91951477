// twin_muon.cpp — Muon as its author describes it: a tall matrix is transposed, iterated on, transposed back;
// what is not a filter matrix follows Adam with rates and betas of its own.
#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

namespace {

Rows product(const Rows& A, const Rows& B) {
  Rows C(A.size(), Vector(B[0].size(), 0.0));
  for (size_t i = 0; i < A.size(); ++i)
    for (size_t j = 0; j < B[0].size(); ++j)
      for (size_t k = 0; k < B.size(); ++k) C[i][j] += A[i][k] * B[k][j];
  return C;
}

Rows transposed(const Rows& A) {
  Rows T(A[0].size(), Vector(A.size()));
  for (size_t i = 0; i < A.size(); ++i)
    for (size_t j = 0; j < A[0].size(); ++j) T[j][i] = A[i][j];
  return T;
}

Rows sum(double a, const Rows& A, double b, const Rows& B) {
  Rows C = A;
  for (size_t i = 0; i < A.size(); ++i) C[i] = combine(a, A[i], b, B[i]);
  return C;
}

Rows newton_schulz(const Rows& G, int steps) {
  if (G.size() > G[0].size()) return transposed(newton_schulz(transposed(G), steps));
  double square = 0;
  for (const Vector& g : G) square += dot(g, g);
  Rows X = sum(1 / (std::sqrt(square) + 1e-7), G, 0, G);
  for (int k = 0; k < steps; ++k) {
    const Rows A = product(X, transposed(X));
    const Rows B = sum(-4.7750, A, 2.0315, product(A, A));
    X = sum(3.4445, X, 1, product(B, X));
  }
  return X;
}

Vector step(const Past& past) {
  Vector theta = past.theta.back();
  const double rate = past.rate.back(), n = static_cast<double>(past.grad.size());
  const auto running = [&](size_t i, double beta, int p) {
    double mean = 0;
    for (const Vector& g : past.grad) mean = beta * mean + (1 - beta) * std::pow(g[i], p);
    return mean;
  };
  for (const Block& block : past.layout.blocks) {
    if (block.role != Role::filters) {
      const double b1 = past.number("beta1"), b2 = past.number("beta2");
      for (Index j = 0; j < block.size(); ++j) {
        const size_t i = static_cast<size_t>(block.offset + j);
        const double m = running(i, b1, 1) / (1 - std::pow(b1, n)),
                     v = running(i, b2, 2) / (1 - std::pow(b2, n));
        theta[i] -= past.number("adam-rate") * rate * m / (std::sqrt(v) + past.number("eps"));
      }
      continue;
    }
    const double mu = past.number("momentum");
    Rows update;
    for (Index i = 0; i < block.rows; ++i) {
      update.emplace_back();
      for (Index j = 0; j < block.cols; ++j) {
        const double m = running(at(block, i, j), mu, 1);
        update.back().push_back(past.options.at("nesterov") == "true"
                                    ? mu * m + (1 - mu) * past.grad.back()[at(block, i, j)]
                                    : m);
      }
    }
    update = newton_schulz(update, static_cast<int>(past.number("ns-steps")));
    const double shape = static_cast<double>(block.rows) / static_cast<double>(block.cols);
    for (Index i = 0; i < block.rows; ++i)
      set_row(theta, block, i,
              combine(1, row(theta, block, i), -rate * std::sqrt(std::max(1.0, shape)),
                      update[static_cast<size_t>(i)]));
  }
  return theta;
}

}  // namespace

// Each of the 5 iterations multiplies a rounding by 3.4445 at most: 485 in all. The large rate lets the steps
// of the other parameters, at adam-rate, stand out from that.
Twin muon() {
  return {.name = "muon",
          .step = step,
          .settings = {"", "momentum=0.5", "nesterov=false", "ns-steps=2 adam-rate=1",
                       "beta1=0.5 beta2=0.9 eps=0.01"},
          .roundings = 485,
          .rate = 3};
}

}  // namespace symopt::test::twin
