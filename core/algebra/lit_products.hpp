// lit_products.hpp — the two products that read a network's input, without the values that are zero: four of
// five of MNIST's pixels.
#pragma once
#include <cstdint>
#include <vector>

#include "core/algebra/dual.hpp"
#include "core/algebra/gemm.hpp"
#include "core/algebra/lit_rows.hpp"

namespace symopt {

// A term w·0 changes no bit of a sum that starts at 0, so leaving it out gives the same bits; only a value
// that is not finite would have shown (w·0 is NaN then).

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
  void forward(Index B, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch) {
    forward(B, find(B, X) ? &found_ : nullptr, X, W, Z, scratch);
  }
  /// The same for the X whose lit values are these; they are read by the gradient, too.
  void forward(const LitRows<Real>& rows, const Real* W, Real* Z, Scratch<Real>& scratch) {
    forward(rows.rows(), &rows, nullptr, W, Z, scratch);
  }
  /// The same for rows of W that begin `stride` apart; nothing is kept for the gradient.
  void forward(const LitRows<Real>& rows, const Real* W, Index stride, Real* Z) {
    add_panels(rows, W, stride, Z);
  }
  /// Whether B samples pay for the panels.
  static bool reads_lit(Index B) { return B >= kFewestSamples; }
  /// dW = dZᵀ X, for the X of the last forward product; X is read only where that product read it.
  void weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW, Scratch<Real>& scratch);
  /// The values that the last forward product read.
  Index used() const { return used_; }

 private:
  static constexpr Index kFewestSamples = 16;

  bool find(Index B, const Real* X) { return reads_lit(B) && !panel_.empty() && found_.find(B, X, most_); }
  void forward(Index B, const LitRows<Real>* lit, const Real* X, const Real* W, Real* Z,
               Scratch<Real>& scratch);
  void add_panels(const LitRows<Real>& lit, const Real* W, Index stride, Real* Z);

  Index outputs_, inputs_, most_ = 0, used_ = 0;
  const LitRows<Real>* lit_ = nullptr;    // that the last forward product read; none: it read all values
  LitRows<Real> found_;                   // in an X
  Buffer<Real> panel_;                    // of Wᵀ or dWᵀ
  std::vector<LitSample<Real>> samples_;  // by column of a panel: those that light it
};

/// A value of 0 may have a derivative: all inputs are read.
template <class Real>
class LitProducts<Dual<Real>> {
 public:
  LitProducts(Index, Index outputs, Index inputs) : outputs_(outputs), inputs_(inputs) {}
  static bool reads_lit(Index) { return false; }
  void forward(const LitRows<Dual<Real>>&, const Dual<Real>*, Dual<Real>*, Scratch<Dual<Real>>&) {}
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
