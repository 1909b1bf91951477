// level_set_functions.hpp — two functions of the plane whose level sets are circles in coordinates (u, v):
// SO(2) acts on (u, v), and its orbits are the level sets (Zhao, Dehmamy, Walters, Yu 2022).
#pragma once
#include <array>
#include <string>
#include <vector>

#include "core/symmetry/teleportation.hpp"

namespace symopt {

using Pair = std::array<double, 2>;

/// L = u² + v².
struct LevelSetFunction {
  std::string name;
  Pair (*to_uv)(Pair xy);
  Pair (*to_xy)(Pair uv);
  /// The rows of d(u, v)/d(x, y).
  std::array<Pair, 2> (*jacobian)(Pair xy);
  /// The second derivatives of u by x, x·y and y; v is linear in both functions.
  std::array<double, 3> u_curvature;
  Pair start, minimum;
  double rate, ascent_rate;    ///< of descent, of the search
  int steps, ascents;          ///< of descent, of each search
  std::vector<int> teleports;  ///< steps, from 1, that have one before them
};

/// booth: (x + 2y − 7)² + (2x + y − 5)², with u = x + 2y − 7, v = 2x + y − 5: a quadratic form, so (u, v) is
/// linear. rosenbrock: 100 (x² − y)² + (x − 1)², with u = 10 (x² − y), v = x − 1.
const std::vector<LevelSetFunction>& level_set_functions();

/// A function's loss and Hessian at theta = (x, y).
class PlaneSurface final : public Surface {
 public:
  explicit PlaneSurface(const LevelSetFunction& f) : f_(f) {}
  double compute(std::span<const double> theta, std::span<const double> v, std::span<double> grad,
                 std::span<double> product) override;

 private:
  const LevelSetFunction& f_;
};

/// Rotations of (u, v); T is the angle.
class RotationOrbit final : public Orbit {
 public:
  explicit RotationOrbit(const LevelSetFunction& f) : f_(f) {}
  Index size() const override { return 1; }
  void pull_back(std::span<const double> theta, std::span<const double> c, std::span<double> D) override;
  void act(std::span<const double> T, std::span<double> theta) override;

 private:
  const LevelSetFunction& f_;
};

}  // namespace symopt
