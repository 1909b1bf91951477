// convolution.cpp — convolutions as matrix products, by one of two ways.
//
// By patches: what the filters see at a tile of output pixels is gathered into rows, and the dense products
// do the rest. Any shape, any number type.
//
// Direct, without patches: channels lie last, so the k·C values that a filter's row y sees at a pixel are
// contiguous in the picture, and those of the next pixel begin stride·C values later. A product whose leading
// dimension is that step reads them where they lie, a picture's row of pixels at a time:  Z (+)= rows(y) W_yᵀ
// for y = 0 … k−1. At the edges windows hold fewer cells: there the products go down the columns. The
// gradient of the inputs is, for stride 1, the same with dZ in X's place and the filters turned by half a
// turn.
#include "core/algebra/convolution.hpp"

#include <algorithm>
#include <cstring>

#include "core/algebra/dual.hpp"

namespace symopt {

namespace {

// Parts of a batch whose weight gradients are summed apart.
constexpr Index kParts = 8;
// Values of patches that a thread holds, and of the band of a picture that it goes over k times: they stay in
// its second-level cache.
constexpr Index kTileValues = Index(1) << 18, kBandValues = Index(1) << 16;
// Columns from which on products go along a picture's rows.
constexpr Index kWide = 8;

// dW (+)= dZᵀ P.
template <class Real>
void accumulate(Index O, Index K, Index rows, const Real* dZ, const Real* P, Real* dW, bool add,
                Scratch<Real>& scratch) {
  add_tn<Real>(O, K, rows, {dZ, O}, {P, K}, {dW, K}, add, scratch);
}
template <class Real>
void accumulate(Index O, Index K, Index rows, const Dual<Real>* dZ, const Dual<Real>* P, Dual<Real>* dW,
                bool add, Scratch<Dual<Real>>& scratch) {
  if (!add) return multiply_tn(O, K, rows, dZ, P, dW, scratch);
  Buffer<Dual<Real>> more(static_cast<size_t>(O * K));
  multiply_tn(O, K, rows, dZ, P, more.data(), scratch);
  for (Index i = 0; i < O * K; ++i) dW[i] += more[static_cast<size_t>(i)];
}

// Runs of a few values, too short for a call of the library's copy.
template <class Real>
void copy_run(const Real* __restrict from, Index count, Real* __restrict to) {
  if (count > 64)
    std::copy_n(from, count, to);
  else
    for (Index i = 0; i < count; ++i) to[i] = from[i];
}

template <class Real>
Real* reserve(Buffer<Real>& buffer, Index count) {
  if (static_cast<Index>(buffer.size()) < count) buffer.resize(static_cast<size_t>(count));
  return buffer.data();
}

}  // namespace

template <class Real>
Convolution<Real>::Convolution(const ConvolutionShape& shape) : shape_(shape) {
  const Windows rows = shape.rows(), columns = shape.columns();
  const Index around = shape.kernel - 1;
  frame_ = {shape.input, shape.filters,  shape.kernel, shape.stride,
            rows.before, columns.before, rows.count,   columns.count};
  turned_frame_ = {shape.output(),       shape.input.channels,    shape.kernel,       1,
                   around - rows.before, around - columns.before, shape.input.height, shape.input.width};
  frame_.divide();
  if (shape.stride == 1) turned_frame_.divide();
}

template <class Real>
void Convolution<Real>::Frame::divide() {
  for (Index column = 0; column < columns; ++column) {
    const Index begin = column * stride - left;
    const Index skipped = std::max<Index>(0, -begin), cells = std::min(kernel, input.width - begin) - skipped;
    if (!spans.empty() && spans.back().skipped == skipped && spans.back().cells == cells)
      ++spans.back().last;
    else
      spans.push_back({column, column + 1, skipped, cells});
  }
}

template <class Real>
Index Convolution<Real>::Frame::first_row(Index y) const {
  return std::max<Index>(0, (above - y + stride - 1) / stride);
}
template <class Real>
Index Convolution<Real>::Frame::last_row(Index y) const {
  const Index reach = input.height + above - y;
  return reach <= 0 ? 0 : std::min(rows, (reach + stride - 1) / stride);
}

// Worth it where the products are deep and the rows of pixels long; where they are not, patches fill the
// tiles of a product better. Other number types than float go by patches: an independent way to the same
// values.
template <class Real>
bool Convolution<Real>::Frame::direct() const {
  return std::is_same_v<Real, float> && kernel * input.channels >= 48 && columns >= 12;
}

template <class Real>
Index Convolution<Real>::tile() const {
  return std::clamp<Index>(kTileValues / shape_.depth(), 64, 4096);
}

template <class Real>
typename Convolution<Real>::Work& Convolution<Real>::prepare(const Team& team, int who) {
  if (works_.size() < static_cast<size_t>(team.size())) works_.resize(static_cast<size_t>(team.size()));
  return works_[static_cast<size_t>(who)];
}

template <class Real>
void Convolution<Real>::gather(const Real* X, Index first, Index count, Real* patches) const {
  const PictureShape& in = shape_.input;
  const PictureShape out = shape_.output();
  const Index k = shape_.kernel, C = in.channels, above = shape_.rows().before,
              before = shape_.columns().before;
  Index picture = first / out.pixels(), row = first % out.pixels() / out.width,
        column = first % out.pixels() % out.width;
  for (Index r = 0; r < count; ++r) {
    const Index top = row * shape_.stride - above, left = column * shape_.stride - before;
    const Index begin = std::max<Index>(0, -left),
                end = std::min(k, in.width - left);  // columns inside the picture
    Index line = picture * in.size() + (top * in.width + left) * C;
    for (Index y = top; y < top + k; ++y, patches += k * C, line += in.width * C) {
      if (y < 0 || y >= in.height) {
        std::fill_n(patches, k * C, Real(0));
      } else if (begin == 0 && end == k) {
        copy_run(X + line, k * C, patches);
      } else {
        std::fill_n(patches, begin * C, Real(0));
        copy_run(X + line + begin * C, (end - begin) * C, patches + begin * C);
        std::fill_n(patches + end * C, (k - end) * C, Real(0));
      }
    }
    if (++column == out.width) column = 0, ++row;
    if (row == out.height) row = 0, ++picture;
  }
}

// The transpose of gather: each value is added to the pixel that it was taken from.
template <class Real>
void Convolution<Real>::scatter(const Real* patches, Index first, Index count, Real* dX) const {
  const PictureShape& in = shape_.input;
  const PictureShape out = shape_.output();
  const Index k = shape_.kernel, C = in.channels, above = shape_.rows().before,
              before = shape_.columns().before;
  for (Index r = first; r < first + count; ++r) {
    const Index picture = r / out.pixels(), pixel = r % out.pixels();
    const Index top = pixel / out.width * shape_.stride - above,
                left = pixel % out.width * shape_.stride - before;
    const Index begin = std::max<Index>(0, -left), end = std::min(k, in.width - left);
    Real* to = dX + picture * in.size();
    for (Index y = 0; y < k; ++y, patches += k * C) {
      if (top + y < 0 || top + y >= in.height) continue;
      Real* __restrict line = to + ((top + y) * in.width + left + begin) * C;
      const Real* __restrict share = patches + begin * C;
      for (Index i = 0; i < (end - begin) * C; ++i) line[i] += share[i];
    }
  }
}

// The rows themselves where a patch is a pixel.
template <class Real>
const Real* Convolution<Real>::patches(const Real* X, Index first, Index count, Buffer<Real>& memory) const {
  if (shape_.kernel == 1 && shape_.stride == 1) return X + first * shape_.input.channels;
  Real* P = reserve(memory, tile() * shape_.depth());
  gather(X, first, count, P);
  return P;
}

// Z (+)= of the rows out first … last − 1, by their windows' row of cells y.
template <class Real>
void Convolution<Real>::forward_rows(const Frame& f, Index y, Index first, Index last, const Real* X,
                                     const Real* W, Real* Z, bool add, Work& work) {
  if constexpr (std::is_same_v<Real, float>) {
    if (first >= last) return;
    const Index C = f.input.channels, k = f.kernel, O = f.filters, step = f.stride * C, rows = last - first,
                line = step * f.input.width, line_out = f.columns * O;
    for (const Span& span : f.spans) {
      const Index columns = span.last - span.first;
      const Real* x = X + ((first * f.stride + y - f.above) * f.input.width + span.first * f.stride - f.left +
                           span.skipped) *
                              C;
      const Strided<const Real> w{W + (y * k + span.skipped) * C, k * k * C};
      Real* z = Z + first * line_out + span.first * O;
      if (columns >= kWide)
        add_nt<Real>({rows, line, line_out}, columns, O, span.cells * C, {x, step}, w, {z, O}, add,
                     work.products);
      else
        add_nt<Real>({columns, step, O}, rows, O, span.cells * C, {x, line}, w, {z, line_out}, add,
                     work.products);
    }
  }
}

template <class Real>
void Convolution<Real>::forward_direct(const Frame& f, const Real* X, const Real* W, Real* Z, Work& work) {
  const Index band =
      std::clamp<Index>(kBandValues / (f.stride * f.input.width * f.input.channels), 1, f.rows);
  for (Index row = 0; row < f.rows; row += band) {
    const Index end = std::min(row + band, f.rows);
    Index begun = end;  // rows from here on have had a product
    for (Index y = 0; y < f.kernel; ++y) {
      const Index first = std::clamp(f.first_row(y), row, end), last = std::clamp(f.last_row(y), row, end);
      forward_rows(f, y, first, std::min(begun, last), X, W, Z, false, work);
      forward_rows(f, y, std::max(first, begun), last, X, W, Z, true, work);
      begun = std::min(begun, first);
    }
  }
}

// dW +=
template <class Real>
void Convolution<Real>::weight_gradient_direct(const Frame& f, const Real* dZ, const Real* X, Real* dW,
                                               Work& work) {
  if constexpr (std::is_same_v<Real, float>) {
    const Index C = f.input.channels, k = f.kernel, O = f.filters, step = f.stride * C,
                line = step * f.input.width, line_out = f.columns * O;
    const auto add = [&](Index y, const Span& span, Index row, Index column, Index count, Index out,
                         Index in) {
      const Index at =
          (row * f.stride + y - f.above) * f.input.width + column * f.stride - f.left + span.skipped;
      add_tn<Real>(O, span.cells * C, count, {dZ + row * line_out + column * O, out}, {X + at * C, in},
                   {dW + (y * k + span.skipped) * C, k * k * C}, true, work.products);
    };
    for (Index row = 0; row < f.rows; ++row)
      for (Index y = 0; y < k; ++y) {
        if (row < f.first_row(y) || row >= f.last_row(y)) continue;
        for (const Span& span : f.spans)
          if (span.last - span.first >= kWide) add(y, span, row, span.first, span.last - span.first, O, step);
      }
    for (const Span& span : f.spans)
      for (Index column = span.first; column < span.last && span.last - span.first < kWide; ++column)
        for (Index y = 0; y < k; ++y)
          if (const Index rows = f.last_row(y) - f.first_row(y); rows > 0)
            add(y, span, f.first_row(y), column, rows, line_out, line);
  }
}

template <class Real>
void Convolution<Real>::forward(Index B, const Real* X, const Real* W, Real* Z, Team& team) {
  prepare(team, 0);
  const Frame& f = frame_;
  const Index O = shape_.filters, pixels = shape_.output().pixels();
  if (f.direct())
    return team.run(B, [&](Index b, int who) {
      forward_direct(f, X + b * shape_.input.size(), W, Z + b * pixels * O, prepare(team, who));
    });
  const Index rows = B * pixels, T = tile();
  team.run((rows + T - 1) / T, [&](Index t, int who) {
    Work& work = prepare(team, who);
    const Index first = t * T, count = std::min(T, rows - first);
    multiply_nt(count, O, shape_.depth(), patches(X, first, count, work.patches), W, Z + first * O,
                work.products);
  });
}

template <class Real>
void Convolution<Real>::weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW, Team& team) {
  prepare(team, 0);
  const Frame& f = frame_;
  const Index O = shape_.filters, K = shape_.depth(), pixels = shape_.output().pixels(), T = tile();
  const Index parts = std::min(B, kParts);
  Real* partial = parts == 1 ? dW : reserve(partial_, parts * O * K);
  team.run(parts, [&](Index part, int who) {
    Work& work = prepare(team, who);
    Real* sum = partial + part * O * K;
    const Index from = B * part / parts, to = B * (part + 1) / parts;  // pictures
    if (f.direct()) {
      std::fill_n(sum, O * K, Real(0));
      for (Index b = from; b < to; ++b)
        weight_gradient_direct(f, dZ + b * pixels * O, X + b * shape_.input.size(), sum, work);
      return;
    }
    for (Index first = from * pixels; first < to * pixels; first += T) {
      const Index count = std::min(T, to * pixels - first);
      accumulate(O, K, count, dZ + first * O, patches(X, first, count, work.patches), sum,
                 first > from * pixels, work.products);
    }
  });
  if (parts == 1) return;
  team.run(O, [&](Index o, int) {
    Real* __restrict sum = dW + o * K;
    std::copy_n(partial + o * K, K, sum);
    for (Index part = 1; part < parts; ++part) {
      const Real* __restrict more = partial + (part * O + o) * K;
      for (Index i = 0; i < K; ++i) sum[i] += more[i];
    }
  });
}

