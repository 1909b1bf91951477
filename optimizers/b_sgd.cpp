// b_sgd.cpp — balanced SGD (Badrinarayanan, Mishra, Cipolla 2015): SGD from unit-norm filters and class
// vectors.
#include "optimizers/sgd.hpp"

namespace symopt::optimizers {

OptimizerEntry b_sgd() {
  return make_entry<Sgd>("b-sgd", "SGD from balanced starting values", "Badrinarayanan, Mishra, Cipolla 2015",
                         "balanced");
}

}  // namespace symopt::optimizers
