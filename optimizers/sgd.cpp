// sgd.cpp — plain stochastic gradient descent from Gaussian starting values.
#include "optimizers/sgd.hpp"

namespace symopt::optimizers {

OptimizerEntry sgd() {
  return make_entry<Sgd>("sgd", "stochastic gradient descent", "Robbins and Monro 1951", "gaussian");
}

}  // namespace symopt::optimizers
