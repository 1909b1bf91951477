// inputs.hpp — what a network reads: X: B×I, or only its values that are not zero, from which X is made where
// somebody asks for it.
#pragma once
#include "core/algebra/lit_rows.hpp"

namespace symopt {

/// The lit values of a batch, and X once somebody has asked for it.
template <class Real>
class LitInputs {
 public:
  explicit LitInputs(Index inputs) : rows_(inputs) {}
  const LitRows<Real>& rows() const { return rows_; }
  /// The samples at `indices`, times `scale`.
  void take(const LitPixels& pixels, std::span<const std::uint32_t> indices, Real scale) {
    rows_.take(pixels, indices, scale);
    filled_ = false;
  }
  const Real* dense() {
    if (filled_) return X_.data();
    const auto needed = static_cast<size_t>(rows_.rows() * rows_.inputs());
    if (X_.size() < needed) X_.resize(needed);
    rows_.fill(X_.data());
    filled_ = true;
    return X_.data();
  }

 private:
  LitRows<Real> rows_;
  Buffer<Real> X_;
  bool filled_ = false;
};

/// A view: valid as long as what it was made from.
template <class Real>
class Inputs {
 public:
  Inputs(const Real* X, Index rows, Index cols) : X_(X), rows_(rows), cols_(cols) {}
  Inputs(const ConstMatrixView<Real>& X) : Inputs(X.data(), X.rows(), X.cols()) {}
  explicit Inputs(LitInputs<Real>& lit) : Inputs(nullptr, lit.rows().rows(), lit.rows().inputs()) {
    lit_ = &lit;
  }

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }
  Index size() const { return rows_ * cols_; }
  /// nullptr where only X is known.
  const LitRows<Real>* lit() const { return lit_ == nullptr ? nullptr : &lit_->rows(); }
  /// All values: rows×cols.
  const Real* data() const { return lit_ == nullptr ? X_ : lit_->dense(); }
  operator ConstMatrixView<Real>() const { return {data(), rows_, cols_}; }

 private:
  const Real* X_;
  Index rows_, cols_;
  LitInputs<Real>* lit_ = nullptr;
};

}  // namespace symopt
