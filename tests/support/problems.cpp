// problems.cpp — draws them, away from kinks where asked.
#include "tests/support/problems.hpp"

#include <cmath>
#include <stdexcept>

namespace symopt::test {

Problem make_problem(const NetworkSpec& spec, size_t B, Stream stream, double margin) {
  const Network<double> network(spec, static_cast<Index>(B));
  const NaiveNetwork naive(spec);
  const auto draw = [&] { return static_cast<double>(static_cast<float>(stream.normal())); };
  Problem problem{spec, Vector(static_cast<size_t>(network.layout().size)), Rows(B), {}};
  for (int attempt = 0; attempt < 1000; ++attempt) {
    for (const Block& block : network.layout().blocks)
      for (Index i = 0; i < block.size(); ++i) {
        double value = draw();
        if (block.role == Role::filters || block.role == Role::class_vectors)
          value /= std::sqrt(static_cast<double>(block.cols));
        else
          value = 0.25 * value + (block.role == Role::bn_scale ? 1 : 0);
        problem.theta[static_cast<size_t>(block.offset + i)] = static_cast<float>(value);
      }
    problem.labels.clear();
    for (Vector& row : problem.X) {
      row.resize(static_cast<size_t>(spec.inputs));
      for (double& x : row) x = draw();
      problem.labels.push_back(
          static_cast<std::uint8_t>(stream.below(static_cast<std::uint64_t>(spec.classes))));
    }
    if (naive.margin(naive.train(problem.theta, problem.X, problem.labels)) >= margin) return problem;
  }
  throw std::runtime_error("no point is far enough from a kink: " + spec.text());
}

const std::vector<NetworkSpec>& small_networks() {
  static const std::vector<NetworkSpec> networks = [] {
    std::vector<NetworkSpec> all;
    for (bool batch_norm : {true, false})
      for (size_t depth : {1u, 2u, 4u})
        for (Index pool : {1, 2, 3})
          for (Activation activation :
               {Activation::relu, Activation::leaky_relu, Activation::sigmoid, Activation::linear})
            for (bool bias : {false, true}) {
              NetworkSpec spec;
              spec.inputs = 5, spec.features.assign(depth, 4), spec.classes = 3;
              spec.pool = pool, spec.batch_norm = batch_norm, spec.bias = bias;
              spec.activation = activation;
              all.push_back(spec);
            }
    return all;
  }();
  return networks;
}

}  // namespace symopt::test
