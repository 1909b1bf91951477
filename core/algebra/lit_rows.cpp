// lit_rows.cpp — finding a batch's lit values, or taking those that a data set has found.
#include "core/algebra/lit_rows.hpp"

#include <bit>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace symopt {

namespace {

using simd::lanes;

// Appends the values among `count` ≤ lanes that are not 0, and their columns, the first one being `first`.
// Writes whole vectors. Returns how many.
template <class Real>
Index append_lit(const Real* x, int count, int first, Real* values, std::uint8_t* columns) {
#if defined(__AVX512F__)
  if constexpr (sizeof(Real) == 4) {
    const __m512 v = _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), x);
    const __mmask16 lit = _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i column = _mm512_add_epi32(lane, _mm512_set1_epi32(first));
    _mm512_storeu_ps(values, _mm512_maskz_compress_ps(lit, v));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(columns),
                     _mm512_cvtepi32_epi8(_mm512_maskz_compress_epi32(lit, column)));
    return std::popcount(static_cast<unsigned>(lit));
  }
#endif
  Index found = 0;
  for (int l = 0; l < count; ++l) {
    values[found] = x[l];
    columns[found] = static_cast<std::uint8_t>(first + l);
    found += x[l] != Real(0);
  }
  return found;
}

}  // namespace

template <class Real>
bool LitRows<Real>::find(Index rows, const Real* X, Index most) {
  constexpr Index L = lanes<Real>;
  Index found = 0;
  std::uint32_t* begin = begin_.data();
  for (Index b = 0; b < rows; ++b, X += inputs_) {
    for (Index first = 0; first < inputs_; first += kLitPanel) {
      *begin++ = static_cast<std::uint32_t>(found);
      const Index end = std::min<Index>(inputs_ - first, kLitPanel);
      for (Index j = 0; j < end; j += L)
        found += append_lit(X + first + j, static_cast<int>(std::min(end - j, L)), static_cast<int>(j),
                            values_.data() + found, columns_.data() + found);
    }
    if (found > most * (b < kJudged ? kJudged : rows)) return false;
  }
  *begin = static_cast<std::uint32_t>(found);
  rows_ = rows, count_ = found;
  return true;
}

template <class Real>
void LitRows<Real>::take(const LitPixels& pixels, std::span<const std::uint32_t> indices, Real scale) {
  reserve(static_cast<Index>(indices.size()), static_cast<Index>(indices.size() * pixels.most));
  std::uint32_t found = 0;
  std::uint32_t* begin = begin_.data();
  for (size_t b = 0; b < indices.size(); ++b) {
    // Samples are drawn at random: ask for later ones while this one is taken.
    if (b + 12 < indices.size()) __builtin_prefetch(pixels.begin.data() + indices[b + 12]);
    if (b + 4 < indices.size()) {
      const auto later = pixels.sample(indices[b + 4]);
      for (std::size_t i = 0; i < later.size(); i += 64) __builtin_prefetch(later.data() + i);
    }
    const auto sample = pixels.sample(indices[b]);
    const std::uint8_t* columns = sample.data() + pixels.panels;
    const auto count = static_cast<std::uint32_t>(sample.size() - pixels.panels) / 2;
    std::uint32_t before = found;
    for (size_t p = 0; p < pixels.panels; before += sample[p++]) *begin++ = before;
    std::copy_n(columns, count, columns_.data() + found);
    const std::uint8_t* __restrict from = columns + count;
    Real* __restrict to = values_.data() + found;
    for (std::uint32_t i = 0; i < count; ++i) to[i] = static_cast<Real>(from[i]) * scale;
    found += count;
  }
  *begin = found;
  rows_ = static_cast<Index>(indices.size()), count_ = static_cast<Index>(found);
}

template class LitRows<float>;
template class LitRows<double>;

}  // namespace symopt
