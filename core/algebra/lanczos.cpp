// lanczos.cpp — tridiagonalization with full reorthogonalization.
#include "core/algebra/lanczos.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <vector>

namespace symopt {

LanczosResult largest_eigenvalue(Index n, const SymmetricProduct& multiply, Stream stream, int max_steps,
                                 double tolerance) {
  using Vector = Eigen::VectorXd;
  std::vector<Vector> basis;
  std::vector<double> diagonal, beside;
  Vector v(n), w(n);
  for (double& x : v) x = stream.normal();
  v.normalize();
  LanczosResult result;
  while (result.steps < std::min<Index>(max_steps, n)) {
    multiply({v.data(), static_cast<size_t>(n)}, {w.data(), static_cast<size_t>(n)});
    basis.push_back(v);
    diagonal.push_back(v.dot(w));
    for (int twice = 0; twice < 2; ++twice)
      for (const Vector& q : basis) w -= q.dot(w) * q;
    const double next = w.norm();
    ++result.steps;

    const auto k = static_cast<Index>(diagonal.size());
    const Eigen::Map<const Vector> d(diagonal.data(), k), e(beside.data(), k - 1);
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(d, e);
    result.value = solver.eigenvalues()[k - 1];
    result.residual = next * std::abs(solver.eigenvectors()(k - 1, k - 1));
    const double largest = solver.eigenvalues().cwiseAbs().maxCoeff();
    if (!std::isfinite(next) || result.residual <= tolerance * std::abs(result.value) ||
        next <= 1e-14 * largest)
      break;
    beside.push_back(next);
    v = w / next;
  }
  return result;
}

}  // namespace symopt
