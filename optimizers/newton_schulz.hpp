// newton_schulz.hpp — the orthogonal factor of a matrix by the quintic Newton-Schulz iteration with the
// coefficients of Jordan 2024 (Muon).  X: R×C
#pragma once
#include <cmath>

#include "core/algebra/gemm.hpp"
#include "core/arrays.hpp"

namespace symopt {

/// X ← X/(‖X‖ + 1e-7), then `steps` times X ← a X + (b A + c A²) X with A = X Xᵀ. Every singular value σ of
/// X/‖X‖ goes through p(σ) = a σ + b σ³ + c σ⁵, which drives (0, 1] into about [0.7, 1.2]. For R > C the
/// same on columns, A = Xᵀ X, so that A is the smaller of the two.
template <class Real>
class NewtonSchulz {
 public:
  static constexpr double a = 3.4445, b = -4.7750, c = 2.0315;

  /// Memory for matrices of up to `elements` elements, whose shorter side is `side` at most.
  void reserve(Index elements, Index side) {
    Y_.resize(static_cast<size_t>(elements));
    A_.resize(static_cast<size_t>(side * side));
    A2_.resize(A_.size());
  }

  void orthogonalize(MatrixView<Real> X, int steps) {
    const Index R = X.rows(), C = X.cols(), n = std::min(R, C);
    // 0·norm: squares that overflow give NaN, not a matrix of zeros.
    const Real norm = std::sqrt(X.squaredNorm());
    X *= 1 / (norm + Real(1e-7)) + 0 * norm;
    MatrixView<Real> Y(Y_.data(), R, C), A(A_.data(), n, n), A2(A2_.data(), n, n);
    for (int k = 0; k < steps; ++k) {
      if (R <= C)
        multiply_nt(R, R, C, X.data(), X.data(), A.data(), scratch_);
      else
        multiply_tn(C, C, R, X.data(), X.data(), A.data(), scratch_);
      multiply_nn(n, n, n, A.data(), A.data(), A2.data(), scratch_);
      A = Real(b) * A + Real(c) * A2;
      if (R <= C)
        multiply_nn(R, C, R, A.data(), X.data(), Y.data(), scratch_);
      else
        multiply_nn(R, C, C, X.data(), A.data(), Y.data(), scratch_);
      X = Real(a) * X + Y;
    }
  }

 private:
  Buffer<Real> Y_, A_, A2_;
  Scratch<Real> scratch_;
};

}  // namespace symopt
