// newton_schulz.hpp — the orthogonal factor of a matrix by quintic Newton-Schulz iterations.  X: R×C
#pragma once
#include <cmath>

#include "core/algebra/gemm.hpp"
#include "core/arrays.hpp"
#include "core/network/params.hpp"

namespace symopt {

/// p(σ) = a σ + b σ³ + c σ⁵, through which every singular value goes.
struct Quintic {
  double a, b, c;
};

/// Jordan 2024 (Muon), every step the same: (0, 1] comes into about [0.7, 1.2], fast.
inline constexpr Quintic kJordan = {3.4445, -4.7750, 2.0315};

/// Amsel, Persson, Musco, Gower 2025 (Polar Express), one after the other: [1e-3, 1] comes within 1e-5 of 1.
/// All but the last are of σ/1.01, which keeps rounding from leaving the interval.
inline constexpr Quintic kPolarExpress[] = {{8.28721201814563, -23.595886519098837, 17.300387312530933},
                                            {4.107059111542203, -2.9478499167379106, 0.5448431082926601},
                                            {3.9486908534822946, -2.908902115962949, 0.5518191394370137},
                                            {3.3184196573706015, -2.488488024314874, 0.51004894012372},
                                            {2.300652019954817, -1.6689039845747493, 0.4188073119525673},
                                            {1.891301407787398, -1.2679958271945868, 0.37680408948524835},
                                            {1.8750014808534479, -1.2500016453999487, 0.3750001645474248},
                                            {1.875, -1.25, 0.375}};

/// X ← X/(‖X‖ + 1e-7), then X ← a X + (b A + c A²) X with A = X Xᵀ. For R > C the same on columns, A = Xᵀ X,
/// so that A is the smaller of the two.
template <class Real>
class NewtonSchulz {
 public:
  /// Memory for matrices of the shapes of these blocks.
  void reserve(const std::vector<Block>& matrices) {
    Index elements = 0, side = 0;
    for (const Block& block : matrices)
      elements = std::max(elements, block.size()), side = std::max(side, std::min(block.rows, block.cols));
    Y_.assign(static_cast<size_t>(elements), Real(0));
    A_.resize(static_cast<size_t>(side * side));
    A2_.resize(A_.size());
    // Once now, of zeros: the products' scratch memory grows to what it will need.
    Buffer<Real> zeros(Y_.size(), Real(0));
    for (const Block& block : matrices) orthogonalize({zeros.data(), block.rows, block.cols}, 1);
  }

  /// `steps` times Jordan's.
  void orthogonalize(MatrixView<Real> X, int steps) {
    normalize(X, Real(1));
    for (int k = 0; k < steps; ++k) apply(X, kJordan);
  }

  /// U Vᵀ of the singular value decomposition of X, by Polar Express.
  void polar(MatrixView<Real> X) {
    constexpr double margin = 1.01;
    normalize(X, Real(margin));
    for (const Quintic& p : kPolarExpress) {
      const double m = &p == std::end(kPolarExpress) - 1 ? 1 : margin;
      apply(X, {p.a / m, p.b / (m * m * m), p.c / (m * m * m * m * m)});
    }
  }

 private:
  static void normalize(MatrixView<Real> X, Real margin) {
    // 0·norm: squares that overflow give NaN, not a matrix of zeros.
    const Real norm = std::sqrt(X.squaredNorm());
    X *= 1 / (margin * norm + Real(1e-7)) + 0 * norm;
  }

  void apply(MatrixView<Real> X, Quintic p) {
    const Index R = X.rows(), C = X.cols(), n = std::min(R, C);
    MatrixView<Real> Y(Y_.data(), R, C), A(A_.data(), n, n), A2(A2_.data(), n, n);
    if (R <= C)
      multiply_nt(R, R, C, X.data(), X.data(), A.data(), scratch_);
    else
      multiply_tn(C, C, R, X.data(), X.data(), A.data(), scratch_);
    multiply_nn(n, n, n, A.data(), A.data(), A2.data(), scratch_);
    A = Real(p.b) * A + Real(p.c) * A2;
    if (R <= C)
      multiply_nn(R, C, R, A.data(), X.data(), Y.data(), scratch_);
    else
      multiply_nn(R, C, C, X.data(), A.data(), Y.data(), scratch_);
    X = Real(p.a) * X + Y;
  }

  Buffer<Real> Y_, A_, A2_;
  Scratch<Real> scratch_;
};

}  // namespace symopt
