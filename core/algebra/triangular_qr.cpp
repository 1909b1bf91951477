// triangular_qr.cpp — Householder reflections of [R; B] by panels: a column's reflector has one entry in R
// and fills B's rows, so R's zeros are never touched (Golub and Van Loan, ch. 5; LAPACK's tpqrt).
#include "core/algebra/triangular_qr.hpp"

#include <algorithm>
#include <cmath>

namespace symopt {

namespace {

constexpr Index kBlock = 768;  // rows that are absorbed at once
constexpr Index kPanel = 48;   // columns between two updates of the rest

}  // namespace

TriangularQr::TriangularQr(Index columns)
    : rows_buffer_(kBlock, columns),
      R_(Eigen::MatrixXd::Zero(columns, columns)),
      B_(kBlock, columns),
      W_(kPanel, columns),
      T_(kPanel, kPanel) {}

void TriangularQr::append() {
  ++rows_;
  if (++filled_ == kBlock) absorb();
}

const Eigen::MatrixXd& TriangularQr::R() {
  absorb();
  return R_;
}

// One panel after another: V and T from its columns, then (I − V T Vᵀ)ᵀ on what is right of it.
void TriangularQr::absorb() {
  if (filled_ == 0) return;
  const Index n = columns();
  B_.topRows(filled_) = rows_buffer_.topRows(filled_);
  for (Index first = 0; first < n; first += kPanel) {
    const Index width = std::min(kPanel, n - first), rest = n - first - width;
    factor_panel(first, width);
    if (rest == 0) continue;
    const auto V = B_.block(0, first, filled_, width);
    auto B = B_.block(0, first + width, filled_, rest);
    auto R = R_.block(first, first + width, width, rest);
    auto W = W_.topLeftCorner(width, rest);
    W = R;
    W.noalias() += V.transpose() * B;
    W = T_.topLeftCorner(width, width).transpose().triangularView<Eigen::Lower>() * W;
    R -= W;
    B.noalias() -= V * W;
  }
  filled_ = 0;
}

// v = [1; x/(α − β)] and τ = (β − α)/β reflect [α; x] to [β; 0]; x is replaced by v's lower part.
void TriangularQr::factor_panel(Index first, Index width) {
  T_.topLeftCorner(width, width).setZero();
  for (Index k = 0; k < width; ++k) {
    auto v = B_.col(first + k).head(filled_);
    double& alpha = R_(first + k, first + k);
    const double length = v.norm();
    if (length == 0) continue;  // nothing to reflect: τ = 0, v = 0
    const double beta = -std::copysign(std::hypot(alpha, length), alpha);
    const double tau = (beta - alpha) / beta;
    v /= alpha - beta;
    alpha = beta;
    const Index rest = width - k - 1;
    auto right = B_.block(0, first + k + 1, filled_, rest);
    auto row = R_.block(first + k, first + k + 1, 1, rest);
    const Eigen::RowVectorXd w = tau * (row + v.transpose() * right);
    row -= w;
    right.noalias() -= v * w;
    const auto before = B_.block(0, first, filled_, k);
    T_(k, k) = tau;
    T_.block(0, k, k, 1) =
        -tau * (T_.topLeftCorner(k, k).triangularView<Eigen::Upper>() * (before.transpose() * v)).eval();
  }
}

}  // namespace symopt
