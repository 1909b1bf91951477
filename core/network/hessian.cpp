// hessian.cpp — a network over dual numbers: the derivative of its gradient along v is H v.
#include "core/network/hessian.hpp"

namespace symopt {

HessianVector::HessianVector(const NetworkSpec& spec, Index max_batch)
    : network_(spec, max_batch),
      theta_(static_cast<size_t>(network_.layout().size)),
      grad_(theta_.size()),
      X_(static_cast<size_t>(max_batch * spec.inputs())) {}

double HessianVector::compute(std::span<const double> theta, std::span<const double> v,
                              const ConstMatrixView<double>& X, const std::uint8_t* labels,
                              std::span<double> grad, std::span<double> product) {
  for (size_t i = 0; i < theta_.size(); ++i) theta_[i] = {theta[i], v[i]};
  for (Index i = 0; i < X.size(); ++i) X_[static_cast<size_t>(i)] = X.data()[i];
  const Batch<Dual<double>> batch{{X_.data(), X.rows(), X.cols()}, labels};
  const double loss = network_.gradient(theta_, batch, grad_).v;
  for (size_t i = 0; i < grad_.size(); ++i) grad[i] = grad_[i].v, product[i] = grad_[i].d;
  return loss;
}

}  // namespace symopt
