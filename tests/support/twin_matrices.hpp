// twin_matrices.hpp — small matrices as rows of doubles, by the textbook's loops, for the twins of optimizers
// that work on whole matrices.
#pragma once
#include <algorithm>

#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

inline Rows product(const Rows& A, const Rows& B) {
  Rows C(A.size(), Vector(B[0].size(), 0.0));
  for (size_t i = 0; i < A.size(); ++i)
    for (size_t j = 0; j < B[0].size(); ++j)
      for (size_t k = 0; k < B.size(); ++k) C[i][j] += A[i][k] * B[k][j];
  return C;
}

inline Rows transposed(const Rows& A) {
  Rows T(A[0].size(), Vector(A.size()));
  for (size_t i = 0; i < A.size(); ++i)
    for (size_t j = 0; j < A[0].size(); ++j) T[j][i] = A[i][j];
  return T;
}

/// a·A + b·B
inline Rows sum(double a, const Rows& A, double b, const Rows& B) {
  Rows C = A;
  for (size_t i = 0; i < A.size(); ++i) C[i] = combine(a, A[i], b, B[i]);
  return C;
}

inline double inner(const Rows& A, const Rows& B) {
  double total = 0;
  for (size_t i = 0; i < A.size(); ++i) total += dot(A[i], B[i]);
  return total;
}

inline double norm(const Rows& A) { return std::sqrt(inner(A, A)); }

inline Rows identity(size_t n) {
  Rows I(n, Vector(n, 0.0));
  for (size_t i = 0; i < n; ++i) I[i][i] = 1;
  return I;
}

inline Rows matrix(const Vector& flat, const Block& block) {
  Rows A;
  for (Index i = 0; i < block.rows; ++i) A.push_back(row(flat, block, i));
  return A;
}

inline void set_matrix(Vector& flat, const Block& block, const Rows& A) {
  for (Index i = 0; i < block.rows; ++i) set_row(flat, block, i, A[static_cast<size_t>(i)]);
}

/// Σ over the past of (1−β) β^(steps since) gᵖ, of each element of a block.
inline Rows running_mean(const std::vector<Vector>& gradients, const Block& block, double beta,
                         int power = 1) {
  Rows mean(static_cast<size_t>(block.rows), Vector(static_cast<size_t>(block.cols), 0.0));
  for (const Vector& g : gradients)
    for (Index i = 0; i < block.rows; ++i)
      for (Index j = 0; j < block.cols; ++j) {
        double& m = mean[static_cast<size_t>(i)][static_cast<size_t>(j)];
        m = beta * m + (1 - beta) * std::pow(g[at(block, i, j)], power);
      }
  return mean;
}

/// One quintic after the other, on a matrix that is no taller than wide.
inline Rows quintics(Rows X, const std::vector<Vector>& coefficients) {
  if (X.size() > X[0].size()) return transposed(quintics(transposed(X), coefficients));
  for (const Vector& p : coefficients) {
    const Rows A = product(X, transposed(X));
    X = sum(p[0], X, 1, product(sum(p[1], A, p[2], product(A, A)), X));
  }
  return X;
}

/// Jordan's iteration.
inline Rows newton_schulz(const Rows& G, int steps) {
  return quintics(sum(1 / (norm(G) + 1e-7), G, 0, G),
                  std::vector<Vector>(static_cast<size_t>(steps), {3.4445, -4.7750, 2.0315}));
}

/// Polar Express: eight published quintics, those before the last of X/1.01.
inline Rows polar_express(const Rows& G) {
  std::vector<Vector> p = {{8.28721201814563, -23.595886519098837, 17.300387312530933},
                           {4.107059111542203, -2.9478499167379106, 0.5448431082926601},
                           {3.9486908534822946, -2.908902115962949, 0.5518191394370137},
                           {3.3184196573706015, -2.488488024314874, 0.51004894012372},
                           {2.300652019954817, -1.6689039845747493, 0.4188073119525673},
                           {1.891301407787398, -1.2679958271945868, 0.37680408948524835},
                           {1.8750014808534479, -1.2500016453999487, 0.3750001645474248}};
  for (Vector& q : p) q = {q[0] / 1.01, q[1] / std::pow(1.01, 3), q[2] / std::pow(1.01, 5)};
  p.push_back({1.875, -1.25, 0.375});
  return quintics(sum(1 / (1.01 * norm(G) + 1e-7), G, 0, G), p);
}

