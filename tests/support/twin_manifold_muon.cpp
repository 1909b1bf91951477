// twin_manifold_muon.cpp — steepest descent in the spectral norm on orthonormal matrices, and on the sphere
// of one spectral norm: the authors' loops, a matrix that is not as they have it transposed first.
#include "tests/support/twin_matrices.hpp"

namespace symopt::test::twin {

namespace {

bool is_matrix(const Block& block) {
  return block.role == Role::filters || block.role == Role::class_vectors;
}

Vector stiefel_bind(const ParamLayout& layout, const std::map<std::string, std::string>&,
                    const Vector& start) {
  Vector theta = start;
  for (const Block& block : layout.blocks)
    if (is_matrix(block)) set_matrix(theta, block, polar_express(matrix(start, block)));
  return theta;
}

// W: no wider than tall
Rows stiefel_move(const Past& past, const Rows& W, const Rows& gradient) {
  if (W.size() < W[0].size()) return transposed(stiefel_move(past, transposed(W), transposed(gradient)));
  const auto twice_symmetric = [&](const Rows& X) {
    return sum(1, product(transposed(W), X), 1, product(transposed(X), W));
  };
  const double steps = past.number("dual-steps"), delta = 4 * past.number("dual-rate");
  if (norm(gradient) == 0) return W;
  const Rows G = sum(1 / norm(gradient), gradient, 0, gradient);
  Rows Lambda = twice_symmetric(G), A;
  Lambda = sum(-0.25, Lambda, 0, Lambda);
  for (double k = 0; k < steps; ++k) {
    const Rows X = sum(1, G, 2, product(W, Lambda));
    A = product(X, matrix_power(product(transposed(X), X), -0.5, delta * delta));
    const Rows H = twice_symmetric(A);
    if (norm(H) / static_cast<double>(W[0].size()) < 1e-6) break;
    Lambda = sum(1, Lambda, -past.number("dual-rate") * (1 - k / steps), H);
  }
  return polar_express(sum(1, W, -past.rate.back(), A));
}

Vector stiefel_step(const Past& past) {
  Vector theta = past.theta.back();
  for (const Block& block : past.layout.blocks)
    if (is_matrix(block))
      set_matrix(theta, block, stiefel_move(past, matrix(theta, block), matrix(past.grad.back(), block)));
    else
      adam_step(past, block, theta);
  return theta;
}

Vector times(const Rows& A, const Vector& x) {
  Vector y;
  for (const Vector& row : A) y.push_back(dot(row, x));
  return y;
}

Rows sphere_move(const Past& past, const Rows& start, const Rows& momentum) {
  Vector u, v(start[0].size(), 1.0);
  for (int k = 0; k < static_cast<int>(past.number("power-steps")); ++k)
    v = unit(times(transposed(start), times(start, v)));
  u = times(start, v);
  const double sigma = std::sqrt(dot(u, u));
  u = unit(u);
  const double shape = static_cast<double>(start.size()) / static_cast<double>(start[0].size());
  const Rows W = sum(past.number("radius") * std::sqrt(shape) / sigma, start, 0, start);
  Rows Theta;
  for (double a : u) Theta.push_back(combine(a, v, 0, v));
  const Rows M = sum(1 / norm(momentum), momentum, 0, momentum);
  const auto Phi = [&](double kappa) { return polar_express(sum(1, M, kappa, Theta)); };
  const auto f = [&](double kappa) { return inner(Theta, Phi(kappa)); };
  const bool below = f(0) < 0;  // there the root is above
  double from = 0, to = below ? 1e-3 : -1e-3;
  while ((f(to) < 0) == below && std::abs(to) < 4) from = to, to *= 2;
  for (int k = 0; k < static_cast<int>(past.number("bisections")); ++k) {
    const double middle = (from + to) / 2;
    if ((f(middle) < 0) == below)
      from = middle;
    else
      to = middle;
  }
  return sum(1, W, -past.rate.back(), Phi((from + to) / 2));
}

Vector sphere_step(const Past& past) {
  Vector theta = past.theta.back();
  for (const Block& block : past.layout.blocks)
    if (block.role == Role::filters)
      set_matrix(theta, block, sphere_move(past, matrix(theta, block), muon_momentum(past, block)));
    else
      adam_step(past, block, theta);
  return theta;
}

}  // namespace

// The factors a of the eight quintics multiply a rounding by 6351 at most, where a singular value is small.
Twin muon_stiefel() {
  return {.name = "muon-stiefel",
          .step = stiefel_step,
          .bind = stiefel_bind,
          .settings = {"", "adam-rate=1 dual-steps=20 dual-rate=0.05",
                       "beta1=0.5 beta2=0.9 eps=0.01 dual-steps=5"},
          .roundings = 6351,
          .rate = 3};
}
Twin spectral_sphere() {
  return {.name = "spectral-sphere",
          .step = sphere_step,
          .settings = {"", "momentum=0.5 radius=2", "nesterov=false power-steps=30",
                       "adam-rate=1 bisections=12", "beta1=0.5 beta2=0.9 eps=0.01"},
          .roundings = 12000,  // rounding decides the last halvings of κ
          .rate = 60,
          .steps = 3};
}

}  // namespace symopt::test::twin
