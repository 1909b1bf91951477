// pbwn.cpp — projection based weight normalization (Huang, Liu, Lang, Li 2017, arXiv:1710.02338): Euclidean
// steps, and every T steps each filter is divided by its norm. With T = 1 it is `constrained`.
#include "optimizers/projected_gradient.hpp"

namespace symopt::optimizers {

OptimizerEntry pbwn() {
  using O = Option<ProjectedSettings>;
  return make_entry<ProjectedGradient, ProjectedSettings>(
      "pbwn", "projection based weight normalization", "Huang, Liu, Lang, Li 2017 (arXiv:1710.02338)",
      "balanced",
      {{O{.name = "period",
          .field = &ProjectedSettings::period,
          .low = 1,
          .high = 1e9,
          .help = "steps from one projection to the next",
          .source = "Huang, Liu, Lang, Li 2017 (their T); the default is ours"}}});
}

}  // namespace symopt::optimizers
