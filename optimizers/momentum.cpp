// momentum.cpp — the heavy ball (Polyak 1964; Sutskever, Martens, Dahl, Hinton 2013):
//   v ← μ v − λ g,  θ ← θ + v, for every parameter.
#include "optimizers/velocity.hpp"

namespace symopt::optimizers {

template <class Real>
using HeavyBall = Velocity<Real, false>;

OptimizerEntry momentum() {
  return make_entry<HeavyBall, VelocitySettings>("momentum", "SGD with momentum", "Polyak 1964", "he",
                                                 velocity_options());
}

}  // namespace symopt::optimizers
