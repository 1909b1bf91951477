// symmetric_eigen.cpp — Householder's tridiagonal form and Eigen's QR iteration on it.
#include "core/algebra/symmetric_eigen.hpp"

namespace symopt {

template <class Real>
SymmetricEigen<Real>::SymmetricEigen(Index n)
    : n_(n),
      Q_(n, n),
      reflections_(n - 1),
      diagonal_(n),
      subdiagonal_(n - 1),
      workspace_(n),
      tridiagonal_(n) {}

// Q = H₀ H₁ … from the back: reflection k, whose vector stands below the diagonal of column k, meets only
// what is right of it. Eigen's own product has three ways, and takes ten seconds more to compile.
template <class Real>
void SymmetricEigen<Real>::multiply_reflections() {
  Q_.diagonal().setOnes();
  Q_.template triangularView<Eigen::StrictlyUpper>().setZero();
  for (Index k = n_ - 2; k >= 0; --k) {
    const Index rest = n_ - 1 - k;
    const Eigen::Block<const Columns, Eigen::Dynamic, 1> v(Q_, k + 2, k, rest - 1, 1);
    Q_.bottomRightCorner(rest, rest).applyHouseholderOnTheLeft(v, reflections_[k], workspace_.data());
    Q_.col(k).tail(rest).setZero();
  }
}

template <class Real>
void SymmetricEigen<Real>::decompose() {
  Q_.template triangularView<Eigen::StrictlyUpper>().setZero();
  const Real largest = Q_.cwiseAbs().maxCoeff();
  scale_ = largest > Real(0) ? largest : Real(1);
  Q_ /= scale_;
  if (n_ > 1) {
    Eigen::internal::tridiagonalization_inplace(Q_, reflections_);
    diagonal_ = Q_.diagonal();
    subdiagonal_ = Q_.template diagonal<-1>();
    multiply_reflections();
  } else {
    diagonal_ = Q_.diagonal();
    Q_.setOnes();
  }
  tridiagonal_.computeFromTridiagonal(diagonal_, subdiagonal_);
}

// Columns lie one after the other, so that Z and Q read by rows are Zᵀ and Qᵀ, and Zᵀ Qᵀ = (Q Z)ᵀ.
template <class Real>
void SymmetricEigen<Real>::vectors(Real* rows) {
  multiply_nn<Real>(n_, n_, n_, Z().data(), Q_.data(), rows, scratch_);
}

template class SymmetricEigen<float>;
template class SymmetricEigen<double>;

}  // namespace symopt
