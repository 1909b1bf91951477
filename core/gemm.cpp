// gemm.cpp — the three matrix products of a layer, after Goto & van de Geijn 2008 and BLIS (Van Zee & van de
// Geijn 2015).
//
// All three are C (M×N) = A B with one kernel, which broadcasts elements of A (any strides) and loads vectors
// of B's rows. X and W serve as B in the gradients just as they lie; the forward product needs Wᵀ, so W is
// transposed panel by panel on the way.
//
//        A: M×K   B: K×N     L      lanes of a vector
//   nt   X        Wᵀ         panel  `depth` rows of B by up to kWidth vectors
//   tn   dZᵀ      X          tile   what the registers hold of C: up to kWidth vectors of up to 8 rows
//   nn   dZ       W
//
// Every element of C is one chain of (fused) multiply-adds over k = 0, 1, …, K−1, whatever the blocking.
#include "core/gemm.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace symopt {
namespace {

#if defined(__AVX512F__)
constexpr int kBytes = 64, kRegisters = 32;
#elif defined(__AVX__)
constexpr int kBytes = 32, kRegisters = 16;
#else
constexpr int kBytes = 16, kRegisters = 16;
#endif

// A tile's accumulators hide the latency of the multiply-add (4 cycles × 2 pipes = 8 of them at least); the
// wider it is, the fewer loads a multiply-add costs. 6×4 (or 6×2 with 16 registers) leaves room for a row of
// B and one broadcast. Narrower tiles are taller for the same reason.
constexpr int kWidth = kRegisters == 32 ? 4 : 2;
constexpr int tile_rows(int width) { return width == kWidth ? 6 : 8; }

// A panel of B, kDepth × kWidth·L, takes 36 KiB at most: it stays in a first-level cache of 48 KiB (18 KiB of
// 32) while all of A goes by. A multiple of every L, so that only the last panel has a ragged end.
constexpr Index kDepth = 144;

template <class Real>
constexpr int lanes = kBytes / static_cast<int>(sizeof(Real));

template <class Real>
struct Simd {
  typedef Real Vector __attribute__((vector_size(kBytes)));
  typedef Real Unaligned __attribute__((vector_size(kBytes), aligned(alignof(Real)), may_alias));
};
template <class Real>
using Vector = typename Simd<Real>::Vector;

template <class Real>
Vector<Real> load(const Real* p) {
  return *reinterpret_cast<const typename Simd<Real>::Unaligned*>(p);
}
template <class Real>
void store(Real* p, Vector<Real> v) {
  *reinterpret_cast<typename Simd<Real>::Unaligned*>(p) = v;
}

// The first `count` lanes of a vector that may end beyond the array.
template <class Real>
Vector<Real> load(const Real* p, int count) {
  Vector<Real> v = {};
  std::memcpy(&v, p, static_cast<std::size_t>(count) * sizeof(Real));
  return v;
}
template <class Real>
void store(Real* p, Vector<Real> v, int count) {
  std::memcpy(p, &v, static_cast<std::size_t>(count) * sizeof(Real));
}

template <class Real>
struct Strided {
  const Real* data;
  Index row, column;
};

// C += A B (C = A B if `fresh`) for Rows rows and Width vectors, of the last of which `last` lanes exist in
// C.
template <int Rows, int Width, class Real>
void tile(Index depth, Strided<Real> A, const Real* B, Index ldb, Real* C, Index ldc, int last, bool fresh) {
  constexpr int L = lanes<Real>;
  Vector<Real> acc[Rows][Width] = {};
  if (!fresh) {
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < Width; ++j) {
        const Real* c = C + i * ldc + j * L;
        acc[i][j] = j + 1 < Width || last == L ? load(c) : load(c, last);
      }
    }
  }
  for (Index k = 0; k < depth; ++k) {
    Vector<Real> b[Width];
#pragma GCC unroll 4
    for (int j = 0; j < Width; ++j) b[j] = load(B + k * ldb + j * L);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const Real a = A.data[i * A.row + k * A.column];
#pragma GCC unroll 4
      for (int j = 0; j < Width; ++j) acc[i][j] += a * b[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < Width; ++j) {
      Real* c = C + i * ldc + j * L;
      if (j + 1 < Width || last == L)
        store(c, acc[i][j]);
      else
        store(c, acc[i][j], last);
    }
  }
}

// Cuts `total` into the fewest parts of at most `most`, as equal as possible: no thin remainder at the end.
struct Parts {
  Index total, count;
  Parts(Index all, Index most) : total(all), count((all + most - 1) / most) {}
  Index begin(Index part) const { return part * (total / count) + std::min(part, total % count); }
  Index size(Index part) const { return begin(part + 1) - begin(part); }
};

// All rows of C for one panel of B.
template <int Width, int Rows, class Real>
void run_tile(int rows, Index depth, Strided<Real> A, const Real* B, Index ldb, Real* C, Index ldc, int last,
              bool fresh) {
  if (rows == Rows)
    tile<Rows, Width>(depth, A, B, ldb, C, ldc, last, fresh);
  else if constexpr (Rows > 1)
    run_tile<Width, Rows - 1>(rows, depth, A, B, ldb, C, ldc, last, fresh);
}

