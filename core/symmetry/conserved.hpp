// conserved.hpp — what gradient flow keeps along a network's continuous symmetries (Du, Hu, Lee 2018; Kunin,
// Sagastuy-Brena, Ganguli, Yamins, Tanaka 2021): the gradient is orthogonal to every direction that keeps the
// function, and that is the time derivative of a quantity.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/network/network_spec.hpp"
#include "core/network/params.hpp"

namespace symopt {

/// A law: charges Q(θ), one for each generator of a symmetry, with ⟨∇Q, ∇L⟩ = 0 for every loss L.
struct ConservationLaw {
  std::string name, quantity;  ///< in words, as formulas of text
  bool (*holds_for)(const NetworkSpec&);
  /// Quadratic forms of θ (linear where degree is 1), in a fixed order.
  std::vector<double> (*charges)(const ParamLayout& layout, std::span<const double> theta);
  int degree;
};

/// filter-norm, unit-balance, class-sum, layer-balance.
const std::vector<ConservationLaw>& conservation_laws();

/// What one law's charges do under v ← μv + g + kθ, θ ← θ − λv from v = 0: exactly, but for rounding, as
/// every charge of g along θ vanishes. With B the symmetric form of Q, Q(θ − λv) = Q(θ) − 2λB(θ, v) + λ²Q(v),
/// and B(θ, v) follows from itself: B ← μB + kQ with the new velocity, B ← B − λQ(v) with the new θ. For
/// gradient descent (μ = 0) that is Q ← (1 − λk)²Q + λ²Q(g), and for linear charges of either Q ← Q − λV, V ←
/// μV + kQ.
class ChargePrediction {
 public:
  ChargePrediction(const ConservationLaw& law, std::vector<double> start, double momentum, double decay)
      : degree_(law.degree), Q_(std::move(start)), B_(Q_.size()), momentum_(momentum), decay_(decay) {}
  /// After a step with this velocity's own charges Q(v).
  void step(double rate, const std::vector<double>& of_velocity);
  const std::vector<double>& charges() const { return Q_; }

 private:
  int degree_;
  std::vector<double> Q_, B_;
  double momentum_, decay_;
};

}  // namespace symopt
