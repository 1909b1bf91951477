// rotation.hpp — rotations drawn at a distance from the identity.
#pragma once
#include "core/arrays.hpp"
#include "core/random.hpp"

namespace symopt {

/// Cayley's transform (I − S)⁻¹(I + S) of a skew S: n×n, whose entries are about size/2; the identity at
/// size 0, and I + 2S to first order.
Matrix<double> draw_rotation(Index n, Stream& stream, double size);

}  // namespace symopt
