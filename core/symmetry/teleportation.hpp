// teleportation.hpp — symmetry teleportation (Zhao, Dehmamy, Walters, Yu 2022; Zhao, Gower, Walters, Yu
// 2024): w moves along its orbit to where ‖∇L‖² is larger, by gradient ascent in the group's coordinates T.
#pragma once
#include <cstdint>
#include <limits>

#include "core/arrays.hpp"

namespace symopt {

/// One teleport as it goes on record. Loss and ‖∇L‖² are those on the samples of the search.
struct Teleport {
  std::int64_t step = 0;  ///< optimizer steps taken before it
  int ascents = 0;        ///< steps of the search; 0: skipped, ‖∇L‖² was above the bound
  double gradient_before = 0, gradient_after = 0;
  double loss_before = 0, loss_after = 0;
  double seconds = 0;  ///< never part of a result
};

/// A loss with products of its Hessian.
class Surface {
 public:
  virtual ~Surface() = default;
  /// L(theta); `grad` gets ∇L and `product` H v. `v` and `grad` may be one array.
  virtual double compute(std::span<const double> theta, std::span<const double> v, std::span<double> grad,
                         std::span<double> product) = 0;
};

/// A group that acts on theta, in coordinates T around the identity, T = 0.
class Orbit {
 public:
  virtual ~Orbit() = default;
  virtual Index size() const = 0;  ///< of T
  /// D[i] = ⟨c, d(g(T)·theta)/dT_i⟩ at T = 0.
  virtual void pull_back(std::span<const double> theta, std::span<const double> c, std::span<double> D) = 0;
  /// theta ← g(T)·theta.
  virtual void act(std::span<const double> T, std::span<double> theta) = 0;
};

struct AscentSettings {
  int steps = 10;
  double rate = 5e-2;
  /// The search ends where ‖∇L‖² is above it.
  double max_gradient = std::numeric_limits<double>::infinity();
};

/// The search. Its own work allocates on construction only.
class Teleporter {
 public:
  Teleporter(Index parameters, Index coordinates);
  /// Moves theta; T = 0 at every step: T ← rate · d‖∇L(g(T)·theta)‖²/dT, theta ← g(T)·theta. Leaves `step`
  /// and `seconds` of the result to the caller.
  Teleport move(const AscentSettings& settings, Surface& surface, Orbit& orbit, std::span<double> theta);

 private:
  Buffer<double> grad_, product_, T_;
};

}  // namespace symopt
