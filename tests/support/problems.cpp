// problems.cpp — draws them, away from kinks where asked.
#include "tests/support/problems.hpp"

#include <cmath>
#include <stdexcept>

#include "tests/support/naive_pictures.hpp"

namespace symopt::test {

Problem make_problem(const NetworkSpec& spec, size_t B, Stream stream, double margin) {
  const Network<double> network(spec, static_cast<Index>(B));
  const auto distance = [&](const Problem& at) {
    if (!as_dense(spec)) return naive_pictures(spec, at.theta, at.X).margin;
    const NaiveNetwork naive(spec);
    return naive.margin(naive.train(at.theta, at.X, at.labels));
  };
  const size_t pixels = static_cast<size_t>(spec.shapes().back().pixels());
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
      row.resize(static_cast<size_t>(spec.inputs()));
      for (double& x : row) x = draw();
      for (size_t i = 0; i < pixels; ++i)
        problem.labels.push_back(
            static_cast<std::uint8_t>(stream.below(static_cast<std::uint64_t>(spec.classes()))));
    }
    if (distance(problem) >= margin) return problem;
  }
  throw std::runtime_error("no point is far enough from a kink: " + spec.text());
}

const std::vector<NetworkSpec>& small_networks() {
  static const std::vector<NetworkSpec> networks = [] {
    std::vector<NetworkSpec> all;
    for (bool batch_norm : {true, false})
      for (size_t depth : {1u, 2u, 4u})
        for (Index pool : {1, 2, 3})
          for (Activation activation : {Activation::relu, Activation::leaky_relu, Activation::sigmoid,
                                        Activation::tanh, Activation::linear})
            for (bool bias : {false, true}) {
              DenseNetwork spec;
              spec.inputs = 5, spec.features.assign(depth, 4), spec.classes = 3;
              spec.pool = pool, spec.batch_norm = batch_norm, spec.bias = bias;
              spec.activation = activation;
              all.push_back(spec);
            }
    return all;
  }();
  return networks;
}

const std::vector<NetworkSpec>& picture_networks() {
  static const std::vector<NetworkSpec> networks = [] {
    std::vector<NetworkSpec> all;
    for (const char* text :
         {"conv:7x6x2-3c3-p2s2-4c3s2-5-3/relu+bias", "conv:7x6x2-4c3v-p3s2-3c2-4-3/bn/leaky-relu",
          "conv:6x7x3-lrn-4c3-gap-3/sigmoid", "conv:9x7x1-3c5s3-p2s1-4-2/bn/pool2/relu",
          "conv:5x5x2-4c3-3c5v-2/leaky-relu+bias", "conv:6x6x1-3c3-p3vs2-2c1-3/bn/linear",
          "conv:5x7x2-3c3-p3s3-3c2s2-3/pool3/relu", "conv:7x6x2-3c3-p2s2-4c3-p2s2-u-3c3-u-3c3-2c1/bn/relu",
          "conv:5x6x2-3c3-p2s2-u-4c3-3c1/leaky-relu+bias", "conv:7x6x2-3c3-a2s2-4c3-a3s2-3/relu+bias",
          "conv:6x7x1-4c3-a3vs2-3c2-a2s1-3/bn/leaky-relu",
          "conv:6x7x2-3c3-p2s2-4c3-5-3/bn-bias/pool2/tanh+bias"})
      all.push_back(parse_network(text, 0, 0));
    return all;
  }();
  return networks;
}

}  // namespace symopt::test
