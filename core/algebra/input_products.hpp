// input_products.hpp — the two products that read a layer's input, without the inputs that are zero in every
// sample of the batch: a third of MNIST's pixels in a hundred pictures.
#pragma once
#include <cstdint>
#include <type_traits>

#include "core/algebra/dual.hpp"
#include "core/algebra/gemm.hpp"
#include "core/arrays.hpp"

namespace symopt {

// A term w·0 changes no bit of a sum that starts at 0, so leaving it out gives the same bits; only weights
// that are not finite would have shown (w·0 is NaN then).

/// B batch, I inputs, O outputs.  X: B×I  W: O×I  Z, dZ: B×O, all row-major and dense. Allocates on
/// construction only.
template <class Real>
class InputProducts {
 public:
  InputProducts(Index max_batch, Index outputs, Index inputs);

  /// Z = X Wᵀ.
  void forward(Index B, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch);
  /// dW = dZᵀ X, for the X of the last forward product.
  void weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW, Scratch<Real>& scratch);
  /// The inputs that the last forward product read.
  Index used() const { return used_; }

 private:
  using Lane = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
  void find(Index B, const Real* X);
  void plan();
  void compress(Index rows, const Real* from, Real* to) const;
  void expand(Index rows, const Real* from, Real* to) const;

  Index outputs_, inputs_, blocks_, used_;
  // For each block of as many columns as a vector has lanes, the last one filled up:
  Buffer<Lane> lit_;              // −1 in the columns that are not zero throughout
  Buffer<Lane> gather_, spread_;  // lanes of a block from which its lit columns move together, and back
  std::vector<Index> begin_;      // where the block's lit columns begin among all
  Buffer<Real> X_, W_;            // the lit columns of X and of W or dW, a vector longer than they can be
};

/// A value of 0 may have a derivative: all inputs are read.
template <class Real>
class InputProducts<Dual<Real>> {
 public:
  InputProducts(Index, Index outputs, Index inputs) : outputs_(outputs), inputs_(inputs) {}
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
