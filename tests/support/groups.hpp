// groups.hpp — groups that act on the parameters (the report's symmetries), element by element in double.
#pragma once
#include "core/network/network.hpp"
#include "tests/support/naive_network.hpp"

namespace symopt::test {

/// Every filter of the hidden layers times its own factor.
Vector filter_rescale(const ParamLayout& layout, Stream stream, Vector theta);

/// Every hidden unit's incoming weights and bias times ρ, its outgoing weights divided by it; one ρ a pool
/// group, or, where no symmetry is wanted, one a filter (of which the first divides).
Vector node_rescale(const ParamLayout& layout, Stream stream, Vector theta, bool one_per_group = true);

/// Hidden units reordered, whole pool groups and inside the groups, the next layer's inputs with them.
Vector permute(const ParamLayout& layout, Stream stream, const Vector& theta);

}  // namespace symopt::test
