// adam.cpp — Adam (Kingma and Ba 2015).
#include "optimizers/adam.hpp"

namespace symopt::optimizers {

OptimizerEntry adam() {
  return make_entry<Adam, AdamSettings>("adam", "adaptive moments", "Kingma and Ba 2015", "he",
                                        adam_options<AdamSettings>());
}

}  // namespace symopt::optimizers
