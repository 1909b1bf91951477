// pooling.cpp — a pass over each sample's pixels; samples are the shares of threads.
#include "core/network/pooling.hpp"

#include <algorithm>
#include <concepts>
#include <cstring>
#include <type_traits>

#include "core/algebra/dual.hpp"
#include "core/algebra/simd.hpp"

namespace symopt {

namespace {

// Calls visit(cell, offset) for the cells inside, in reading order. K × K ones, compiled as such, or, for
// K = 0, as many as the window says.
template <int K, class Visit>
void each_cell(const PoolingShape& shape, const PoolingWindow& window, const Visit& visit) {
  const Index rows = K > 0 ? K : window.rows, columns = K > 0 ? K : window.columns;
#pragma GCC unroll 3
  for (Index y = 0; y < rows; ++y)
#pragma GCC unroll 3
    for (Index x = 0; x < columns; ++x)
      visit(y * (K > 0 ? K : shape.kernel) + x, y * shape.line + x * shape.channels);
}

// As many channels at a time as a vector holds: numbers, and as many integers for their cells. Other numbers
// than float and double go one at a time.
template <class Real>
struct Lanes {
  static constexpr Index count = 1;
  using Values = Real;
  using Cells = int;
  static Values load(const Real* p, Index) { return *p; }
  static void store(Real* p, const Values& v, Index) { *p = v; }
  static Cells load(const std::uint8_t* p, Index) { return *p; }
  static void store(std::uint8_t* p, Cells cells, Index) { *p = static_cast<std::uint8_t>(cells); }
};
template <std::floating_point Real>
struct Lanes<Real> {
  static constexpr Index count = simd::lanes<Real>;
  using Values = simd::Vector<Real>;
  using Cells = decltype(Values{} < Values{});
  typedef std::uint8_t Bytes __attribute__((vector_size(count)));
  // 0 < n < count, said so that the compiler sees that copying n bytes of a vector stays within it.
  static size_t fewer(Index n) { return static_cast<size_t>(n) % count; }
  static Values load(const Real* p, Index n) { return simd::load(p, static_cast<int>(n)); }
  static void store(Real* p, Values v, Index n) { simd::store(p, v, static_cast<int>(n)); }
  static Cells load(const std::uint8_t* p, Index n) {
    Bytes bytes = {};
    if (n == count)
      std::memcpy(&bytes, p, count);
    else
      std::memcpy(&bytes, p, fewer(n));
    return __builtin_convertvector(bytes, Cells);
  }
  static void store(std::uint8_t* p, Cells cells, Index n) {
    const Bytes bytes = __builtin_convertvector(cells, Bytes);
    if (n == count)
      std::memcpy(p, &bytes, count);
    else
      std::memcpy(p, &bytes, fewer(n));
  }
};

// Calls visit(c, n) for the channels c … c + n − 1 that go together.
template <class Real, class Visit>
void each_lanes(Index channels, const Visit& visit) {
  constexpr Index L = Lanes<Real>::count;
  Index c = 0;
  for (; c + L <= channels; c += L) visit(c, std::integral_constant<Index, L>());
  if (c < channels) visit(c, channels - c);
}

// y ← the largest value of x, winner ← its cell.
template <int K, class Real>
void take_largest(const PoolingShape& shape, const PoolingWindow& window, const Real* x, Real* y,
                  std::uint8_t* winner) {
  using L = Lanes<Real>;
  each_lanes<Real>(shape.channels, [&](Index c, auto n) {
    typename L::Values most = L::load(x + c, n);
    typename L::Cells where = {};
    each_cell<K>(shape, window, [&](Index cell, Index at) {
      const typename L::Values value = L::load(x + at + c, n);
      const typename L::Cells more = value > most, undefined = value != value;
      const typename L::Cells wins = more | undefined;
      most = wins ? value : most;
      where = wins ? typename L::Cells{} + static_cast<int>(cell) : where;
    });
    L::store(y + c, most, n);
    L::store(winner + c, where, n);
  });
}

// x at the winner's cell ← (or, where windows overlap, +=) y, the other cells ← 0.
template <int K, bool add, class Real>
void spread_to_winner(const PoolingShape& shape, const PoolingWindow& window, const Real* y,
                      const std::uint8_t* winner, Real* x) {
  using L = Lanes<Real>;
  each_lanes<Real>(shape.channels, [&](Index c, auto n) {
    const typename L::Values value = L::load(y + c, n);
    const typename L::Cells where = L::load(winner + c, n);
    each_cell<K>(shape, window, [&](Index cell, Index at) {
      const typename L::Values share =
          where == typename L::Cells{} + static_cast<int>(cell) ? value : typename L::Values{};
      if constexpr (add)
        L::store(x + at + c, L::load(x + at + c, n) + share, n);
      else
        L::store(x + at + c, share, n);
    });
  });
}

// y ← x at the winner's cell.
template <int K, class Real>
void collect_from_winner(const PoolingShape& shape, const PoolingWindow& window, const Real* x,
                         const std::uint8_t* winner, Real* y) {
  using L = Lanes<Real>;
  each_lanes<Real>(shape.channels, [&](Index c, auto n) {
    const typename L::Cells where = L::load(winner + c, n);
    typename L::Values taken = {};
    each_cell<K>(shape, window, [&](Index cell, Index at) {
      taken = where == typename L::Cells{} + static_cast<int>(cell) ? L::load(x + at + c, n) : taken;
    });
    L::store(y + c, taken, n);
  });
}

}  // namespace

template <class Real>
MaxPool<Real>::MaxPool(const PictureShape& input, Index kernel, Index stride, Padding padding,
                       Index max_batch, Team& team)
    : input_(input), kernel_(kernel), stride_(stride), team_(team) {
  eigen_assert(padding != Padding::same);  // windows begin inside the picture
  const Windows rows(input.height, kernel, stride, padding), columns(input.width, kernel, stride, padding);
  output_ = {rows.count, columns.count, input.channels};
  disjoint_ = stride == kernel && padding == Padding::ceil;
  Y_.resize(static_cast<size_t>(max_batch * output_.size()));
  winner_.resize(Y_.size());
}

// Calls visit(integral constant K, window) for each window of a sample.
template <class Real>
template <class Visit>
void MaxPool<Real>::each_window(Index b, const Visit& visit) const {
  each_pooling_window(input_, output_, kernel_, stride_, b, [&](const PoolingWindow& window) {
    const bool whole = window.rows == kernel_ && window.columns == kernel_;
    if (whole && kernel_ == 2)
      visit(std::integral_constant<int, 2>(), window);
    else if (whole && kernel_ == 3)
      visit(std::integral_constant<int, 3>(), window);
    else
      visit(std::integral_constant<int, 0>(), window);
  });
}

template <class Real>
void MaxPool<Real>::forward(const Real*, Index B, const Real* X, Mode) {
  const PoolingShape shape{kernel_, input_.width * input_.channels, input_.channels};
  team_.run(B, [&](Index b, int) {
    each_window(b, [&](auto K, const PoolingWindow& w) {
      take_largest<K>(shape, w, X + w.in, Y_.data() + w.out, winner_.data() + w.out);
    });
  });
}

template <class Real>
void MaxPool<Real>::spread(Index b, const Real* y, Real* x) const {
  const PoolingShape shape{kernel_, input_.width * input_.channels, input_.channels};
  if (disjoint_) {
    each_window(b, [&](auto K, const PoolingWindow& w) {
      spread_to_winner<K, false>(shape, w, y + w.out, winner_.data() + w.out, x + w.in);
    });
  } else {
    std::fill_n(x + b * input_.size(), input_.size(), Real(0));
    each_window(b, [&](auto K, const PoolingWindow& w) {
      spread_to_winner<K, true>(shape, w, y + w.out, winner_.data() + w.out, x + w.in);
    });
  }
}

template <class Real>
void MaxPool<Real>::collect(Index b, const Real* x, Real* y) const {
  const PoolingShape shape{kernel_, input_.width * input_.channels, input_.channels};
  each_window(b, [&](auto K, const PoolingWindow& w) {
    collect_from_winner<K>(shape, w, x + w.in, winner_.data() + w.out, y + w.out);
  });
}

template <class Real>
void MaxPool<Real>::backward(const Real*, Index B, const Real*, Real* dY, Real*, Real* dX) {
  if (dX == nullptr) return;
  team_.run(B, [&](Index b, int) { spread(b, dY, dX); });
}

template <class Real>
Unpool<Real>::Unpool(const MaxPool<Real>& pool, Index max_batch, Team& team) : pool_(pool), team_(team) {
  Y_.resize(static_cast<size_t>(max_batch * pool.input().size()));
}

template <class Real>
void Unpool<Real>::forward(const Real*, Index B, const Real* X, Mode) {
  team_.run(B, [&](Index b, int) { pool_.spread(b, X, Y_.data()); });
}

template <class Real>
void Unpool<Real>::backward(const Real*, Index B, const Real*, Real* dY, Real*, Real* dX) {
  if (dX == nullptr) return;
  team_.run(B, [&](Index b, int) { pool_.collect(b, dY, dX); });
}

template <class Real>
GlobalAverage<Real>::GlobalAverage(const PictureShape& input, Index max_batch) : input_(input) {
  Y_.resize(static_cast<size_t>(max_batch * input.channels));
}

template <class Real>
void GlobalAverage<Real>::forward(const Real*, Index B, const Real* X, Mode) {
  const Index P = input_.pixels(), C = input_.channels;
  for (Index b = 0; b < B; ++b) {
    ArrayView<Real> y(Y_.data() + b * C, C);
    y.setZero();
    for (Index p = 0; p < P; ++p) y += ConstArrayView<Real>(X + (b * P + p) * C, C);
    y /= static_cast<Real>(P);
  }
}

template <class Real>
void GlobalAverage<Real>::backward(const Real*, Index B, const Real*, Real* dY, Real*, Real* dX) {
  if (dX == nullptr) return;
  const Index P = input_.pixels(), C = input_.channels;
  for (Index b = 0; b < B; ++b)
    for (Index p = 0; p < P; ++p)
      ArrayView<Real>(dX + (b * P + p) * C, C) = ConstArrayView<Real>(dY + b * C, C) / static_cast<Real>(P);
}

template class MaxPool<float>;
template class MaxPool<double>;
template class MaxPool<Dual<double>>;
template class Unpool<float>;
template class Unpool<double>;
template class Unpool<Dual<double>>;
template class GlobalAverage<float>;
template class GlobalAverage<double>;
template class GlobalAverage<Dual<double>>;

}  // namespace symopt
