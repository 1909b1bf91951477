// convolution.cpp — convolutions as matrix products, by one of two ways.
//
// By patches: what the filters see at a tile of output pixels is gathered into rows, and the dense products
// do the rest. Any shape, any number type.
//
// Direct, without patches: channels lie last, so the k·C values that a filter's row y sees at a pixel are
// contiguous in a padded picture, and those of the next pixel begin stride·C values later. A product whose
// leading dimension is that step reads them where they lie, a picture's row of pixels at a time:  Z (+)=
// rows(y) W_yᵀ for y = 0 … k−1. The gradient of the inputs is, for stride 1, the same with dZ in X's place
// and the filters turned by half a turn.
#include "core/algebra/convolution.hpp"

#include <algorithm>
#include <cstring>

#include "core/algebra/dual.hpp"

namespace symopt {

namespace {

// Parts of a batch whose weight gradients are summed apart.
constexpr Index kParts = 8;
// Values of patches, or of a band of a padded picture, that a thread holds: they stay in its second-level
// cache.
constexpr Index kTileValues = Index(1) << 18, kBandValues = Index(1) << 16;

// dW (+)= dZᵀ P.
template <class Real>
void accumulate(Index O, Index K, Index rows, const Real* dZ, const Real* P, Real* dW, bool add,
                Scratch<Real>& scratch) {
  add_tn(O, K, rows, dZ, P, K, dW, K, add, scratch);
}
template <class Real>
void accumulate(Index O, Index K, Index rows, const Dual<Real>* dZ, const Dual<Real>* P, Dual<Real>* dW,
                bool add, Scratch<Dual<Real>>& scratch) {
  if (!add) return multiply_tn(O, K, rows, dZ, P, dW, scratch);
  Buffer<Dual<Real>> more(static_cast<size_t>(O * K));
  multiply_tn(O, K, rows, dZ, P, more.data(), scratch);
  for (Index i = 0; i < O * K; ++i) dW[i] += more[static_cast<size_t>(i)];
}

template <class Real>
Real* reserve(Buffer<Real>& buffer, Index count) {
  if (static_cast<Index>(buffer.size()) < count) buffer.resize(static_cast<size_t>(count));
  return buffer.data();
}

}  // namespace

template <class Real>
typename Convolution<Real>::Frame Convolution<Real>::frame() const {
  const Windows rows = shape_.rows(), columns = shape_.columns();
  return {shape_.input, shape_.filters, shape_.kernel, shape_.stride,
          rows.before,  columns.before, rows.count,    columns.count};
}

// Each input pixel gathers from the output pixels whose windows hold it.
template <class Real>
typename Convolution<Real>::Frame Convolution<Real>::turned_frame() const {
  const Index around = shape_.kernel - 1;
  return {shape_.output(),
          shape_.input.channels,
          shape_.kernel,
          1,
          around - shape_.rows().before,
          around - shape_.columns().before,
          shape_.input.height,
          shape_.input.width};
}

// Worth it where the products are deep and the rows of pixels long; where they are not, patches fill the
// tiles of a product better. Other number types than float go by patches: an independent way to the same
// values.
template <class Real>
bool Convolution<Real>::direct(const Frame& frame) {
  return std::is_same_v<Real, float> && frame.kernel * frame.input.channels >= 48 && frame.columns >= 12;
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
  for (Index r = first; r < first + count; ++r) {
    const Index picture = r / out.pixels(), pixel = r % out.pixels();
    const Index top = pixel / out.width * shape_.stride - above,
                left = pixel % out.width * shape_.stride - before;
    const Index begin = std::max<Index>(0, -left),
                end = std::min(k, in.width - left);  // columns inside the picture
    const Real* from = X + picture * in.size();
    for (Index y = 0; y < k; ++y, patches += k * C) {
      if (top + y < 0 || top + y >= in.height) {
        std::fill_n(patches, k * C, Real(0));
        continue;
      }
      std::fill_n(patches, begin * C, Real(0));
      std::copy_n(from + ((top + y) * in.width + left + begin) * C, (end - begin) * C, patches + begin * C);
      std::fill_n(patches + end * C, (k - end) * C, Real(0));
    }
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

template <class Real>
Index Convolution<Real>::Frame::band() const {
  return std::clamp<Index>(kBandValues / (stride * padded_width() * input.channels), 1, rows);
}

// What the rows of pixels out row … row + rows − 1 read: with the padding around it, from its first row on.
template <class Real>
const Real* Convolution<Real>::pad(const Frame& frame, const Real* picture, Index row, Index rows,
                                   Buffer<Real>& padded) {
  const PictureShape& in = frame.input;
  const Index C = in.channels, width = frame.padded_width();
  const Index first = row * frame.stride - frame.above, height = (rows - 1) * frame.stride + frame.kernel;
  if (first >= 0 && frame.left == 0 && first + height <= in.height && width == in.width)
    return picture + first * width * C;
  Real* to = reserve(padded, height * width * C);
  const Index shown = std::min(in.width, width - frame.left);
  for (Index y = first; y < first + height; ++y, to += width * C) {
    if (y < 0 || y >= in.height) {
      std::fill_n(to, width * C, Real(0));
      continue;
    }
    std::fill_n(to, frame.left * C, Real(0));
    std::copy_n(picture + y * in.width * C, shown * C, to + frame.left * C);
    std::fill_n(to + (frame.left + shown) * C, (width - frame.left - shown) * C, Real(0));
  }
  return padded.data();
}

template <class Real>
void Convolution<Real>::forward_direct(const Frame& f, const Real* X, const Real* W, Real* Z, Work& work) {
  if constexpr (std::is_same_v<Real, float>) {
    const Index C = f.input.channels, k = f.kernel, width = f.padded_width(), O = f.filters;
    for (Index row = 0, rows; row < f.rows; row += rows) {
      rows = std::min(f.band(), f.rows - row);
      const Real* padded = pad(f, X, row, rows, work.padded);
      for (Index y = 0; y < k; ++y)
        add_nt({rows, f.stride * width * C, f.columns * O}, f.columns, O, k * C, padded + y * width * C,
               f.stride * C, W + y * k * C, k * k * C, Z + row * f.columns * O, y > 0, work.products);
    }
  }
}

template <class Real>
void Convolution<Real>::weight_gradient_direct(const Frame& f, const Real* dZ, const Real* X, Real* dW,
                                               bool add, Work& work) {
  if constexpr (std::is_same_v<Real, float>) {
    const Index C = f.input.channels, k = f.kernel, width = f.padded_width(), O = f.filters;
    for (Index first = 0, rows; first < f.rows; first += rows) {
      rows = std::min(f.band(), f.rows - first);
      const Real* padded = pad(f, X, first, rows, work.padded);
      for (Index y = 0; y < k; ++y)
        for (Index row = 0; row < rows; ++row)
          add_tn(O, k * C, f.columns, dZ + (first + row) * f.columns * O,
                 padded + (row * f.stride + y) * width * C, f.stride * C, dW + y * k * C, k * k * C,
                 add || first + row > 0, work.products);
    }
  }
}

template <class Real>
void Convolution<Real>::forward(Index B, const Real* X, const Real* W, Real* Z, Team& team) {
  prepare(team, 0);
  const Frame f = frame();
  const Index O = shape_.filters, pixels = shape_.output().pixels();
  if (direct(f))
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
  const Frame f = frame();
  const Index O = shape_.filters, K = shape_.depth(), pixels = shape_.output().pixels(), T = tile();
  const Index parts = std::min(B, kParts);
  Real* partial = parts == 1 ? dW : reserve(partial_, parts * O * K);
  team.run(parts, [&](Index part, int who) {
    Work& work = prepare(team, who);
    Real* sum = partial + part * O * K;
    const Index from = B * part / parts, to = B * (part + 1) / parts;  // pictures
    if (direct(f)) {
      for (Index b = from; b < to; ++b)
        weight_gradient_direct(f, dZ + b * pixels * O, X + b * shape_.input.size(), sum, b > from, work);
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
  const Frame f = turned_frame();
  if (shape_.stride == 1 && direct(f)) {
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
