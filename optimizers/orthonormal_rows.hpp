// orthonormal_rows.hpp — an orthonormal basis from rows that may depend on each other, by Gram-Schmidt twice
// over, in double.
#pragma once
#include <algorithm>
#include <vector>

#include "core/algebra/gemm.hpp"
#include "core/arrays.hpp"

namespace symopt::optimizers {

class OrthonormalRows {
 public:
  void reserve(Index n) {
    if (n == 0) return;
    for (Buffer<double>* block : {&C_, &T_}) block->assign(static_cast<size_t>(n * kBlock), 0.0);
    square_.assign(static_cast<size_t>(n * n), 0.0);
    rest_.resize(n);
    late_.assign(static_cast<size_t>(n), 0);
    // Once now, of zeros: the products' scratch memory grows to what it will need.
    Buffer<double> rows(C_.size(), 0.0), E(square_.size(), 0.0);
    for (Index known : {Index(1), n}) {
      project(std::min(n, kBlock), known, n, rows.data(), E.data());
      multiply_tn(n, n, known, E.data(), E.data(), square_.data(), scratch_);
    }
  }

  /// E: n×n gets, in their order, what is new in each of the rows of P, orthonormal, and `order` the number
  /// of the row that each comes from; rows of which less than `least` is new are left out, and stand last in
  /// `order`. Returns how many rows E got.
  Index append(MatrixView<double> P, double least, MatrixView<double> E, Index* order) {
    const Index rows = P.rows(), n = P.cols();
    Index rank = 0, left_out = 0;
    for (Index from = 0; from < rows; from += kBlock) {
      const Index count = std::min(kBlock, rows - from), known = rank;
      for (int twice = 0; twice < 2 && known > 0; ++twice)
        project(count, known, n, P.row(from).data(), E.data());
      for (Index i = from; i < from + count; ++i) {
        auto row = P.row(i);
        for (int twice = 0; twice < 2; ++twice)
          for (Index j = known; j < rank; ++j) row -= row.dot(E.row(j)) * E.row(j);
        const double norm = row.norm();
        if (norm > least) {
          E.row(rank) = row / norm;
          order[rank++] = i;
        } else {
          late_[static_cast<size_t>(left_out++)] = i;
        }
      }
    }
    std::copy_n(late_.begin(), left_out, order + rank);
    return rank;
  }

  /// Rows from `rank` on, by the unit vectors of which most is new, one after the other: which basis stands
  /// for what the rows leave out then follows from the rows alone, whatever the order of the coordinates.
  void complete(MatrixView<double> E, Index rank) {
    const Index n = E.rows(), first = rank;
    if (rank == n) return;
    MatrixView<double> left_out(square_.data(), n, n);  // I − Eᵀ E, which shrinks with every row
    if (rank > 0)
      multiply_tn(n, n, rank, E.data(), E.data(), square_.data(), scratch_);
    else
      left_out.setZero();
    left_out = Matrix<double>::Identity(n, n) - left_out;
    auto rest = rest_.head(n);
    rest = left_out.diagonal().array();
    for (; rank < n; ++rank) {
      Index j;
      rest.maxCoeff(&j);
      const auto found = E.middleRows(first, rank - first);
      auto row = E.row(rank);
      row = left_out.row(j);
      if (rank > first) row.noalias() -= found.col(j).transpose() * found;
      row /= row.norm();
      rest -= row.transpose().array().square();
    }
  }

 private:
  static constexpr Index kBlock = 32;

  // The `count` rows at `rows` lose what lies along the first `known` rows of E.
  void project(Index count, Index known, Index n, double* rows, const double* E) {
    multiply_nt(count, known, n, rows, E, C_.data(), scratch_);
    multiply_nn(count, n, known, C_.data(), E, T_.data(), scratch_);
    ArrayView<double>(rows, count * n) -= ConstArrayView<double>(T_.data(), count * n);
  }

  Buffer<double> C_, T_, square_;
  Array<double> rest_;
  std::vector<Index> late_;
  Scratch<double> scratch_;
};

}  // namespace symopt::optimizers
