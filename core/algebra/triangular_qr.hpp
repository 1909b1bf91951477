// triangular_qr.hpp — R of a QR factorization whose matrix arrives by rows (sequential TSQR: Demmel, Grigori,
// Hoemmen, Langou 2012). The singular values of R are those of the matrix, without the squared condition
// number of AᵀA.
#pragma once
#include "core/arrays.hpp"

namespace symopt {

/// Memory of order columns², whatever the number of rows.
class TriangularQr {
 public:
  explicit TriangularQr(Index columns);
  Index columns() const { return R_.cols(); }
  Index rows() const { return rows_; }  ///< appended so far

  /// Memory of the next row, to be filled; append() takes it.
  std::span<double> next_row() { return {rows_buffer_.row(filled_).data(), static_cast<size_t>(columns())}; }
  void append();

  /// columns()×columns(), upper triangular, of all rows so far.
  const Eigen::MatrixXd& R();

 private:
  void absorb();
  void factor_panel(Index first, Index width);

  Index rows_ = 0, filled_ = 0;
  Matrix<double> rows_buffer_;
  Eigen::MatrixXd R_, B_, W_;  // B: the buffered rows by columns
  Eigen::MatrixXd T_;          // of the panel's block reflector I − V T Vᵀ
};

}  // namespace symopt