// turned[c] (y, x, o) = W[o] (k−1−y, k−1−x, c)
template <class Real>
void Convolution<Real>::turn(const Real* W) {
  const Index k = shape_.kernel, C = shape_.input.channels, O = shape_.filters;
  Real* to = reserve(turned_, C * k * k * O);
  for (Index c = 0; c < C; ++c)
    for (Index cell = k * k - 1; cell >= 0; --cell)
      for (Index o = 0; o < O; ++o) *to++ = W[(o * k * k + cell) * C + c];
}

template <class Real>
void Convolution<Real>::input_gradient(Index B, const Real* dZ, const Real* W, Real* dX, Team& team) {
  prepare(team, 0);
  const Index O = shape_.filters, K = shape_.depth(), pixels = shape_.output().pixels(), T = tile();
  const Frame& f = turned_frame_;
  if (shape_.stride == 1 && f.direct()) {
    turn(W);
    return team.run(B, [&](Index b, int who) {
      forward_direct(f, dZ + b * pixels * O, turned_.data(), dX + b * shape_.input.size(),
                     prepare(team, who));
    });
  }
  if (shape_.kernel == 1 && shape_.stride == 1) {
    const Index rows = B * pixels;
    return team.run((rows + T - 1) / T, [&](Index t, int who) {
      const Index first = t * T;
      multiply_nn(std::min(T, rows - first), K, O, dZ + first * O, W, dX + first * K,
                  prepare(team, who).products);
    });
  }
  team.run(B, [&](Index b, int who) {
    Work& work = prepare(team, who);
    std::fill_n(dX + b * shape_.input.size(), shape_.input.size(), Real(0));
    Real* shares = reserve(work.patches, T * K);
    for (Index first = b * pixels; first < (b + 1) * pixels; first += T) {
      const Index count = std::min(T, (b + 1) * pixels - first);
      multiply_nn(count, K, O, dZ + first * O, W, shares, work.products);
      scatter(shares, first, count, dX);
    }
  });
}

template class Convolution<float>;
template class Convolution<double>;
template class Convolution<Dual<double>>;

}  // namespace symopt