/// What Muon and its kin orthogonalize: the momentum, or that one step ahead.
inline Rows muon_momentum(const Past& past, const Block& block) {
  const double mu = past.number("momentum");
  const Rows M = running_mean(past.grad, block, mu);
  return past.options.at("nesterov") == "true" ? sum(mu, M, 1 - mu, matrix(past.grad.back(), block)) : M;
}

/// A block that follows Adam, at adam-rate times the rate, with betas, eps and decay of the options.
inline void adam_step(const Past& past, const Block& block, Vector& theta) {
  const double n = static_cast<double>(past.grad.size()), b1 = past.number("beta1"),
               b2 = past.number("beta2");
  const double rate = past.number("adam-rate") * past.rate.back();
  const double decay = past.options.contains("weight-decay") ? past.number("weight-decay") : 0;
  const Rows m = running_mean(past.grad, block, b1), v = running_mean(past.grad, block, b2, 2);
  for (Index i = 0; i < block.rows; ++i)
    for (Index j = 0; j < block.cols; ++j) {
      const size_t r = static_cast<size_t>(i), c = static_cast<size_t>(j);
      const double root = std::sqrt(v[r][c] / (1 - std::pow(b2, n)));
      double& w = theta[at(block, i, j)];
      w -= rate * (m[r][c] / (1 - std::pow(b1, n)) / (root + past.number("eps")) + decay * w);
    }
}

struct Spectrum {
  Vector values;  ///< the largest first
  Rows vectors;   ///< as rows
};

/// Jacobi's rotations, until nothing is left off the diagonal.
inline Spectrum eigen(Rows S) {
  const size_t n = S.size();
  Rows V = identity(n);
  double trace = 0;
  for (size_t i = 0; i < n; ++i) trace += S[i][i];
  for (int sweep = 0; sweep < 30; ++sweep)
    for (size_t p = 0; p < n; ++p)
      for (size_t q = p + 1; q < n; ++q) {
        if (std::abs(S[p][q]) <= 1e-20 * trace) continue;
        const double angle = (S[q][q] - S[p][p]) / (2 * S[p][q]);
        const double t = (angle < 0 ? -1 : 1) / (std::abs(angle) + std::sqrt(angle * angle + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (size_t k = 0; k < n; ++k) {
          const double a = S[k][p], b = S[k][q];
          S[k][p] = c * a - s * b, S[k][q] = s * a + c * b;
        }
        for (size_t k = 0; k < n; ++k) {
          const double a = S[p][k], b = S[q][k];
          S[p][k] = c * a - s * b, S[q][k] = s * a + c * b;
          const double v = V[p][k], w = V[q][k];
          V[p][k] = c * v - s * w, V[q][k] = s * v + c * w;
        }
      }
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return S[a][a] > S[b][b]; });
  Spectrum result;
  for (size_t i : order) result.values.push_back(S[i][i]), result.vectors.push_back(V[i]);
  return result;
}

/// (S + shift·I)^exponent of a positive semi-definite S.
inline Rows matrix_power(const Rows& S, double exponent, double shift) {
  const Spectrum e = eigen(S);
  Rows scaled = e.vectors;
  for (size_t i = 0; i < S.size(); ++i)
    scaled[i] =
        combine(std::pow(std::max(e.values[i], 0.0) + shift, exponent), e.vectors[i], 0, e.vectors[i]);
  return product(transposed(e.vectors), scaled);
}

}  // namespace symopt::test::twin
