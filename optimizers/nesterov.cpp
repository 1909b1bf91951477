// nesterov.cpp — Nesterov's accelerated gradient (Nesterov 1983) with a constant momentum (Sutskever,
// Martens, Dahl, Hinton 2013):  v ← μ v − λ g,  θ ← θ + μ v − λ g, for every parameter.
#include "optimizers/velocity.hpp"

namespace symopt::optimizers {

template <class Real>
using Accelerated = Velocity<Real, true>;

OptimizerEntry nesterov() {
  return make_entry<Accelerated, VelocitySettings>("nesterov", "Nesterov's accelerated gradient",
                                                   "Nesterov 1983; Sutskever, Martens, Dahl, Hinton 2013",
                                                   "he", velocity_options());
}

}  // namespace symopt::optimizers
