// runs.hpp — a few steps of an optimizer from given parameters, and how far two runs are from each other.
#pragma once
#include <algorithm>
#include <cmath>

#include "core/network/loss.hpp"
#include "core/network/start.hpp"
#include "protocols/stepper.hpp"
#include "tests/support/problems.hpp"

namespace symopt::test {

inline constexpr Index kRunBatch = 20;
/// What the batch of a run's step t is drawn from.
inline Stream run_batch(int t) { return Stream(74, static_cast<std::uint64_t>(t)); }

/// A shape whose batch normalization has no ε, which would break scale invariance by itself.
inline NetworkSpec scale_free(const std::string& text) {
  NetworkSpec spec = parse_network(text, 0, 0);
  spec.bn_epsilon = 0;
  return spec;
}

/// Balanced, with γ, β and biases off their starting values.
inline Vector balanced_start(const NetworkSpec& spec) {
  const Network<double> network(spec, 1);
  Vector theta(static_cast<size_t>(network.layout().size));
  fill_start<double>("balanced", network.layout(), Stream(71, 0), theta);
  Stream stream(72, 0);
  for (const Block& block : network.layout().blocks)
    if (block.role != Role::filters && block.role != Role::class_vectors)
      for (Index i = 0; i < block.size(); ++i)
        theta[static_cast<size_t>(block.offset + i)] += 0.2 * stream.normal();
  return theta;
}

/// theta after `steps` steps on the batches of problems 0, 1, …, each of `X(problem)`.
template <class Change>
Vector run(const std::string& optimizer, const std::string& settings, const NetworkSpec& spec,
           const Vector& start, int steps, double rate, const Change& change) {
  Stepper<double> stepper(spec, find_optimizer(optimizer), parse_settings(settings), kRunBatch);
  std::copy(start.begin(), start.end(), stepper.theta().begin());
  stepper.bind(Stream(73, 0));
  for (int t = 0; t < steps; ++t) {
    Problem problem = make_problem(spec, kRunBatch, run_batch(t));
    change(problem);
    const OwnedBatch<double> batch(problem);
    stepper.gradient(batch.batch());
    stepper.step(batch.batch(), rate);
  }
  return {stepper.theta().begin(), stepper.theta().end()};
}
inline Vector run(const std::string& optimizer, const std::string& settings, const NetworkSpec& spec,
                  const Vector& start, int steps, double rate) {
  return run(optimizer, settings, spec, start, steps, rate, [](Problem&) {});
}

/// Log-probabilities on one batch of its own; the default one is of no run.
inline Matrix<double> predictions(const NetworkSpec& spec, const Vector& theta,
                                  Stream batch_of = Stream(75, 0)) {
  const OwnedBatch<double> batch(make_problem(spec, kRunBatch, batch_of));
  Network<double> network(spec, kRunBatch);
  return log_probabilities(network.forward(theta, batch.batch().X, Mode::train));
}

/// How far the runs from `start` and from `other`, the same function, end apart, relative to what the first
/// changed: largest differences of log-probabilities.
inline double deviation(const std::string& optimizer, const std::string& settings, const NetworkSpec& spec,
                        const Vector& start, const Vector& other, int steps, double rate,
                        Stream batch_of = Stream(75, 0)) {
  const Matrix<double> before = predictions(spec, start, batch_of);
  const Matrix<double> a = predictions(spec, run(optimizer, settings, spec, start, steps, rate), batch_of);
  const Matrix<double> b = predictions(spec, run(optimizer, settings, spec, other, steps, rate), batch_of);
  return (a - b).cwiseAbs().maxCoeff() / (a - before).cwiseAbs().maxCoeff();
}

}  // namespace symopt::test
