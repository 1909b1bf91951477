// general_linear.hpp — GL(h) on a hidden layer, given data (Zhao, Dehmamy, Walters, Yu 2022): V → gV on the
// layer's filters, and the next layer's weights U → the U' that gives the same outputs on the samples.
// n samples X: n×I, h filters, F features Y = σ(X Vᵀ): n×F, next layer U: O×F, with its columns the features.
#pragma once
#include "core/algebra/dual.hpp"
#include "core/symmetry/group.hpp"

namespace symopt {

/// U' = U + (U σ(VX) − U σ(gVX)) σ(gVX)⁺, with ⁺ the pseudo-inverse: the smallest change that gives the same
/// outputs on X, and the identity at g = I. Where n ≥ F and the features have rank F it is the paper's
/// U σ(VX) σ(gVX)⁺. The outputs are the same wherever the samples' features are linearly independent (rank
/// n ≤ F), or the layer is linear; otherwise they are the closest in least squares, and act() says so. With
/// biases g acts on [V b]. Pooling and batch normalization are part of σ. Allocates in every call.
class GeneralLinear {
 public:
  /// Of hidden layer `layer` (0, 1, …).
  GeneralLinear(const NetworkSpec& spec, size_t layer, Index max_samples);

  Index filters() const { return filters_.rows; }  ///< g: filters()×filters()

  /// theta ← g·theta.
  ActionStatus act(const Matrix<double>& g, const Matrix<double>& X, std::span<double> theta);
  /// direction ← d/dt (I + tT)·theta at t = 0: T V, and −U σ'(VX; TVX) σ(VX)⁺.
  void tangent(const Matrix<double>& T, const Matrix<double>& X, std::span<const double> theta,
               std::span<double> direction);
  /// D with ⟨c, direction(T)⟩ = ⟨D, T⟩ for every T: the adjoint of tangent().
  Matrix<double> pull_back(const Matrix<double>& X, std::span<const double> theta, std::span<const double> c);

 private:
  /// The network's features at this layer are the logits of the network cut behind it, with unit class
  /// vectors.
  Matrix<double> features(std::span<const double> theta, const Matrix<double>& X);
  void multiply_filters(const Matrix<double>& g, std::span<const double> theta,
                        std::span<double> result) const;
  Matrix<double> outer(std::span<const double> left, std::span<const double> right) const;

  size_t layer_;
  NetworkSpec cut_spec_;
  Network<double> cut_;
  Network<Dual<double>> cut_dual_;
  Block filters_, next_;
  Index bias_ = -1;  // offset
  Buffer<double> theta_, grad_;
};

}  // namespace symopt
