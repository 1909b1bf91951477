// gemm.cpp — the three matrix products of a layer, after Goto & van de Geijn 2008 and BLIS (Van Zee & van de
// Geijn 2015).
//
// All three are C (M×N) = A B with one kernel, which broadcasts elements of A (any strides) and loads vectors
// of B's rows. X and W serve as B in the gradients just as they lie; the forward product needs Wᵀ, so W is
// transposed panel by panel on the way.
//
//        A: M×K   B: K×N     L      lanes of a vector
//   nt   X        Wᵀ         panel  up to kDepth rows of B by up to kWidth vectors
//   tn   dZᵀ      X          tile   what the registers hold of C: up to kRows rows by up to kWidth vectors
//   nn   dZ       W
//
// Every element of C is one chain of (fused) multiply-adds over k = 0, 1, …, K−1, whatever the blocking.
#include "core/algebra/gemm.hpp"

#include <algorithm>

#include "core/algebra/parts.hpp"
#include "core/algebra/transpose.hpp"

namespace symopt {
namespace {

using simd::lanes, simd::load, simd::store, simd::Vector;

// Vectors in a row of a tile. A tile needs 8 accumulators at least to hide the latency of the multiply-add
// (4 cycles × 2 pipes), and the larger it is, the fewer loads a multiply-add costs: 10 for 24 at 6×4. 6×4 of
// 32 registers, 6×2 of 16, leaves room for a row of B and for what is broadcast.
#if defined(__AVX512F__)
constexpr int kWidth = 4;
#else
constexpr int kWidth = 2;
#endif
constexpr int kRows = 6;

// A panel of B is kDepth × kWidth·kBytes = 36 KiB at most (9 KiB with 32-byte vectors): it stays in the
// first-level cache, 48 KiB (32 KiB), while all of A goes by. A multiple of every L: only the last panel has
// a ragged end.
constexpr Index kDepth = 144;

template <class Real>
struct Left {  // A, from the element (0, k) of the panel on
  const Real* data;
  Index row, column;  // strides
};
template <class Real>
struct Panel {  // of B
  const Real* data;
  Index stride, depth;
};
template <class Real>
struct Target {  // the part of C that a panel adds to
  Real* data;
  Index stride;
  int last;    // lanes of its last vector that exist
  bool fresh;  // the first panel: C starts at 0
};

// C += A B for `count` tiles of Rows × Width, one below the other.
template <int Rows, int Width, class Real>
void multiply_tiles(Index count, Left<Real> A, Panel<Real> B, Target<Real> C) {
  constexpr int L = lanes<Real>;
  for (; count > 0; --count, A.data += Rows * A.row, C.data += Rows * C.stride) {
    Vector<Real> acc[Rows][Width] = {};
    if (!C.fresh) {
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
        for (int j = 0; j < Width; ++j)
          acc[i][j] = load(C.data + i * C.stride + j * L, j + 1 < Width ? L : C.last);
      }
    }
    const Real* b = B.data;
    const Real* a = A.data;
    for (Index k = 0; k < B.depth; ++k, a += A.column, b += B.stride) {
      Vector<Real> row[Width];
#pragma GCC unroll 4
      for (int j = 0; j < Width; ++j) row[j] = load(b + j * L);
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
        for (int j = 0; j < Width; ++j) acc[i][j] += a[i * A.row] * row[j];
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < Width; ++j)
        store(C.data + i * C.stride + j * L, acc[i][j], j + 1 < Width ? L : C.last);
    }
  }
}

// From the number of rows known at run time to the kernel compiled for it; no tile has 0 rows or more than
// kRows.
template <int Width, int Rows, class Real>
void multiply_rows(Index rows, Index count, Left<Real> A, Panel<Real> B, Target<Real> C) {
  if (rows == Rows)
    multiply_tiles<Rows, Width>(count, A, B, C);
  else if constexpr (Rows > 1)
    multiply_rows<Width, Rows - 1>(rows, count, A, B, C);
}

template <int Width, class Real>
void multiply_panel(Index width, Index M, Left<Real> A, Panel<Real> B, Target<Real> C) {
  if (width == Width) {
    const Parts parts(M, kRows);
    const Index taller = parts.begin(parts.longer);
    multiply_rows<Width, kRows>(parts.size + 1, parts.longer, A, B, C);
    A.data += taller * A.row;
    C.data += taller * C.stride;
    multiply_rows<Width, kRows>(parts.size, parts.count - parts.longer, A, B, C);
  } else if constexpr (Width > 1) {
    multiply_panel<Width - 1>(width, M, A, B, C);
  }
}

