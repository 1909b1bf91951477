// transpose.hpp — a matrix turned by blocks of lanes×lanes that stay in registers.
#pragma once
#include <algorithm>
#include <utility>

#include "core/algebra/simd.hpp"

namespace symopt::simd {

// One round of a transposition: interleaves a and b, keeping the lower (First = 0) or upper (First = lanes/2)
// halves.
template <int First, class Real, int... l>
Vector<Real> interleave(Vector<Real> a, Vector<Real> b, std::integer_sequence<int, l...>) {
  return __builtin_shufflevector(a, b, (First + l / 2 + (l % 2) * static_cast<int>(sizeof...(l)))...);
}

/// to (columns×width, rows `to_stride` apart) = fromᵀ for from: rows×columns (rows `stride` apart), filled up
/// with 0 from column `rows` to `width`.
template <class Real>
void transpose(std::ptrdiff_t rows, std::ptrdiff_t columns, const Real* from, std::ptrdiff_t stride, Real* to,
               std::ptrdiff_t to_stride, std::ptrdiff_t width) {
  constexpr int L = lanes<Real>;
  constexpr auto all = std::make_integer_sequence<int, L>();
  for (std::ptrdiff_t j = 0; j < width; j += L) {
    const int present = static_cast<int>(std::clamp<std::ptrdiff_t>(rows - j, 0, L));
    const int kept = static_cast<int>(std::min<std::ptrdiff_t>(width - j, L));
    std::ptrdiff_t k = 0;
    for (; k + L <= columns; k += L) {
      Vector<Real> block[L], next[L];
#pragma GCC unroll 16
      for (int r = 0; r < L; ++r) block[r] = r < present ? load(from + (j + r) * stride + k) : Vector<Real>{};
#pragma GCC unroll 4
      for (int round = 1; round < L; round *= 2) {
#pragma GCC unroll 8
        for (int r = 0; r < L / 2; ++r) {
          next[2 * r] = interleave<0, Real>(block[r], block[r + L / 2], all);
          next[2 * r + 1] = interleave<L / 2, Real>(block[r], block[r + L / 2], all);
        }
#pragma GCC unroll 16
        for (int r = 0; r < L; ++r) block[r] = next[r];
      }
      if (kept == L) {
#pragma GCC unroll 16
        for (int r = 0; r < L; ++r) store(to + (k + r) * to_stride + j, block[r]);
      } else {
        for (int r = 0; r < L; ++r) store(to + (k + r) * to_stride + j, block[r], kept);
      }
    }
    for (; k < columns; ++k)
      for (int r = 0; r < kept; ++r)
        to[k * to_stride + j + r] = r < present ? from[(j + r) * stride + k] : Real(0);
  }
}

}  // namespace symopt::simd
