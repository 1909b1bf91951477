// level_set_functions.cpp — Booth and Rosenbrock in the coordinates of their level sets, with the published
// settings.
#include "experiments/studies/level_set_functions.hpp"

#include <cmath>

namespace symopt {

const std::vector<LevelSetFunction>& level_set_functions() {
  static const std::vector<LevelSetFunction> functions = {
      {"booth",
       [](Pair p) -> Pair {
         return {p[0] + 2 * p[1] - 7, 2 * p[0] + p[1] - 5};
       },
       [](Pair q) -> Pair {
         return {1 + (2 * q[1] - q[0]) / 3, 3 + (2 * q[0] - q[1]) / 3};
       },
       [](Pair) -> std::array<Pair, 2> {
         return {Pair{1, 2}, Pair{2, 1}};
       },
       {0, 0, 0},
       {5, -5},
       {1, 3},
       0.08,
       1e-3,
       10,
       10,
       {5}},
      {"rosenbrock",
       [](Pair p) -> Pair {
         return {10 * (p[0] * p[0] - p[1]), p[0] - 1};
       },
       [](Pair q) -> Pair {
         return {q[1] + 1, (q[1] + 1) * (q[1] + 1) - q[0] / 10};
       },
       [](Pair p) -> std::array<Pair, 2> {
         return {Pair{20 * p[0], -10}, Pair{1, 0}};
       },
       {20, 0, 0},
       {-1, -1},
       {1, 1},
       1e-3,
       0.1,
       1000,
       10,
       {100, 200, 300, 400, 500, 600, 700, 800, 900, 1000}},
  };
  return functions;
}

// ∇L = 2 Jᵀ(u, v),  H w = 2 Jᵀ J w + 2 u (∇²u) w.
double PlaneSurface::compute(std::span<const double> theta, std::span<const double> w, std::span<double> grad,
                             std::span<double> product) {
  const Pair xy{theta[0], theta[1]}, uv = f_.to_uv(xy), along{w[0], w[1]};
  const auto J = f_.jacobian(xy);
  const auto& [xx, xyy, yy] = f_.u_curvature;
  const Pair Jw{J[0][0] * along[0] + J[0][1] * along[1], J[1][0] * along[0] + J[1][1] * along[1]};
  const Pair bent{xx * along[0] + xyy * along[1], xyy * along[0] + yy * along[1]};
  for (size_t i = 0; i < 2; ++i) {
    grad[i] = 2 * (J[0][i] * uv[0] + J[1][i] * uv[1]);
    product[i] = 2 * (J[0][i] * Jw[0] + J[1][i] * Jw[1] + uv[0] * bent[i]);
  }
  return uv[0] * uv[0] + uv[1] * uv[1];
}

// d(u, v)/dT = (−v, u), and d(x, y) = J⁻¹ d(u, v).
void RotationOrbit::pull_back(std::span<const double> theta, std::span<const double> c, std::span<double> D) {
  const Pair xy{theta[0], theta[1]}, uv = f_.to_uv(xy);
  const auto J = f_.jacobian(xy);
  const double determinant = J[0][0] * J[1][1] - J[0][1] * J[1][0];
  const double dx = (-J[1][1] * uv[1] - J[0][1] * uv[0]) / determinant,
               dy = (J[1][0] * uv[1] + J[0][0] * uv[0]) / determinant;
  D[0] = c[0] * dx + c[1] * dy;
}

void RotationOrbit::act(std::span<const double> T, std::span<double> theta) {
  const Pair uv = f_.to_uv({theta[0], theta[1]});
  const double cosine = std::cos(T[0]), sine = std::sin(T[0]);
  const Pair xy = f_.to_xy({cosine * uv[0] - sine * uv[1], sine * uv[0] + cosine * uv[1]});
  theta[0] = xy[0], theta[1] = xy[1];
}

}  // namespace symopt