// panel (depth × L) = B's last columns, filled up with 0.
template <class Real>
void pack_ragged(Index depth, Index columns, const Real* B, Index ldb, Real* panel, Index stride) {
  for (Index k = 0; k < depth; ++k)
    for (Index j = 0; j < stride; ++j) panel[k * stride + j] = j < columns ? B[k * ldb + j] : Real(0);
}

// C (groups of M rows) = A B, or += where `add`: each panel of B serves all groups.
template <bool Transposed, class Real>
void multiply(Groups groups, Index M, Index N, Index K, Left<Real> A, const Real* B, Index ldb, Real* C,
              Index ldc, bool add, Scratch<Real>& scratch) {
  constexpr Index L = lanes<Real>;
  Real* packed = scratch.reserve(static_cast<std::size_t>(kDepth * kWidth * L));
  const Parts depths((K + L - 1) / L, kDepth / L), widths((N + L - 1) / L, kWidth);
  for (Index d = 0; d < depths.count; ++d) {
    const Index k = depths.begin(d) * L, depth = std::min(K - k, depths.length(d) * L);
    for (Index w = 0; w < widths.count; ++w) {
      const Index width = widths.length(w), j = widths.begin(w) * L, columns = std::min(N - j, width * L);
      Panel<Real> panel{packed, width * L, depth};
      if constexpr (Transposed)
        simd::transpose(columns, depth, B + j * ldb + k, ldb, packed, width * L, width * L);
      else if (columns < width * L)
        pack_ragged(depth, columns, B + k * ldb + j, ldb, packed, width * L);
      else
        panel = {B + k * ldb + j, ldb, depth};
      for (Index g = 0; g < groups.count; ++g)
        multiply_panel<kWidth>(width, M, Left<Real>{A.data + g * groups.a + k * A.column, A.row, A.column},
                               panel,
                               Target<Real>{C + g * groups.c + j, ldc,
                                            static_cast<int>(columns - (width - 1) * L), k == 0 && !add});
    }
  }
}

}  // namespace

template <class Real>
void multiply_nt(Index B, Index O, Index I, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch) {
  multiply<true>({}, B, O, I, Left<Real>{X, I, 1}, W, I, Z, O, false, scratch);
}

template <class Real>
void multiply_tn(Index O, Index I, Index B, const Real* dZ, const Real* X, Real* dW, Scratch<Real>& scratch) {
  multiply<false>({}, O, I, B, Left<Real>{dZ, 1, O}, X, I, dW, I, false, scratch);
}

template <class Real>
void multiply_nn(Index B, Index I, Index O, const Real* dZ, const Real* W, Real* dX, Scratch<Real>& scratch) {
  multiply<false>({}, B, I, O, Left<Real>{dZ, O, 1}, W, I, dX, I, false, scratch);
}

template <class Real>
void add_nt(Groups groups, Index B, Index O, Index I, Strided<const Real> X, Strided<const Real> W,
            Strided<Real> Z, bool add, Scratch<Real>& scratch) {
  multiply<true>(groups, B, O, I, Left<Real>{X.data, X.stride, 1}, W.data, W.stride, Z.data, Z.stride, add,
                 scratch);
}

template <class Real>
void add_tn(Index O, Index I, Index B, Strided<const Real> dZ, Strided<const Real> X, Strided<Real> dW,
            bool add, Scratch<Real>& scratch) {
  multiply<false>({}, O, I, B, Left<Real>{dZ.data, 1, dZ.stride}, X.data, X.stride, dW.data, dW.stride, add,
                  scratch);
}

template void add_nt(Groups, Index, Index, Index, Strided<const float>, Strided<const float>, Strided<float>,
                     bool, Scratch<float>&);
template void add_tn(Index, Index, Index, Strided<const float>, Strided<const float>, Strided<float>, bool,
                     Scratch<float>&);
template void add_nt(Groups, Index, Index, Index, Strided<const double>, Strided<const double>,
                     Strided<double>, bool, Scratch<double>&);
template void add_tn(Index, Index, Index, Strided<const double>, Strided<const double>, Strided<double>, bool,
                     Scratch<double>&);
template void multiply_nt(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_nt(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);
template void multiply_tn(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_tn(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);
template void multiply_nn(Index, Index, Index, const float*, const float*, float*, Scratch<float>&);
template void multiply_nn(Index, Index, Index, const double*, const double*, double*, Scratch<double>&);

}  // namespace symopt
