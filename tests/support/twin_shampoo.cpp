// twin_shampoo.cpp — Shampoo, SOAP and the right-polar gradient, from the whole past, with every matrix
// formed and rooted by Jacobi's rotations.
#include "tests/support/twin_matrices.hpp"

namespace symopt::test::twin {

namespace {

Vector shampoo_step(const Past& past) {
  Vector theta = past.theta.back();
  const size_t t = past.grad.size() - 1, interval = static_cast<size_t>(past.number("interval"));
  const double eps = past.number("eps"), longest = past.number("max-dim");
  for (const Block& block : past.layout.blocks) {
    const Rows G = matrix(past.grad.back(), block);
    const size_t m = G.size(), n = G[0].size();
    const bool left = m > 1 && static_cast<double>(m) <= longest,
               right = (n > 1 || m == 1) && static_cast<double>(n) <= longest;
    Rows L(m, Vector(m, 0.0)), R(n, Vector(n, 0.0)), squares(m, Vector(n, eps)), U = G;
    for (size_t k = 0; k <= t; ++k) {
      const Rows then = matrix(past.grad[k], block);
      for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < n; ++j) squares[i][j] += then[i][j] * then[i][j];
      if (k > t - t % interval) continue;  // behind the last roots
      L = sum(1, L, 1, product(then, transposed(then)));
      R = sum(1, R, 1, product(transposed(then), then));
    }
    const double exponent = left && right ? -0.25 : -0.5;
    if (left) U = product(matrix_power(L, exponent, eps), U);
    if (right) U = product(U, matrix_power(R, exponent, eps));
    for (size_t i = 0; i < m && !left && !right; ++i)
      for (size_t j = 0; j < n; ++j) U[i][j] /= std::sqrt(squares[i][j]);
    set_matrix(theta, block, sum(1, matrix(theta, block), -past.rate.back(), U));
  }
  return theta;
}

// Of `rows` in their order what is new, as unit rows; then unit vectors, the newest one first. `from`: which
// row each comes from, those that bring nothing last.
Rows orthonormal(const Rows& rows, std::vector<size_t>& from) {
  const size_t n = rows.size();
  const double largest = std::sqrt(dot(rows[0], rows[0]));
  Rows E;
  const auto rest = [&](Vector x) {
    for (int twice = 0; twice < 2; ++twice)
      for (const Vector& e : E) x = tangent(x, e);
    return x;
  };
  std::vector<size_t> late;
  from.clear();
  for (size_t i = 0; i < n; ++i) {
    const Vector x = rest(rows[i]);
    if (std::sqrt(dot(x, x)) > 1e-12 * largest)
      E.push_back(unit(x)), from.push_back(i);
    else
      late.push_back(i);
  }
  from.insert(from.end(), late.begin(), late.end());
  while (E.size() < n) {
    size_t newest = 0;
    double most = -1;
    for (size_t j = 0; j < n; ++j) {
      double left = 1;
      for (const Vector& e : E) left -= e[j] * e[j];
      if (left > most) most = left, newest = j;
    }
    E.push_back(unit(rest(identity(n)[newest])));
  }
  return E;
}

// P X Qᵀ, without what is a rounding of it only.
Rows turned_matrix(const Rows& P, const Rows& X, const Rows& Q) {
  Rows Y = product(product(P, X), transposed(Q));
  const double least = 1e-13 * norm(Y);
  for (Vector& y : Y)
    for (double& value : y)
      if (std::abs(value) < least) value = 0;
  return Y;
}

// The basis after one more step of power iteration.
Rows turned(const Rows& basis, const Rows& S, std::vector<size_t>& from) {
  const Rows P = product(basis, S);
  std::vector<size_t> order(P.size()), kept;
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return dot(P[a], basis[a]) > dot(P[b], basis[b]); });
  Rows sorted;
  for (size_t i : order) sorted.push_back(P[i]);
  const Rows E = orthonormal(sorted, kept);
  from.clear();
  for (size_t i : kept) from.push_back(order[i]);
  return E;
}

