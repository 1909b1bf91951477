// hessian.cpp — a network over dual numbers: the derivative of its gradient along v is H v.
#include "core/network/hessian.hpp"

namespace symopt {

HessianVector::HessianVector(const NetworkSpec& spec, Index max_batch)
    : network_(spec, max_batch),
      theta_(static_cast<size_t>(network_.layout().size)),
      grad_(theta_.size()),
      X_(static_cast<size_t>(max_batch * spec.inputs())),
      class_weights_(static_cast<size_t>(spec.classes())) {}

double HessianVector::compute(std::span<const double> theta, std::span<const double> v,
                              const ConstMatrixView<double>& X, const Targets<double>& targets,
                              std::span<double> grad, std::span<double> product) {
  for (size_t i = 0; i < theta_.size(); ++i) theta_[i] = {theta[i], v[i]};
  for (Index i = 0; i < X.size(); ++i) X_[static_cast<size_t>(i)] = X.data()[i];
  const bool weighted = targets.class_weights != nullptr;
  for (size_t k = 0; weighted && k < class_weights_.size(); ++k) class_weights_[k] = targets.class_weights[k];
  const Batch<Dual<double>> batch{
      {X_.data(), X.rows(), X.cols()},
      {targets.labels, targets.ignored, weighted ? class_weights_.data() : nullptr}};
  const double loss = network_.gradient(theta_, batch, grad_).v;
  for (size_t i = 0; i < grad_.size(); ++i) grad[i] = grad_[i].v, product[i] = grad_[i].d;
  return loss;
}

}  // namespace symopt
