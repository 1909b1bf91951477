// teleportation.cpp — the ascent. With c = H∇L, d‖∇L(g·w)‖²/dT = 2 ⟨c, d(g·w)/dT⟩: one product of the Hessian
// with a vector, pulled back along the generators.
#include "core/symmetry/teleportation.hpp"

namespace symopt {

Teleporter::Teleporter(Index parameters, Index coordinates)
    : grad_(static_cast<size_t>(parameters)), product_(grad_.size()), T_(static_cast<size_t>(coordinates)) {}

Teleport Teleporter::move(const AscentSettings& settings, Surface& surface, Orbit& orbit,
                          std::span<double> theta) {
  const std::span<double> grad(grad_), product(product_), T(T_);
  Teleport result;
  as_array(grad).setZero();
  for (;;) {
    result.loss_after = surface.compute(theta, grad, grad, product);  // for ∇L, which the product needs
    result.gradient_after = as_array(grad).square().sum();
    if (result.ascents == 0) {
      result.loss_before = result.loss_after;
      result.gradient_before = result.gradient_after;
    }
    // A NaN is not below the bound either.
    if (result.ascents == settings.steps || !(result.gradient_after <= settings.max_gradient)) return result;
    surface.compute(theta, grad, grad, product);
    orbit.pull_back(theta, product, T);
    as_array(T) *= 2 * settings.rate;
    orbit.act(T, theta);
    ++result.ascents;
  }
}

}  // namespace symopt