Vector soap_step(const Past& past) {
  Vector theta = past.theta.back();
  const double b1 = past.number("beta1"), b2 = past.number("beta2"),
               n = static_cast<double>(past.grad.size() - 1);
  if (n == 0) return theta;
  const double rate = past.rate.back(), longest = past.number("max-dim");
  for (const Block& block : past.layout.blocks) {
    const Rows first = matrix(past.grad[0], block);
    const size_t rows = first.size(), cols = first[0].size();
    const bool is_matrix = rows > 1 && cols > 1, left = is_matrix && static_cast<double>(rows) <= longest,
               right = is_matrix && static_cast<double>(cols) <= longest;
    Rows L, R, P = identity(rows), Q = identity(cols), M = sum(0, first, 0, first), V = M, U;
    std::vector<size_t> from;
    L = product(first, transposed(first)), R = product(transposed(first), first);
    L = sum(1 - b2, L, 0, L), R = sum(1 - b2, R, 0, R);
    const auto start = [&](const Rows& S) {
      const Spectrum e = eigen(S);
      return orthonormal(product(e.vectors, S), from);
    };
    if (left) P = start(L);
    if (right) Q = start(R);
    for (size_t t = 1; t < past.grad.size(); ++t) {
      const Rows G = matrix(past.grad[t], block);
      const Rows seen = turned_matrix(P, G, Q);
      M = sum(b1, M, 1 - b1, G);
      U = turned_matrix(P, M, Q);
      for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < cols; ++j) {
          V[i][j] = b2 * V[i][j] + (1 - b2) * seen[i][j] * seen[i][j];
          U[i][j] /= std::sqrt(V[i][j]) + past.number("eps");
        }
      U = product(product(transposed(P), U), Q);
      L = sum(b2, L, 1 - b2, product(G, transposed(G)));
      R = sum(b2, R, 1 - b2, product(transposed(G), G));
      if (t % static_cast<size_t>(past.number("interval")) != 0) continue;
      const Rows old = V;
      if (left) {
        P = turned(P, L, from);
        for (size_t i = 0; i < rows; ++i) V[i] = old[from[i]];
      }
      const Rows by_rows = V;
      if (right) {
        Q = turned(Q, R, from);
        for (size_t i = 0; i < rows; ++i)
          for (size_t j = 0; j < cols; ++j) V[i][j] = by_rows[i][from[j]];
      }
    }
    const double unbiased = rate * std::sqrt(1 - std::pow(b2, n)) / (1 - std::pow(b1, n));
    const double keep = 1 - rate * past.number("weight-decay");
    set_matrix(theta, block, sum(keep, matrix(theta, block), -keep * unbiased, U));
  }
  return theta;
}

Vector right_polar_step(const Past& past) {
  Vector theta = past.theta.back();
  for (const Block& block : past.layout.blocks) {
    Rows M = running_mean(past.grad, block, past.number("beta"));
    const auto center = [&](Rows& X) {
      if (block.role != Role::class_vectors) return;
      for (size_t j = 0; j < X[0].size(); ++j) {
        double mean = 0;
        for (const Vector& x : X) mean += x[j] / static_cast<double>(X.size());
        for (Vector& x : X) x[j] -= mean;
      }
    };
    center(M);
    const Rows C = product(transposed(M), M), R = matrix_power(C, -0.5, past.number("eps")),
               CR = product(C, R);
    double trace = 0;
    for (size_t i = 0; i < CR.size(); ++i) trace += CR[i][i];
    Rows U = product(M, R);
    center(U);
    set_matrix(theta, block,
               sum(1, matrix(theta, block), -past.rate.back() * std::pow(trace, past.number("alpha")), U));
  }
  return theta;
}

}  // namespace

// The roots of ε I multiply what rounding leaves in directions without a gradient, by a tenth of 1/ε at most.
Twin shampoo() {
  return {.name = "shampoo",
          .step = shampoo_step,
          .settings = {"", "eps=0.01 interval=2", "max-dim=4", "interval=3 max-dim=2"},
          .roundings = 1000};
}

// Kept in double, whatever the parameters are: there it is rounding of the gradient over the root of what is
// small in some direction.
Twin soap() {
  return {.name = "soap",
          .step = soap_step,
          .settings = {"", "beta1=0.5 beta2=0.9", "eps=0.01 weight-decay=0.5", "interval=2",
                       "interval=1 max-dim=4"},
          .roundings = 50,
          .steps = 6,
          .wide_roundings = 1e6};
}

// ε^(−½), 10⁴, multiplies the rounding of M where nothing else is.
Twin right_polar() {
  return {.name = "right-polar",
          .step = right_polar_step,
          .settings = {"", "beta=0.9", "alpha=0.5 eps=0.001"},
          .roundings = 5000,
          .rate = 20,
          .steps = 3,
          .wide_roundings = 1e6};
}

}  // namespace symopt::test::twin
