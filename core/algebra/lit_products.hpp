// lit_products.hpp — the two products that read a network's input, without the values that are zero: four of
// five of MNIST's pixels.
#pragma once
#include <cstdint>
#include <vector>

#include "core/algebra/dual.hpp"
#include "core/algebra/gemm.hpp"
#include "core/arrays.hpp"

namespace symopt {

// A term w·0 changes no bit of a sum that starts at 0, so leaving it out gives the same bits; only a value
// that is not finite would have shown (w·0 is NaN then).

/// A sample's values that are not zero among the columns of a panel, and which columns.
template <class Real>
struct Lit {
  const Real* values;
  const std::int32_t* columns;
  Index count;
};

/// A value that is not zero, and whose it is.
template <class Real>
struct LitSample {
  Real value;
  std::int32_t sample;
};

/// B batch, I inputs, O outputs.  X: B×I  W: O×I  Z, dZ: B×O, all row-major and dense. Allocates on
/// construction only, but for what `scratch` needs.
template <class Real>
class LitProducts {
 public:
  LitProducts(Index max_batch, Index outputs, Index inputs);

  /// Z = X Wᵀ.
  void forward(Index B, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch);
  /// dW = dZᵀ X, for the X of the last forward product.
  void weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW, Scratch<Real>& scratch);
  /// The values that the last forward product read.
  Index used() const { return used_; }

 private:
  void find(Index B, const Real* X);
  Lit<Real> lit(Index b, Index panel) const {
    const std::int32_t* begin = begin_.data() + b * panels_ + panel;
    return {values_.data() + begin[0], columns_.data() + begin[0], begin[1] - begin[0]};
  }

  Index outputs_, inputs_, most_ = 0, panels_ = 0, used_ = 0;
  bool lit_ = false;  // whether the last forward product read lit values only
  // The values that are not zero, sample after sample, and their columns within a panel of columns; a vector
  // longer than they can be. begin_: for each sample and panel.
  Buffer<Real> values_;
  Buffer<std::int32_t> columns_;
  std::vector<std::int32_t> begin_;
  Buffer<Real> panel_;                    // of Wᵀ or dWᵀ
  std::vector<LitSample<Real>> samples_;  // by column of a panel: those that light it
};

/// A value of 0 may have a derivative: all inputs are read.
template <class Real>
class LitProducts<Dual<Real>> {
 public:
  LitProducts(Index, Index outputs, Index inputs) : outputs_(outputs), inputs_(inputs) {}
  void forward(Index B, const Dual<Real>* X, const Dual<Real>* W, Dual<Real>* Z,
               Scratch<Dual<Real>>& scratch) {
    multiply_nt(B, outputs_, inputs_, X, W, Z, scratch);
  }
  void weight_gradient(Index B, const Dual<Real>* dZ, const Dual<Real>* X, Dual<Real>* dW,
                       Scratch<Dual<Real>>& scratch) {
    multiply_tn(outputs_, inputs_, B, dZ, X, dW, scratch);
  }

 private:
  Index outputs_, inputs_;
};

}  // namespace symopt
