// test_path_norm.cpp — κ against the enumeration of all paths, which is its definition (Neyshabur,
// Salakhutdinov, Srebro 2015), and what the data-dependent form keeps of it.
#include <cmath>
#include <limits>

#include "core/symmetry/path_norm.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/problems.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// κ of every parameter, by walking every path from an input or a bias to a logit.
class Paths {
 public:
  /// scales: s_v of each layer.
  Paths(const ParamLayout& layout, const Vector& theta, const Rows& scales)
      : layout_(layout), theta_(theta), scales_(scales), kappa(theta.size(), 0.0) {
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const Block& W = weights(l);
      for (Index v = 0; v < W.rows; ++v) {
        if (layout.layers[l].bias >= 0)
          walk(l, v, layout.blocks[static_cast<size_t>(layout.layers[l].bias)].offset + v, 1);
        for (Index u = 0; l == 0 && u < W.cols; ++u)
          walk(l, v, W.offset + v * W.cols + u, scales[l][static_cast<size_t>(v)]);
      }
    }
  }

 private:
  struct Edge {
    Index parameter;
    double scale;
  };
  const Block& weights(size_t l) const {
    return layout_.blocks[static_cast<size_t>(layout_.layers[l].weights)];
  }

  // Filter v of layer l is reached by this edge.
  void walk(size_t l, Index v, Index parameter, double scale) {
    path_.push_back({parameter, scale});
    if (l + 1 == layout_.layers.size()) {
      for (size_t e = 0; e < path_.size(); ++e) {
        double product = path_[e].scale * path_[e].scale;
        for (size_t o = 0; o < path_.size(); ++o)
          if (o != e)
            product *= std::pow(path_[o].scale * theta_[static_cast<size_t>(path_[o].parameter)], 2);
        kappa[static_cast<size_t>(path_[e].parameter)] += product;
      }
    } else {
      const Block& W = weights(l + 1);
      const Index u = v / layout_.layers[l].pool;
      for (Index next = 0; next < W.rows; ++next)
        walk(l + 1, next, W.offset + next * W.cols + u, scales_[l + 1][static_cast<size_t>(next)]);
    }
    path_.pop_back();
  }

  const ParamLayout& layout_;
  const Vector& theta_;
  const Rows& scales_;
  std::vector<Edge> path_;

 public:
  Vector kappa;
};

const char* const kNetworks[] = {"mlp:3-2",
                                 "mlp:3-4-2+bias",
                                 "mlp:4-3-3-2",
                                 "arch1:3-3-2-3/pool2+bias",
                                 "arch1:3-2x3-2/pool3",
                                 "arch1:3-2x3-2/pool2/sigmoid+bias",
                                 "archbn:3-2x2-3/pool2",
                                 "archbn:3-3x3-2/pool2+bias"};

}  // namespace

TEMPLATE_TEST_CASE(
    "path norm: every weight's κ is the sum over all paths through it, pools and biases included", "", float,
    double) {
  for (const char* text : kNetworks) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Problem problem = make_problem(spec, 6, Stream(81, 0));
    const OwnedBatch<TestType> batch(problem);
    const auto theta = cast<TestType>(problem.theta);
    Network<TestType> network(spec, 6);
    std::vector<TestType> grad(theta.size());
    network.gradient(theta, batch.batch(), grad);
    const ParamLayout& layout = network.layout();
    Rows scales;
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const TestType* s = network.filter_scale(l);
      scales.emplace_back(s, s + layout.blocks[static_cast<size_t>(layout.layers[l].weights)].rows);
    }
    const Paths paths(layout, problem.theta, scales);

    PathNorm<TestType> norm(layout, 0);
    norm.compute(theta, spec.batch_norm ? &network : nullptr);
    // Sums of positive terms, at most 8 of them and two products a layer, there and back.
    const double bound = 2 * 10 * static_cast<double>(layout.layers.size()) *
                         static_cast<double>(std::numeric_limits<TestType>::epsilon());
    double worst = 0;
    const auto check = [&](Index parameter, TestType kappa) {
      const double expected = paths.kappa[static_cast<size_t>(parameter)];
      REQUIRE(expected > 0);
      worst = std::max(worst, std::abs(static_cast<double>(kappa) / expected - 1));
    };
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const LayerBlocks& blocks = layout.layers[l];
      const Block& W = layout.blocks[static_cast<size_t>(blocks.weights)];
      for (Index v = 0; v < W.rows; ++v) {
        for (Index u = 0; u < W.cols; ++u)
          check(W.offset + v * W.cols + u, norm.input(l)[u] * norm.output(l)[v]);
        if (blocks.bias >= 0)
          check(layout.blocks[static_cast<size_t>(blocks.bias)].offset + v, norm.output(l)[v]);
      }
    }
    INFO(text << ": largest relative difference " << worst << ", bound " << bound);
    CHECK(worst <= bound);
  }
}

TEST_CASE("path norm: at alpha = 0 the data changes no bit, at alpha > 0 it does") {
  for (const char* text : kNetworks) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    if (spec.batch_norm) continue;  // its filters' factors are the batch's anyway
    const Problem problem = make_problem(spec, 6, Stream(82, 0));
    const OwnedBatch<double> batch(problem);
    Network<double> network(spec, 6);
    network.forward(problem.theta, batch.batch().X, Mode::train);
    PathNorm<double> without(network.layout(), 0), zero(network.layout(), 0), half(network.layout(), 0.5);
    without.compute(problem.theta, nullptr);
    zero.compute(problem.theta, &network);
    half.compute(problem.theta, &network);
    for (size_t l = 0; l < network.layout().layers.size(); ++l) {
      CHECK((without.input(l) == zero.input(l)).all());
      CHECK((without.output(l) == zero.output(l)).all());
    }
    CHECK((without.input(0) != half.input(0)).any());
  }
}

// alpha = 1, one layer: R_u = mean x_u² and nothing of the weights.
TEST_CASE("path norm: at alpha = 1 a linear softmax's κ are the inputs' second moments") {
  const NetworkSpec spec = parse_network("mlp:4-3+bias", 0, 0);
  const Problem problem = make_problem(spec, 5, Stream(83, 0));
  const OwnedBatch<double> batch(problem);
  Network<double> network(spec, 5);
  network.forward(problem.theta, batch.batch().X, Mode::train);
  PathNorm<double> norm(network.layout(), 1);
  norm.compute(problem.theta, &network);
  for (size_t u = 0; u < 4; ++u) {
    double moment = 0;
    for (const Vector& x : problem.X) moment += x[u] * x[u] / 5;
    CHECK(norm.input(0)[static_cast<Index>(u)] == Approx(moment).epsilon(1e-14));
  }
  CHECK((norm.output(0) == 1).all());
}
