// nesterov.cpp — Nesterov's accelerated gradient (Nesterov 1983) with a constant momentum (Sutskever,
// Martens, Dahl, Hinton 2013) in PyTorch's form:  v ← μ v + g,  θ ← θ − λ (g + μ v), for every parameter.
#include "optimizers/velocity.hpp"

namespace symopt::optimizers {

template <class Real>
using Accelerated = Velocity<Real, true>;

OptimizerEntry nesterov() {
  return make_entry<Accelerated, VelocitySettings>(
      "nesterov", "Nesterov's accelerated gradient: v ← μv + g, w ← w − λ(g + μv)",
      "Nesterov 1983; Sutskever, Martens, Dahl, Hinton 2013; the rate outside the velocity, as in PyTorch",
      "he", velocity_options());
}

}  // namespace symopt::optimizers
