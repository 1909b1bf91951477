// twin_sgd.cpp — w ← w − λ g.
#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

Vector step(const Past& past) {
  Vector theta = past.theta.back();
  for (size_t i = 0; i < theta.size(); ++i) theta[i] -= past.rate.back() * past.grad.back()[i];
  return theta;
}

}  // namespace

Twin sgd() { return {.name = "sgd", .step = step}; }
Twin b_sgd() { return {.name = "b-sgd", .step = step}; }

}  // namespace symopt::test::twin
