// test_gradients.cpp — the backward pass against central differences of the loss, in double, through batch
// statistics too.
#include <cmath>
#include <limits>

#include "core/network/filter_layer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/differences.hpp"
#include "tests/support/problems.hpp"

using namespace symopt;
using namespace symopt::test;

TEST_CASE("gradients: a network's gradient is the derivative of its loss, whatever its kind") {
  int networks = 0;
  Count all;
  for (const NetworkSpec& spec : small_networks()) {
    const Problem problem = make_problem(spec, 6, Stream(11, static_cast<std::uint64_t>(networks++)), 1e-4);
    const OwnedBatch<double> samples(problem);
    const NaiveNetwork naive(spec);
    Network<double> network(spec, 6);
    Vector theta = problem.theta, grad(theta.size(), std::numeric_limits<double>::quiet_NaN());
    network.gradient(theta, samples.batch(), grad);
    const Count count = compare_gradient(
        theta, grad, [&] { return network.loss(theta, samples.batch()); },
        [&] { return naive.pieces(naive.train(theta, problem.X, problem.labels)); });
    INFO(spec.text());
    CHECK(count.wrong == 0);
    CHECK(count.blunt == 0);
    all.checked += count.checked, all.skipped += count.skipped;
  }
  // A step of 1e-5 moves an activation by about that, a tenth of the margin.
  INFO(all.skipped << " of " << all.checked + all.skipped << " components cross a kink");
  CHECK(100 * all.skipped <= all.checked);
}

TEST_CASE("gradients: a layer pulls any output gradient back to its parameters and inputs") {
  const Index B = 7, I = 5, F = 4;
  std::uint64_t kind = 0;
  for (bool batch_norm : {false, true})
    for (bool bias : {false, true})
      for (Index pool : {1, 2, 3})
        for (Activation activation : {Activation::relu, Activation::leaky_relu, Activation::sigmoid,
                                      Activation::tanh, Activation::linear}) {
          DenseNetwork spec;
          spec.inputs = I, spec.features = {F}, spec.classes = 2, spec.pool = pool;
          spec.batch_norm = batch_norm, spec.bias = bias, spec.activation = activation;
          const Problem problem = make_problem(spec, static_cast<size_t>(B), Stream(12, ++kind), 1e-3);

          ParamLayout layout;
          Scratch<double> scratch;
          Team team;
          const LayerSpec shape = NetworkSpec(spec).layers[0];
          FilterLayer<double> layer(shape, {.input = {1, 1, I}, .name = "layer"}, B, layout, scratch, team);
          Vector theta(problem.theta.begin(), problem.theta.begin() + layout.size);
          OwnedBatch<double> samples(problem);
          Stream stream(13, kind);
          Vector R(static_cast<size_t>(B * F));  // the loss is Σ R ⊙ Y
          for (double& r : R) r = stream.normal();
          const auto loss = [&] {
            layer.forward(theta.data(), B, samples.batch().X.data(), Mode::train);
            double sum = 0;
            for (size_t i = 0; i < R.size(); ++i) sum += R[i] * layer.output()[i];
            return sum;
          };

          const double scale = std::abs(loss()) + largest(R);
          Vector dY = R, grad(theta.size()), dX(static_cast<size_t>(B * I));
          layer.backward(theta.data(), B, samples.batch().X.data(), dY.data(), grad.data(), dX.data());
          Count count;
          const auto check_all = [&](const std::string& what, Vector& at, const Vector& derivative) {
            for (size_t i = 0; i < at.size(); ++i) {
              const double x = at[i];
              const Difference difference = central_difference(
                  [&](double step) {
                    at[i] = x + step;
                    return loss();
                  },
                  x, scale);
              at[i] = x;
              compare(count, what + std::to_string(i), derivative[i], difference, largest(derivative));
            }
          };
          check_all("parameter ", theta, grad);
          check_all("input ", samples.values(), dX);
          INFO("layer of " << NetworkSpec(spec).text());
          CHECK(count.wrong == 0);
          CHECK(count.blunt == 0);
        }
}

TEST_CASE(
    "gradients: of two equal filters in a pool group the first gets the gradient, the derivative along "
    "the tie") {
  for (bool batch_norm : {false, true})
    for (Index pool : {2, 3})
      for (Activation activation : {Activation::leaky_relu, Activation::sigmoid}) {
        DenseNetwork spec;
        spec.inputs = 19, spec.features = {4, 9}, spec.classes = 3, spec.pool = pool;
        spec.batch_norm = batch_norm, spec.activation = activation, spec.bias = true;
        Problem problem = make_problem(spec, 6, Stream(14, 0));
        Network<double> network(spec, 6);
        const OwnedBatch<double> samples(problem);
        const ParamLayout& layout = network.layout();
        Vector theta = problem.theta, grad(theta.size());
        const auto rows = [&](const Block& block, Index filter) {
          const Index width = block.rows == 1 ? 1 : block.cols;
          return std::pair(static_cast<size_t>(block.offset + filter * width), static_cast<size_t>(width));
        };
        const auto blocks = [&](const LayerBlocks& layer) {
          std::vector<Block> found;
          for (int b : {layer.weights, layer.bias, layer.bn_scale, layer.bn_shift})
            if (b >= 0) found.push_back(layout.blocks[static_cast<size_t>(b)]);
          return found;
        };

        // Every filter of every group is the group's first one: all features are decided by ties.
        for (size_t l = 0; l + 1 < layout.layers.size(); ++l)
          for (const Block& block : blocks(layout.layers[l]))
            for (Index f = 0; f < spec.features[l]; ++f)
              for (Index k = 1; k < pool; ++k)
                for (size_t j = 0; j < rows(block, 0).second; ++j)
                  theta[rows(block, f * pool + k).first + j] = theta[rows(block, f * pool).first + j];
        const double loss = network.gradient(theta, samples.batch(), grad);
        Count count;
        int second_moves = 0, first_moves = 0;
        const Vector start = theta;
        for (size_t l = 0; l + 1 < layout.layers.size(); ++l)
          for (const Block& block : blocks(layout.layers[l]))
            for (Index f = 0; f < spec.features[l]; ++f)
              for (size_t j = 0; j < rows(block, 0).second; ++j) {
                const size_t first = rows(block, f * pool).first + j;
                first_moves += grad[first] != 0;
                for (Index k = 1; k < pool; ++k)
                  second_moves += grad[rows(block, f * pool + k).first + j] != 0;
                const Difference difference = central_difference(
                    [&](double step) {
                      for (Index k = 0; k < pool; ++k)
                        theta[rows(block, f * pool + k).first + j] = start[first] + step;
                      return network.loss(theta, samples.batch());
                    },
                    start[first], loss);
                theta = start;
                compare(count, block.name + " of feature " + std::to_string(f), grad[first], difference,
                        largest(grad));
              }
        INFO(NetworkSpec(spec).text());
        CHECK(second_moves == 0);
        CHECK(first_moves > count.checked / 2);
        CHECK(count.wrong <= count.checked / 100);  // a step across a leaky kink, at most
        CHECK(count.blunt <= count.checked / 100);
      }
}
