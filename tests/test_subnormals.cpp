// test_subnormals.cpp — where subnormal numbers become zero, where they stay, and that training has none.
#include <cmath>
#include <limits>
#include <thread>

#include "core/algebra/subnormals.hpp"
#include "protocols/stepper.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/problems.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// Half of the smallest normal number, at run time, and where it is asked for: compilers may move arithmetic
// past a change of mode, but no access to a volatile.
template <class Real>
Real half_of_smallest() {
  volatile Real smallest = std::numeric_limits<Real>::min();
  volatile Real half = smallest / 2;
  return half;
}

// Its double, as a check that operands are flushed and not only results.
template <class Real>
Real doubled(Real value) {
  volatile Real operand = value;
  volatile Real result = operand * 2;
  return result;
}

long subnormals(std::span<const float> values) {
  return std::ranges::count_if(values, [](float v) { return std::fpclassify(v) == FP_SUBNORMAL; });
}

}  // namespace

TEMPLATE_TEST_CASE("subnormals: results and operands are zero inside the scope, and only there", "", float,
                   double) {
  const TestType subnormal = half_of_smallest<TestType>();
  REQUIRE(std::fpclassify(subnormal) == FP_SUBNORMAL);
  TestType result = 1, product = 1, after_inner = 1, beside = 1;
  {
    const SubnormalsAreZero mode;
    result = half_of_smallest<TestType>();
    product = doubled(subnormal);
    { const SubnormalsAreZero inner; }
    after_inner = half_of_smallest<TestType>();
  }
  CHECK(std::fpclassify(result) == FP_ZERO);
  CHECK(std::fpclassify(product) == FP_ZERO);
  CHECK(std::fpclassify(after_inner) == FP_ZERO);
  std::thread([&] {
    const SubnormalsAreZero mode;
    beside = half_of_smallest<TestType>();
  }).join();
  CHECK(std::fpclassify(beside) == FP_ZERO);
  CHECK(half_of_smallest<TestType>() == subnormal);
  CHECK(doubled(subnormal) == std::numeric_limits<TestType>::min());
}

// Inputs that were lit once leave means that halve until they are subnormal, and then stay it for 23 steps.
TEST_CASE("subnormals: no step of training leaves any in an optimizer's state") {
  const NetworkSpec spec = parse_network("mlp:6-4-3", 6, 3);
  Problem problem = make_problem(spec, 8, Stream(3, 1));
  const OptimizerEntry& adam = find_optimizer("adam");
  const Assignments settings = parse_settings("beta1=0.5 beta2=0.5");
  const auto run = [&](const auto& gradient, const auto& step, const auto& state) {
    long most = 0;
    for (int t = 0; t < 200; ++t) {
      if (t == 1)
        for (Vector& row : problem.X) row[0] = 0;  // unlit from now on
      const OwnedBatch<float> owned(problem);
      gradient(owned.batch());
      step(owned.batch(), t);
      for (std::span<const float> array : state()) most = std::max(most, subnormals(array));
    }
    return most;
  };

  Stepper<float> stepper(spec, adam, settings, 8);
  stepper.start("gaussian", Stream(3, 2), Stream(3, 3));
  const std::vector<float> start(stepper.theta().begin(), stepper.theta().end());
  const Rows lit = problem.X;
  CHECK(run([&](const Batch<float>& batch) { stepper.gradient(batch); },
            [&](const Batch<float>& batch, int) { stepper.step(batch, 0.01); },
            [&] { return stepper.optimizer().state(); }) == 0);

  // The same steps outside of the stepper leave some, so that the count above can be another than 0.
  problem.X = lit;
  const auto plain = adam.make<float>(settings);
  Network<float> network(spec, 8);
  std::vector<float> theta = start, grad(start.size());
  plain->attach(spec, 8);
  plain->bind(network.layout(), theta);
  const Extras<float> extras;
  Log log;
  CHECK(run([&](const Batch<float>& batch) { network.gradient(theta, batch, grad); },
            [&](const Batch<float>&, int t) {
              plain->step({t, 0.01f, grad, extras, log}, theta);
            },
            [&] { return plain->state(); }) > 0);
}
