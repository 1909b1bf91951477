// matrix_root.hpp — powers of positive semi-definite matrices of a few sizes, by eigenvalues, in double.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/algebra/symmetric_eigen.hpp"

namespace symopt::optimizers {

/// Solvers and memory for each size. reserve() allocates, nothing else does.
class MatrixPowers {
 public:
  void reserve(const std::vector<Index>& sizes) {
    Index largest = 0;
    for (Index n : sizes) {
      largest = std::max(largest, n);
      if (n > 0 && !find(n)) solvers_.push_back(std::make_unique<SymmetricEigen<double>>(n));
    }
    rows_.resize(static_cast<size_t>(largest * largest)), scaled_.resize(rows_.size());
    // Once now, of zeros: the products' scratch memory grows to what it will need.
    Buffer<double> out(rows_.size());
    for (auto& solver : solvers_) {
      const Index n = solver->size();
      solver->matrix().setZero();
      solver->decompose();
      solver->vectors(rows_.data());
      multiply_tn<double>(n, n, n, rows_.data(), rows_.data(), out.data(), scratch_);
    }
  }

  /// Eigenvectors of S: n×n as rows, their eigenvalues in increasing order; of S, which is finite, the lower
  /// triangle is read. Valid until the next call.
  const double* eigenvectors(const ConstMatrixView<double>& S) {
    SymmetricEigen<double>& solver = *find(S.rows());
    solver.matrix() = S;
    solver.decompose();
    solver.vectors(rows_.data());
    return rows_.data();
  }

  /// out: n×n ← (S + shift·I)^exponent. Eigenvalues of S that rounding made negative count as 0. NaN where S
  /// is not finite.
  void power(const ConstMatrixView<double>& S, double exponent, double shift, double* out) {
    const Index n = S.rows();
    if (!S.allFinite()) {
      std::fill_n(out, n * n, std::numeric_limits<double>::quiet_NaN());
      return;
    }
    eigenvectors(S);
    const SymmetricEigen<double>& solver = *find(n);
    const MatrixView<double> rows(rows_.data(), n, n);
    MatrixView<double> scaled(scaled_.data(), n, n);
    for (Index i = 0; i < n; ++i)
      scaled.row(i) =
          std::pow(std::max(0.0, solver.scale() * solver.values()[i]) + shift, exponent) * rows.row(i);
    multiply_tn<double>(n, n, n, scaled_.data(), rows_.data(), out, scratch_);
  }

 private:
  SymmetricEigen<double>* find(Index n) {
    for (auto& solver : solvers_)
      if (solver->size() == n) return solver.get();
    return nullptr;
  }

  std::vector<std::unique_ptr<SymmetricEigen<double>>> solvers_;
  Buffer<double> rows_, scaled_;  // eigenvectors; these times the powers
  Scratch<double> scratch_;
};

}  // namespace symopt::optimizers
