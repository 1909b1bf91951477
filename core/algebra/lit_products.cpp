// lit_products.cpp — a sample's lit values meet the rows of Wᵀ that belong to them. Wᵀ is made panel by panel
// of columns of W, small enough for the first-level cache, and all samples pass by before the next one. The
// gradient comes panel by panel too: for each column the samples that light it, and their rows of dZ; the
// panel is then turned into place.
//
// Every element of Z and dW is one chain of (fused) multiply-adds in the order of the summed index, as in
// gemm.cpp.
#include "core/algebra/lit_products.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "core/algebra/parts.hpp"
#include "core/algebra/transpose.hpp"
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace symopt {

namespace {

using simd::lanes, simd::load, simd::store, simd::transpose, simd::Vector;

// Vectors of outputs that are summed together: as many chains as hide the latency of a multiply-add.
constexpr int kOutputs = 8;
// A panel is kColumns × kOutputs·kBytes = 48 KiB at most. A multiple of all lanes.
constexpr Index kColumns = 96;
// Both products together, 100×128×784 with values lit at random, take 0.95 of the time of all values at a
// share of 0.30, 1.02 at 0.35 and 1.10 at 0.44 (one core of a Zen 5 EPYC): too high a bound on that
// processor. Few samples do not pay for the panels.
constexpr double kMostLit = 0.45;
constexpr Index kFewestSamples = 16;
// So many samples tell of the others.
constexpr Index kJudged = 8;

constexpr Index panels(Index inputs) { return (inputs + kColumns - 1) / kColumns; }

// Appends the values among `count` ≤ lanes that are not 0, and their columns, the first one being `first`.
// Writes whole vectors. Returns how many.
template <class Real>
Index append_lit(const Real* x, int count, std::int32_t first, Real* values, std::int32_t* columns) {
#if defined(__AVX512F__)
  if constexpr (sizeof(Real) == 4) {
    const __m512 v = _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), x);
    const __mmask16 lit = _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    _mm512_storeu_ps(values, _mm512_maskz_compress_ps(lit, v));
    _mm512_storeu_si512(columns,
                        _mm512_maskz_compress_epi32(lit, _mm512_add_epi32(lane, _mm512_set1_epi32(first))));
    return std::popcount(static_cast<unsigned>(lit));
  }
#endif
  Index found = 0;
  for (int l = 0; l < count; ++l) {
    values[found] = x[l];
    columns[found] = first + l;
    found += x[l] != Real(0);
  }
  return found;
}

// z (Width vectors, the last one of `last` lanes) += values × rows of the panel.
template <int Width, class Real>
void add_rows(const Lit<Real>& lit, const Real* panel, Real* z, int last, bool fresh) {
  constexpr int L = lanes<Real>;
  Vector<Real> sum[Width] = {};
  if (!fresh) {
#pragma GCC unroll 8
    for (int w = 0; w < Width; ++w) sum[w] = load(z + w * L, w + 1 < Width ? L : last);
  }
  for (Index i = 0; i < lit.count; ++i) {
    const Real* row = panel + lit.columns[i] * (Width * L);
#pragma GCC unroll 8
    for (int w = 0; w < Width; ++w) sum[w] += lit.values[i] * load(row + w * L);
  }
#pragma GCC unroll 8
  for (int w = 0; w < Width; ++w) store(z + w * L, sum[w], w + 1 < Width ? L : last);
}

// row (Width vectors) = the sum over samples of value × dz.
template <int Width, class Real>
void sum_samples(const LitSample<Real>* samples, Index count, const Real* dZ, Index stride, int last,
                 Real* row) {
  constexpr int L = lanes<Real>;
  Vector<Real> sum[Width] = {};
  for (Index i = 0; i < count; ++i) {
    const Real* dz = dZ + samples[i].sample * stride;
#pragma GCC unroll 8
    for (int w = 0; w < Width; ++w) sum[w] += samples[i].value * load(dz + w * L, w + 1 < Width ? L : last);
  }
#pragma GCC unroll 8
  for (int w = 0; w < Width; ++w) store(row + w * L, sum[w]);
}

// Calls f with the number of vectors, known at run time, as a constant.
template <int Width = kOutputs, class F>
void with_width(Index width, const F& f) {
  if (width == Width)
    f(std::integral_constant<int, Width>());
  else if constexpr (Width > 1)
    with_width<Width - 1>(width, f);
}

// Rows `output` … of W, `width` vectors of them, the last one of `last` lanes.
struct Rows {
  Index output, outputs, width;
  int last;
};

