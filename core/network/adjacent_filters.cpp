// adjacent_filters.cpp — maxima over pairs are the paper's, and compiled as such.
#include "core/network/adjacent_filters.hpp"

#include "core/algebra/dual.hpp"
#include "core/arrays.hpp"

namespace symopt {

namespace {

// Y[r,f] = max over k of scale ⊙ Z + shift at filter f·p + k; the first of equal ones wins; a NaN wins over
// all, so that it reaches the loss. P = 0: p is known at run time only.
template <int P, bool mark, class Real>
void pool(Index R, Index F, Index p, const Real* __restrict Z, const Real* __restrict scale,
          const Real* __restrict shift, Real* __restrict Y, Real* __restrict winner) {
  for (Index r = 0; r < R; ++r, Z += F * p, Y += F, winner += mark ? F * p : 0) {
    if constexpr (P == 1) {
      for (Index f = 0; f < F; ++f) Y[f] = scale[f] * Z[f] + shift[f];
    } else if constexpr (P == 2) {
      for (Index f = 0; f < F; ++f) {
        const Real a = scale[2 * f] * Z[2 * f] + shift[2 * f];
        const Real c = scale[2 * f + 1] * Z[2 * f + 1] + shift[2 * f + 1];
        const bool second = int{c > a} | int{c != c};  // no branch
        Y[f] = second ? c : a;
        if constexpr (mark) winner[2 * f] = second ? Real(0) : Real(1);
        if constexpr (mark) winner[2 * f + 1] = second ? Real(1) : Real(0);
      }
    } else {
      for (Index f = 0; f < F; ++f) {
        Index best = 0;
        Real top = scale[f * p] * Z[f * p] + shift[f * p];
        for (Index k = 1; k < p; ++k) {
          const Real c = scale[f * p + k] * Z[f * p + k] + shift[f * p + k];
          if (c > top || c != c) top = c, best = k;
        }
        Y[f] = top;
        if constexpr (mark)
          for (Index k = 0; k < p; ++k) winner[f * p + k] = k == best ? Real(1) : Real(0);
      }
    }
  }
}

template <bool mark, class Real>
void pool(Index R, Index F, Index p, const Real* Z, const Real* scale, const Real* shift, Real* Y,
          Real* winner) {
  if (p == 1)
    pool<1, mark>(R, F, p, Z, scale, shift, Y, winner);
  else if (p == 2)
    pool<2, mark>(R, F, p, Z, scale, shift, Y, winner);
  else
    pool<0, mark>(R, F, p, Z, scale, shift, Y, winner);
}

}  // namespace

template <class Real>
void max_of_adjacent(Index R, Index F, Index p, const Real* Z, const Real* scale, const Real* shift, Real* Y,
                     Real* winner) {
  if (winner)
    pool<true>(R, F, p, Z, scale, shift, Y, winner);
  else
    pool<false>(R, F, p, Z, scale, shift, Y, winner);
}

template <class Real>
void spread_to_winners(Index R, Index F, Index p, const Real* dY, const Real* winner, Real* dZ) {
  if (p == 2) {
    const Real* __restrict dy = dY;
    const Real* __restrict w = winner;
    Real* __restrict dz = dZ;
    for (Index i = 0; i < R * F; ++i) {
      dz[2 * i] = w[2 * i] * dy[i];
      dz[2 * i + 1] = w[2 * i + 1] * dy[i];
    }
  } else {
    for (Index i = 0; i < R * F; ++i)
      for (Index k = 0; k < p; ++k) dZ[i * p + k] = winner[i * p + k] * dY[i];
  }
}

template void max_of_adjacent(Index, Index, Index, const float*, const float*, const float*, float*, float*);
template void spread_to_winners(Index, Index, Index, const float*, const float*, float*);
template void max_of_adjacent(Index, Index, Index, const double*, const double*, const double*, double*,
                              double*);
template void spread_to_winners(Index, Index, Index, const double*, const double*, double*);
template void max_of_adjacent(Index, Index, Index, const Dual<double>*, const Dual<double>*,
                              const Dual<double>*, Dual<double>*, Dual<double>*);
template void spread_to_winners(Index, Index, Index, const Dual<double>*, const Dual<double>*, Dual<double>*);

}  // namespace symopt
