// input_products.cpp — columns move by permuting the lanes of one vector at a time: which lanes is worked out
// once for a batch, and holds for all rows of X and W.
#include "core/algebra/input_products.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/algebra/simd.hpp"

namespace symopt {

namespace {

using simd::lanes, simd::load, simd::permute, simd::store, simd::Vector;

// Moving columns costs as much as a tenth of the products of a hundred samples: where fewer can be left out,
// or the samples are few, all columns are multiplied.
constexpr Index most_used(Index inputs) { return inputs * 9 / 10; }
constexpr Index kFewestSamples = 32;

}  // namespace

template <class Real>
InputProducts<Real>::InputProducts(Index max_batch, Index outputs, Index inputs)
    : outputs_(outputs), inputs_(inputs), blocks_((inputs + lanes<Real> - 1) / lanes<Real>), used_(inputs) {
  if (max_batch < kFewestSamples) return;
  const auto columns = static_cast<std::size_t>(blocks_ * lanes<Real>);
  lit_.resize(columns);
  gather_.resize(columns);
  spread_.resize(columns);
  begin_.resize(static_cast<std::size_t>(blocks_));
  X_.resize(static_cast<std::size_t>(max_batch * most_used(inputs) + lanes<Real>));
  W_.resize(static_cast<std::size_t>(outputs * most_used(inputs) + lanes<Real>));
}

template <class Real>
void InputProducts<Real>::forward(Index B, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch) {
  find(B, X);
  if (used_ == inputs_) return multiply_nt(B, outputs_, inputs_, X, W, Z, scratch);
  compress(B, X, X_.data());
  compress(outputs_, W, W_.data());
  multiply_nt(B, outputs_, used_, X_.data(), W_.data(), Z, scratch);
}

template <class Real>
void InputProducts<Real>::weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW,
                                          Scratch<Real>& scratch) {
  if (used_ == inputs_) return multiply_tn(outputs_, inputs_, B, dZ, X, dW, scratch);
  multiply_tn(outputs_, used_, B, dZ, X_.data(), W_.data(), scratch);
  expand(outputs_, W_.data(), dW);
}

// used_ < inputs_ where leaving columns out is worth it. A product needs one column at least.
template <class Real>
void InputProducts<Real>::find(Index B, const Real* X) {
  constexpr Index L = lanes<Real>;
  used_ = inputs_;
  if (B < kFewestSamples) return;
  std::fill(lit_.begin(), lit_.end(), Lane(0));
  const auto look = [&](Index j, Vector<Real> x) {
    store(lit_.data() + j, load(lit_.data() + j) | Vector<Lane>(x != Vector<Real>{}));
  };
  const Index whole = inputs_ / L * L;
  const int rest = static_cast<int>(inputs_ - whole);
  for (Index b = 0; b < B; ++b, X += inputs_) {
    for (Index j = 0; j < whole; j += L) look(j, load(X + j));
    if (rest > 0) look(whole, load(X + whole, rest));
  }
  const Index count = -std::accumulate(lit_.begin(), lit_.end(), Index(0));
  if (count == 0 || count > most_used(inputs_)) return;
  used_ = count;
  plan();
}

template <class Real>
void InputProducts<Real>::plan() {
  constexpr Index L = lanes<Real>;
  Index before = 0;
  for (Index block = 0; block < blocks_; ++block) {
    const Lane* lit = lit_.data() + block * L;
    Lane* gather = gather_.data() + block * L;
    Lane* spread = spread_.data() + block * L;
    begin_[static_cast<std::size_t>(block)] = before;
    Lane count = 0;
    for (Lane lane = 0; lane < L; ++lane) {
      spread[lane] = count;
      gather[count] = lane;
      count += lit[lane] != 0;
      if (count == L) break;
    }
    before += count;
  }
}

// Each store writes a whole vector; what is beyond the block's own columns the next one overwrites, or the
// next row: a row must not be written before the one above it.
template <class Real>
void InputProducts<Real>::compress(Index rows, const Real* from, Real* to) const {
  constexpr Index L = lanes<Real>;
  const Index whole = inputs_ / L;
  const int rest = static_cast<int>(inputs_ % L);
  for (Index r = 0; r < rows; ++r, from += inputs_, to += used_) {
    for (Index block = 0; block < whole; ++block)
      store(to + begin_[static_cast<std::size_t>(block)],
            permute<Real>(load(from + block * L), load(gather_.data() + block * L)));
    if (rest > 0)
      store(to + begin_[static_cast<std::size_t>(whole)],
            permute<Real>(load(from + whole * L, rest), load(gather_.data() + whole * L)));
  }
}

template <class Real>
void InputProducts<Real>::expand(Index rows, const Real* from, Real* to) const {
  constexpr Index L = lanes<Real>;
  const Index whole = inputs_ / L;
  const int rest = static_cast<int>(inputs_ % L);
  const auto block_of = [&](Index block) {
    const Vector<Real> v = load(from + begin_[static_cast<std::size_t>(block)]);
    const Vector<Real> moved = permute<Real>(v, load(spread_.data() + block * L));
    return std::bit_cast<Vector<Real>>(load(lit_.data() + block * L) & std::bit_cast<Vector<Lane>>(moved));
  };
  for (Index r = 0; r < rows; ++r, from += used_, to += inputs_) {
    for (Index block = 0; block < whole; ++block) store(to + block * L, block_of(block));
    if (rest > 0) store(to + whole * L, block_of(whole), rest);
  }
}

template class InputProducts<float>;
template class InputProducts<double>;

}  // namespace symopt