template <class Real, class Visit>
void visit_rows(Index outputs, const Visit& visit) {
  constexpr Index L = lanes<Real>;
  const Parts blocks((outputs + L - 1) / L, kOutputs);
  for (Index block = 0; block < blocks.count; ++block) {
    const Index output = blocks.begin(block) * L, width = blocks.length(block);
    const Index present = std::min(outputs - output, width * L);
    visit(Rows{output, present, width, static_cast<int>(present - (width - 1) * L)});
  }
}

}  // namespace

template <class Real>
LitProducts<Real>::LitProducts(Index max_batch, Index outputs, Index inputs)
    : outputs_(outputs), inputs_(inputs) {
  if (max_batch < kFewestSamples) return;
  most_ = static_cast<Index>(kMostLit * static_cast<double>(inputs));
  panels_ = panels(inputs);
  // A sample may be all lit before it shows that the batch has too many.
  const auto entries = static_cast<size_t>(max_batch * most_ + inputs + lanes<Real>);
  panel_.resize(static_cast<size_t>(kColumns * kOutputs * lanes<Real>));
  values_.resize(entries);
  columns_.resize(entries);
  begin_.resize(static_cast<size_t>(max_batch * panels_ + 1));
  samples_.resize(static_cast<size_t>(max_batch * std::min(kColumns, inputs)));
}

template <class Real>
void LitProducts<Real>::forward(Index B, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch) {
  find(B, X);
  if (!lit_) return multiply_nt(B, outputs_, inputs_, X, W, Z, scratch);
  Real* panel = panel_.data();
  for (Index p = 0; p < panels_; ++p) {
    const Index first = p * kColumns, columns = std::min(inputs_ - first, kColumns);
    visit_rows<Real>(outputs_, [&](const Rows& rows) {
      const Index stride = rows.width * lanes<Real>;
      transpose(rows.outputs, columns, W + rows.output * inputs_ + first, inputs_, panel, stride, stride);
      with_width(rows.width, [&](auto width) {
        for (Index b = 0; b < B; ++b)
          add_rows<width.value>(lit(b, p), panel, Z + b * outputs_ + rows.output, rows.last, p == 0);
      });
    });
  }
}

template <class Real>
void LitProducts<Real>::weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW,
                                        Scratch<Real>& scratch) {
  if (!lit_) return multiply_tn(outputs_, inputs_, B, dZ, X, dW, scratch);
  Real* panel = panel_.data();
  for (Index p = 0; p < panels_; ++p) {
    const Index first = p * kColumns, columns = std::min(inputs_ - first, kColumns);
    std::array<Index, kColumns> count = {};
    for (Index b = 0; b < B; ++b) {
      const Lit<Real> values = lit(b, p);
      for (Index i = 0; i < values.count; ++i) {
        const Index column = values.columns[i];
        samples_[static_cast<size_t>(column * B + count[static_cast<size_t>(column)]++)] = {
            values.values[i], static_cast<std::int32_t>(b)};
      }
    }
    visit_rows<Real>(outputs_, [&](const Rows& rows) {
      const Index stride = rows.width * lanes<Real>;
      with_width(rows.width, [&](auto width) {
        for (Index c = 0; c < columns; ++c)
          sum_samples<width.value>(samples_.data() + c * B, count[static_cast<size_t>(c)], dZ + rows.output,
                                   outputs_, rows.last, panel + c * stride);
      });
      transpose(columns, rows.outputs, panel, stride, dW + rows.output * inputs_ + first, inputs_, columns);
    });
  }
}

// lit_ where reading lit values only is worth it.
template <class Real>
void LitProducts<Real>::find(Index B, const Real* X) {
  constexpr Index L = lanes<Real>;
  lit_ = false;
  used_ = B * inputs_;
  if (B < kFewestSamples || panels_ == 0) return;
  Index found = 0;
  std::int32_t* begin = begin_.data();
  for (Index b = 0; b < B; ++b, X += inputs_) {
    for (Index first = 0; first < inputs_; first += kColumns) {
      *begin++ = static_cast<std::int32_t>(found);
      const Index end = std::min(inputs_ - first, kColumns);
      for (Index j = 0; j < end; j += L)
        found += append_lit(X + first + j, static_cast<int>(std::min(end - j, L)),
                            static_cast<std::int32_t>(j), values_.data() + found, columns_.data() + found);
    }
    if (found > most_ * (b < kJudged ? kJudged : B)) return;
  }
  *begin = static_cast<std::int32_t>(found);
  lit_ = true;
  used_ = found;
}

template class LitProducts<float>;
template class LitProducts<double>;

}  // namespace symopt
