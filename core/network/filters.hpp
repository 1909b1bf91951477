// filters.hpp — the linear part of a layer: every filter's product with what it sees, a whole sample (dense)
// or k×k pixels at each place (convolution). B samples, R = B·pixels rows out, O filters, I weights a filter.
// W: O×I  Z, dZ: R×O
#pragma once
#include <functional>
#include <optional>

#include "core/algebra/convolution.hpp"
#include "core/algebra/lit_products.hpp"

namespace symopt {

template <class Real>
class Filters {
 public:
  /// Dense: Z = X Wᵀ with X: B×I.
  Filters(Index filters, Index inputs, Index max_batch) : filters_(filters), inputs_(inputs) {
    dense_.emplace(max_batch, filters, inputs);
  }
  explicit Filters(const ConvolutionShape& shape) : filters_(shape.filters), inputs_(shape.depth()) {
    convolution_.emplace(shape);
  }

  /// Z: what the filters give for B samples X.
  void forward(Index B, const Real* X, const Real* W, Real* Z, Scratch<Real>& scratch, Team& team) {
    if (convolution_) return convolution_->forward(B, X, W, Z, team);
    dense_->forward(B, X, W, Z, scratch);
  }
  /// Whether they multiply the lit values of B samples where these are given.
  bool reads_lit(Index B) const { return dense_ && LitProducts<Real>::reads_lit(B); }
  /// The same as forward(), for the X whose lit values these are; only where reads_lit().
  void forward(const LitRows<Real>& rows, const Real* W, Real* Z, Scratch<Real>& scratch) {
    dense_->forward(rows, W, Z, scratch);
  }
  /// dW: O×I, for the X of the last forward product.
  void weight_gradient(Index B, const Real* dZ, const Real* X, Real* dW, Scratch<Real>& scratch, Team& team) {
    if (convolution_) return convolution_->weight_gradient(B, dZ, X, dW, team);
    dense_->weight_gradient(B, dZ, X, dW, scratch);
  }
  /// dX: as X.
  void input_gradient(Index B, const Real* dZ, const Real* W, Real* dX, Scratch<Real>& scratch, Team& team) {
    if (convolution_) return convolution_->input_gradient(B, dZ, W, dX, team);
    multiply_nn(B, inputs_, filters_, dZ, W, dX, scratch);
  }

  /// Calls visit(rows) with what the filters saw of B samples X, by tiles of rows in their order: count×I,
  /// one row for each row of Z.
  template <class Visit>
  void visit_inputs(Index B, const Real* X, const Visit& visit) const {
    if (!convolution_) return visit(ConstMatrixView<Real>(X, B, inputs_));
    const Index rows = B * convolution_->shape().output().pixels(), tile = convolution_->tile();
    const size_t needed = static_cast<size_t>(std::min(rows, tile) * inputs_);
    if (seen_.size() < needed) seen_.resize(needed);
    for (Index first = 0; first < rows; first += tile) {
      const Index count = std::min(tile, rows - first);
      convolution_->gather(X, first, count, seen_.data());
      visit(ConstMatrixView<Real>(seen_.data(), count, inputs_));
    }
  }
  bool dense() const { return !convolution_; }

 private:
  Index filters_, inputs_;
  std::optional<LitProducts<Real>> dense_;
  std::optional<Convolution<Real>> convolution_;
  mutable Buffer<Real> seen_;  // a tile of visit_inputs()
};

}  // namespace symopt
