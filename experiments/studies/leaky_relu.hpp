// leaky_relu.hpp — the leaky ReLU σ, its inverse and their slopes, which teleports of features need by
// themselves.
#pragma once
#include <Eigen/Core>

#include "core/network/network_spec.hpp"

namespace symopt {

/// dσ/dz at z, and of σ⁻¹ its inverse: z and σ(z) have one sign.
inline double leaky_slope(double z) { return z > 0 ? 1 : kLeakySlope; }
inline double leaky(double z) { return leaky_slope(z) * z; }
/// Of all elements: the larger of z and σ's slope below 0 times z, which needs no branch.
inline Eigen::MatrixXd leaky_features(const Eigen::MatrixXd& Z) { return Z.cwiseMax(kLeakySlope * Z); }
/// σ⁻¹(h).
inline double straightened(double h) { return h > 0 ? h : h / kLeakySlope; }

}  // namespace symopt
