// constrained.cpp — the projected gradient on unit-norm filters: W ← Orth(W − λG) (Goldstein 1964, Levitin
// and Polyak 1966). Unlike UN's, the step is not made tangent first.
#include "optimizers/projected_gradient.hpp"

namespace symopt::optimizers {

OptimizerEntry constrained() {
  return make_entry<ProjectedGradient, ProjectedSettings>(
      "constrained", "projected gradient on unit-norm filters", "Goldstein 1964; Levitin and Polyak 1966",
      "balanced", {});
}

}  // namespace symopt::optimizers