template <int Width, class Real>
void run_panel(int width, Index M, Index depth, Strided<Real> A, const Real* B, Index ldb, Real* C, Index ldc,
               int last, bool fresh) {
  if (width == Width) {
    const Parts parts(M, tile_rows(Width));
    for (Index p = 0; p < parts.count; ++p) {
      const Index i = parts.begin(p);
      run_tile<Width, tile_rows(Width)>(static_cast<int>(parts.size(p)), depth,
                                        {A.data + i * A.row, A.row, A.column}, B, ldb, C + i * ldc, ldc, last,
                                        fresh);
    }
  } else if constexpr (Width > 1) {
    run_panel<Width - 1>(width, M, depth, A, B, ldb, C, ldc, last, fresh);
  }
}

// One round of a transposition: interleaves a and b, keeping the lower (First = 0) or upper (First = L/2)
// halves.
template <int First, class Real, int... l>
Vector<Real> interleave(Vector<Real> a, Vector<Real> b, std::integer_sequence<int, l...>) {
  return __builtin_shufflevector(a, b, (First + l / 2 + (l % 2) * static_cast<int>(sizeof...(l)))...);
}

// panel (depth × stride) = Wᵀ for `columns` rows of W (leading dimension ldw); what is missing to full
// vectors is 0.
template <class Real>
void pack_transposed(Index depth, Index columns, const Real* W, Index ldw, Real* panel, Index stride) {
  constexpr int L = lanes<Real>;
  constexpr auto all = std::make_integer_sequence<int, L>();
  for (Index j = 0; j < columns; j += L) {
    const int rows = static_cast<int>(std::min<Index>(L, columns - j));
    Index k = 0;
    for (; k + L <= depth; k += L) {
      Vector<Real> block[L], next[L];
#pragma GCC unroll 16
      for (int r = 0; r < L; ++r) block[r] = r < rows ? load(W + (j + r) * ldw + k) : Vector<Real>{};
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
#pragma GCC unroll 16
      for (int r = 0; r < L; ++r) store(panel + (k + r) * stride + j, block[r]);
    }
    for (; k < depth; ++k)
      for (int r = 0; r < L; ++r) panel[k * stride + j + r] = r < rows ? W[(j + r) * ldw + k] : Real(0);
  }
}

// panel (depth × L) = B's last columns, filled up with 0.
template <class Real>
void pack_ragged(Index depth, Index columns, const Real* B, Index ldb, Real* panel, Index stride) {
  for (Index k = 0; k < depth; ++k)
    for (Index j = 0; j < stride; ++j) panel[k * stride + j] = j < columns ? B[k * ldb + j] : Real(0);
}

template <bool Transposed, class Real>
void multiply(Index M, Index N, Index K, Strided<Real> A, const Real* B, Index ldb, Real* C,
              Scratch<Real>& scratch) {
  constexpr Index L = lanes<Real>;
  Real* panel = scratch.reserve(static_cast<std::size_t>(kDepth * kWidth * L));
  const Parts depths((K + L - 1) / L, kDepth / L), widths((N + L - 1) / L, kWidth);
  for (Index d = 0; d < depths.count; ++d) {
    const Index k = depths.begin(d) * L, depth = std::min(K - k, depths.size(d) * L);
    for (Index w = 0; w < widths.count; ++w) {
      const Index j = widths.begin(w) * L, stride = widths.size(w) * L, columns = std::min(N - j, stride);
      const Real* source = Transposed ? B + j * ldb + k : B + k * ldb + j;
      const Real* rows = panel;
      Index ldr = stride;
      if constexpr (Transposed)
        pack_transposed(depth, columns, source, ldb, panel, stride);
      else if (columns < stride)
        pack_ragged(depth, columns, source, ldb, panel, stride);
      else
        rows = source, ldr = ldb;
      run_panel<kWidth>(static_cast<int>(stride / L), M, depth,
                        Strided<Real>{A.data + k * A.column, A.row, A.column}, rows, ldr, C + j, N,
                        static_cast<int>(columns - (stride - L)), k == 0);
    }
  }
}

}  // namespace

template <class Real>
void multiply_nt(Index B, Index O, Index I, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch) {
  multiply<true>(B, O, I, Strided<Real>{X, I, 1}, W, I, Z, scratch);
}

template <class Real>
void multiply_tn(Index O, Index I, Index B, const Real* dZ, const Real* X, Real* dW, Scratch<Real>& scratch) {
  multiply<false>(O, I, B, Strided<Real>{dZ, 1, O}, X, I, dW, scratch);
}

template <class Real>
void multiply_nn(Index B, Index I, Index O, const Real* dZ, const Real* W, Real* dX, Scratch<Real>& scratch) {
  multiply<false>(B, I, O, Strided<Real>{dZ, O, 1}, W, I, dX, scratch);
}

template void multiply_nt(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_nt(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);
template void multiply_tn(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_tn(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);
template void multiply_nn(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_nn(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);

}  // namespace symopt
