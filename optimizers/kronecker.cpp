// kronecker.cpp — averages, damped inverses and the solve of one layer's A ⊗ Γ (Martens and Grosse 2015).
#include "optimizers/kronecker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace symopt {

template <class Real>
Kronecker<Real>::Kronecker(Index inputs, Index filters, bool bias, Index lit_batch)
    : I_(inputs),
      O_(filters),
      J_(inputs + (bias ? 1 : 0)),
      lit_batch_(lit_batch),
      solver_(std::max(J_, O_), static_cast<double>(rank_tolerance<Real>())),
      products_(lit_batch, J_, I_) {
  const auto resize = [](Buffer<Real>& buffer, Index count) { buffer.resize(static_cast<size_t>(count)); };
  for (Buffer<Real>* a : {&A_, &A_inverse_}) resize(*a, J_ * J_);
  for (Buffer<Real>* g : {&Gamma_, &Gamma_inverse_}) resize(*g, O_ * O_);
  for (Buffer<Real>* u : {&gradient_, &half_, &U_}) resize(*u, O_ * J_);
  resize(lowest_ranks_, 2);
  resize(damped_, std::max(J_, O_) * std::max(J_, O_));
  resize(X_A_, lit_batch * J_);
  resize(dZ_Gamma_, lit_batch * O_);
  multiply_nn<Real>(1, 1, 1, U_.data(), half_.data(), gradient_.data(), scratch_);  // its memory has one size
}

template <class Real>
void Kronecker<Real>::reset() {
  for (std::span<Real> array : state()) as_array(array).setZero();
  lowest_ranks_[0] = static_cast<Real>(J_), lowest_ranks_[1] = static_cast<Real>(O_);
}

template <class Real>
void Kronecker<Real>::add_inputs(const ConstMatrixView<Real>& inputs, Real keep, Real weight) {
  MatrixView<Real> A(A_.data(), J_, J_);
  A *= keep;
  A.topLeftCorner(I_, I_).template selfadjointView<Eigen::Lower>().rankUpdate(inputs.transpose(), weight);
  if (J_ == I_) return;
  for (Index b = 0; b < inputs.rows(); ++b) A.row(I_).head(I_) += weight * inputs.row(b);
  A(I_, I_) += weight * static_cast<Real>(inputs.rows());
}

template <class Real>
void Kronecker<Real>::add_gradients(const ConstMatrixView<Real>& gradients, Real keep, Real weight) {
  MatrixView<Real> Gamma(Gamma_.data(), O_, O_);
  Gamma *= keep;
  Gamma.template selfadjointView<Eigen::Lower>().rankUpdate(gradients.transpose(), weight);
}

template <class Real>
void Kronecker<Real>::invert(Real damping, bool balanced) {
  const auto mean_diagonal = [](const Buffer<Real>& factor, Index n) {
    return ConstMatrixView<Real>(factor.data(), n, n).trace() / static_cast<Real>(n);
  };
  const Real a = mean_diagonal(A_, J_), gamma = mean_diagonal(Gamma_, O_), root = std::sqrt(damping);
  // A factor of 0 has no scale to balance.
  const Real pi = balanced && a != Real(0) && gamma != Real(0) ? std::sqrt(a / gamma) : Real(1);
  invert(A_, J_, pi * root, A_inverse_, lowest_ranks_[0]);
  invert(Gamma_, O_, root / pi, Gamma_inverse_, lowest_ranks_[1]);
}

template <class Real>
void Kronecker<Real>::invert(std::span<const Real> factor, Index n, Real damping, Buffer<Real>& inverse,
                             Real& lowest_rank) {
  MatrixView<Real> M(damped_.data(), n, n), out(inverse.data(), n, n);
  M = ConstMatrixView<Real>(factor.data(), n, n);
  M.diagonal().array() += damping;
  if (!solver_.factor({M.data(), n, n})) {
    out.setConstant(std::numeric_limits<Real>::quiet_NaN());
    return;
  }
  solver_.inverse(out);
  lowest_rank = std::min(lowest_rank, static_cast<Real>(solver_.rank()));
}

template <class Real>
double Kronecker<Real>::solve(const Real* G_W, const Real* G_b) {
  const Real* G = G_W;
  if (J_ != I_) {
    MatrixView<Real> joined(gradient_.data(), O_, J_);
    joined.leftCols(I_) = ConstMatrixView<Real>(G_W, O_, I_);
    joined.col(I_) = ConstArrayView<Real>(G_b, O_);
    G = gradient_.data();
  }
  multiply_nn<Real>(O_, J_, J_, G, A_inverse_.data(), half_.data(), scratch_);
  multiply_nn<Real>(O_, J_, O_, Gamma_inverse_.data(), half_.data(), U_.data(), scratch_);
  return product(G_W, G_b);
}

template <class Real>
bool Kronecker<Real>::solves_from(const LitRows<Real>& inputs) const {
  const Index B = inputs.rows();
  return B <= lit_batch_ && LitProducts<Real>::reads_lit(B) && inputs.inputs() == I_ &&
         inputs.count() * J_ + B * O_ * (O_ + J_) < O_ * J_ * (O_ + J_);
}

template <class Real>
double Kronecker<Real>::solve(const LitRows<Real>& inputs, const ConstMatrixView<Real>& dZ, const Real* G_W,
                              const Real* G_b) {
  const Index B = inputs.rows();
  products_.forward(inputs, A_inverse_.data(), J_, X_A_.data());  // A⁻¹ is its own transpose
  if (J_ != I_)
    for (Index b = 0; b < B; ++b)
      ArrayView<Real>(X_A_.data() + b * J_, J_) += ConstArrayView<Real>(A_inverse_.data() + I_ * J_, J_);
  multiply_nn<Real>(B, O_, O_, dZ.data(), Gamma_inverse_.data(), dZ_Gamma_.data(), scratch_);
  multiply_tn<Real>(O_, J_, B, dZ_Gamma_.data(), X_A_.data(), U_.data(), scratch_);
  return product(G_W, G_b);
}

// ⟨U, G⟩
template <class Real>
double Kronecker<Real>::product(const Real* G_W, const Real* G_b) const {
  double sum = 0;
  for (Index o = 0; o < O_; ++o) {
    const auto row = ConstArrayView<Real>(U_.data() + o * J_, J_).template cast<double>();
    sum += (row.head(I_) * ConstArrayView<Real>(G_W + o * I_, I_).template cast<double>()).sum();
    if (J_ != I_) sum += row[I_] * static_cast<double>(G_b[o]);
  }
  return sum;
}

template class Kronecker<float>;
template class Kronecker<double>;

}  // namespace symopt
