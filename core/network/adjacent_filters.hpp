// adjacent_filters.hpp — the maximum over each group of p adjacent filters, the paper's pooling.
// R rows, F features, p pool, O = F·p filters.  Z, dZ, winner: R×O  Y, dY: R×F  scale, shift: O
#pragma once
#include <Eigen/Core>

namespace symopt {

using Eigen::Index;

/// Y[r,f] = max over k of scale ⊙ Z + shift at filter f·p + k; the first of equal ones wins, a NaN over all.
/// Where it is not null, `winner` gets 1 at the filters that won and 0 elsewhere (p > 1).
template <class Real>
void max_of_adjacent(Index R, Index F, Index p, const Real* Z, const Real* scale, const Real* shift, Real* Y,
                     Real* winner);
/// The gradient goes to the winners: dZ = winner ⊙ dY  (p > 1).
template <class Real>
void spread_to_winners(Index R, Index F, Index p, const Real* dY, const Real* winner, Real* dZ);

}  // namespace symopt
