// momentum.cpp — the heavy ball (Polyak 1964) in PyTorch's form:
//   v ← μ v + g,  θ ← θ − λ v, for every parameter.
#include "optimizers/velocity.hpp"

namespace symopt::optimizers {

template <class Real>
using HeavyBall = Velocity<Real, false>;

OptimizerEntry momentum() {
  return make_entry<HeavyBall, VelocitySettings>("momentum", "SGD with momentum: v ← μv + g, w ← w − λv",
                                                 "Polyak 1964; the rate outside the velocity, as in PyTorch",
                                                 "he", velocity_options());
}

}  // namespace symopt::optimizers
