// sharpness.hpp — how sharply a loss bends at a point, in coordinates that depend on the scale of weights and
// in ones that do not.
#pragma once
#include "core/algebra/lanczos.hpp"
#include "core/network/batch.hpp"
#include "core/network/network_spec.hpp"

namespace symopt {

struct Sharpness {
  LanczosResult hessian;   ///< λ_max(H)
  LanczosResult adaptive;  ///< λ_max(T H T), T = diag |w| (Kwon, Kim, Park, Choi 2021: adaptive sharpness to
                           ///< second order): the same wherever a diagonal scale keeps the function
};

/// Of the batch's loss at theta, by exact products with the Hessian. Batch normalization uses the batch's
/// statistics.
Sharpness sharpness_of(const NetworkSpec& spec, std::span<const double> theta,
                       const ConstMatrixView<double>& X, const Targets<double>& targets);

}  // namespace symopt
