// sharpness.cpp — largest eigenvalues by Lanczos.
#include "experiments/studies/sharpness.hpp"

#include "core/network/hessian.hpp"

namespace symopt {

Sharpness sharpness_of(const NetworkSpec& spec, std::span<const double> theta,
                       const ConstMatrixView<double>& X, const Targets<double>& targets) {
  constexpr int kMost = 100;
  constexpr double kTolerance = 1e-8;
  HessianVector hessian(spec, X.rows());
  const Index n = hessian.layout().size;
  std::vector<double> gradient(theta.size()), scaled(theta.size());
  const auto product = [&](std::span<const double> v, std::span<double> Hv) {
    hessian.compute(theta, v, X, targets, gradient, Hv);
  };
  const auto adaptive = [&](std::span<const double> v, std::span<double> out) {
    for (size_t i = 0; i < scaled.size(); ++i) scaled[i] = std::abs(theta[i]) * v[i];
    product(scaled, out);
    for (size_t i = 0; i < out.size(); ++i) out[i] *= std::abs(theta[i]);
  };
  return {largest_eigenvalue(n, product, Stream(0, 0), kMost, kTolerance),
          largest_eigenvalue(n, adaptive, Stream(0, 0), kMost, kTolerance)};
}

}  // namespace symopt
