// gemm.hpp — the three matrix products of a layer: forward, gradient of the weights, gradient of the inputs.
// B batch, I inputs, O outputs.  X: B×I  W: O×I  Z, dZ: B×O, all row-major and dense (leading dimension =
// columns).
#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <new>

namespace symopt {

using Eigen::Index;

/// Working memory of the products, one per thread: grows to the largest shape it has met, then never
/// allocates.
template <class Real>
class Scratch {
 public:
  /// At least `count` elements on a 64-byte boundary, their contents undefined. Invalidates what it returned
  /// before.
  Real* reserve(std::size_t count) {
    if (count > capacity_) {
      storage_.reset(new (std::align_val_t{64}) Real[count]);
      capacity_ = count;
    }
    return storage_.get();
  }

 private:
  struct Free {
    void operator()(Real* p) const { operator delete[](p, std::align_val_t{64}); }
  };
  std::unique_ptr<Real[], Free> storage_;
  std::size_t capacity_ = 0;
};

// All dimensions ≥ 1; the result overlaps no operand. Every element is summed in the order of the summed
// index, one accumulator from the first term to the last: its bits do not depend on addresses, caches,
// threads, or on how many rows and columns are computed with it. Defined for float and double.

/// Z = X Wᵀ.
template <class Real>
void multiply_nt(Index B, Index O, Index I, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch);
/// dW = dZᵀ X.
template <class Real>
void multiply_tn(Index O, Index I, Index B, const Real* dZ, const Real* X, Real* dW, Scratch<Real>& scratch);
/// dX = dZ W.
template <class Real>
void multiply_nn(Index B, Index I, Index O, const Real* dZ, const Real* W, Real* dX, Scratch<Real>& scratch);

// What convolutions need of them: leading dimensions (distances between rows) of their own, sums that go on
// from what is there (`add`; else they start at 0), and, for the forward product, groups of B rows, one group
// a picture's row of pixels.

/// Group g of X begins at X + g·a, of Z at Z + g·c.
struct Groups {
  Index count = 1, a = 0, c = 0;
};
template <class Real>
struct Strided {
  Real* data;
  Index stride;
};
/// Z (+)= X Wᵀ for each group.
template <class Real>
void add_nt(Groups groups, Index B, Index O, Index I, Strided<const Real> X, Strided<const Real> W,
            Strided<Real> Z, bool add, Scratch<Real>& scratch);
/// dW (+)= dZᵀ X.
template <class Real>
void add_tn(Index O, Index I, Index B, Strided<const Real> dZ, Strided<const Real> X, Strided<Real> dW,
            bool add, Scratch<Real>& scratch);

}  // namespace symopt
