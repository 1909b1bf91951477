// semidefinite.cpp — Cholesky in place, with the eigenvalues behind it.
#include "core/algebra/semidefinite.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

namespace symopt {

template <class Real>
Real rank_tolerance() {
  return std::pow(std::numeric_limits<Real>::epsilon(), Real(0.75));
}

template <class Real>
Semidefinite<Real>::Semidefinite(Index capacity, double rcond)
    : capacity_(capacity),
      rcond_(rcond),
      factor_(static_cast<size_t>(capacity * capacity)),
      projected_(capacity),
      eigen_(capacity) {}

template <class Real>
bool Semidefinite<Real>::factor(const ConstMatrixView<Real>& M, bool pseudo) {
  n_ = M.rows();
  rank_ = 0;
  // A sum that is finite has finite terms.
  Real sum = Real(0);
  for (Index i = 0; i < n_; ++i) sum += M.row(i).head(i + 1).cwiseAbs().sum();
  if (!std::isfinite(sum)) return false;
  by_eigenvalues_ = pseudo || !cholesky(M);
  if (!by_eigenvalues_) {
    rank_ = n_;
    return true;
  }
  decompose(M);
  return true;
}

// All arrays keep the capacity's size; M is filled up with zeros, whose eigenvalues are dropped.
template <class Real>
void Semidefinite<Real>::decompose(const ConstMatrixView<Real>& M) {
  eigen_.matrix().setZero();
  eigen_.matrix().topLeftCorner(n_, n_).template triangularView<Eigen::Lower>() = M;
  eigen_.decompose();
  const auto& lambda = eigen_.values();
  const Real least = std::max(Real(0), static_cast<Real>(rcond_) * lambda[capacity_ - 1]);
  while (rank_ < n_ && lambda[capacity_ - 1 - rank_] > least) ++rank_;
  MatrixView<Real> F(factor_.data(), n_, n_);
  F.leftCols(rank_).noalias() = eigen_.Q().topRows(n_) * eigen_.Z().rightCols(rank_);
  for (Index i = 0; i < rank_; ++i) F.col(i) /= std::sqrt(eigen_.scale() * lambda[capacity_ - rank_ + i]);
}

template <class Real>
bool Semidefinite<Real>::cholesky(const ConstMatrixView<Real>& M) {
  MatrixView<Real> view(factor_.data(), n_, n_);
  view.template triangularView<Eigen::Lower>() = M;
  Eigen::Ref<Matrix<Real>> L(view);
  const Eigen::LLT<Eigen::Ref<Matrix<Real>>, Eigen::Lower> llt(L);
  if (llt.info() != Eigen::Success) return false;
  for (Index i = 0; i < n_; ++i)
    if (!(L(i, i) * L(i, i) > rank_tolerance<Real>() * M(i, i))) return false;
  return true;
}

template <class Real>
void Semidefinite<Real>::solve(std::span<Real> y) {
  Eigen::Map<Eigen::Matrix<Real, Eigen::Dynamic, 1>> x(y.data(), n_);
  const MatrixView<Real> F(factor_.data(), n_, n_);
  if (by_eigenvalues_) {
    auto t = projected_.head(rank_).matrix();
    t.noalias() = F.leftCols(rank_).transpose() * x;
    x.noalias() = F.leftCols(rank_) * t;
  } else {
    F.template triangularView<Eigen::Lower>().solveInPlace(x);
    F.template triangularView<Eigen::Lower>().transpose().solveInPlace(x);
  }
}

template <class Real>
void Semidefinite<Real>::inverse(MatrixView<Real> out) {
  const MatrixView<Real> F(factor_.data(), n_, n_);
  if (by_eigenvalues_) {
    out.noalias() = F.leftCols(rank_) * F.leftCols(rank_).transpose();
  } else {
    out.setIdentity();
    F.template triangularView<Eigen::Lower>().solveInPlace(out);
    F.template triangularView<Eigen::Lower>().transpose().solveInPlace(out);
  }
}

template float rank_tolerance();
template double rank_tolerance();
template class Semidefinite<float>;
template class Semidefinite<double>;

}  // namespace symopt
