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
#include <utility>

#include "core/algebra/parts.hpp"
#include "core/algebra/transpose.hpp"

namespace symopt {

namespace {

using simd::lanes, simd::load, simd::store, simd::transpose, simd::Vector;

// Vectors of outputs that are summed together: as many chains as hide the latency of a multiply-add. A panel
// is kLitPanel × kOutputs·kBytes = 48 KiB at most.
constexpr int kOutputs = 8;

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
    : outputs_(outputs), inputs_(inputs), found_(inputs) {
  if (!reads_lit(max_batch)) return;
  most_ = static_cast<Index>(kMostLit * static_cast<double>(inputs));
  found_.reserve(max_batch, max_batch * most_ + inputs);
  panel_.resize(static_cast<size_t>(kLitPanel * kOutputs * lanes<Real>));
  samples_.resize(static_cast<size_t>(max_batch * std::min<Index>(kLitPanel, inputs)));
}

template <class Real>
void LitProducts<Real>::forward(Index B, const LitRows<Real>* lit, const Real* X, const Real* W, Real* Z,
                                Scratch<Real>& scratch) {
  lit_ = lit;
  used_ = lit == nullptr ? B * inputs_ : lit->count();
  if (lit == nullptr) return multiply_nt(B, outputs_, inputs_, X, W, Z, scratch);
  add_panels(*lit, W, inputs_, Z);
}

template <class Real>
void LitProducts<Real>::add_panels(const LitRows<Real>& lit, const Real* W, Index stride, Real* Z) {
  Real* panel = panel_.data();
  for (Index p = 0; p < lit.panels(); ++p) {
    const Index first = p * kLitPanel, columns = std::min<Index>(inputs_ - first, kLitPanel);
    visit_rows<Real>(outputs_, [&](const Rows& rows) {
      const Index length = rows.width * lanes<Real>;
      transpose(rows.outputs, columns, W + rows.output * stride + first, stride, panel, length, length);
      with_width(rows.width, [&](auto width) {
        for (Index b = 0; b < lit.rows(); ++b)
          add_rows<width.value>(lit.row(b, p), panel, Z + b * outputs_ + rows.output, rows.last, p == 0);
      });
    });
  }
}

template <class Real>
void LitProducts<Real>::weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW,
                                        Scratch<Real>& scratch) {
  if (lit_ == nullptr) return multiply_tn(outputs_, inputs_, B, dZ, X, dW, scratch);
  Real* panel = panel_.data();
  for (Index p = 0; p < lit_->panels(); ++p) {
    const Index first = p * kLitPanel, columns = std::min<Index>(inputs_ - first, kLitPanel);
    std::array<Index, kLitPanel> count = {};
    for (Index b = 0; b < B; ++b) {
      const Lit<Real> values = lit_->row(b, p);
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

template class LitProducts<float>;
template class LitProducts<double>;

}  // namespace symopt
