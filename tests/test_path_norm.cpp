// test_path_norm.cpp — κ against the enumeration of all paths, which is its definition (Neyshabur,
// Salakhutdinov, Srebro 2015), and what the data-dependent form keeps of it.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/network/layer_weights.hpp"
#include "core/symmetry/path_norm.hpp"
#include "core/symmetry/shared_path_norm.hpp"
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
    norm.compute(theta, spec.batch_norm() ? &network : nullptr);
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
    if (spec.batch_norm()) continue;  // its filters' factors are the batch's anyway
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

TEST_CASE("path norm: without convolutions, κ of shared weights is that of the others") {
  for (const char* text : kNetworks) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Problem problem = make_problem(spec, 6, Stream(84, 0));
    const OwnedBatch<double> batch(problem);
    Network<double> network(spec, 6);
    network.forward(problem.theta, batch.batch().X, Mode::train);
    PathNorm<double> norm(network.layout(), 0);
    norm.compute(problem.theta, &network);
    SharedPathNorm<double> shared(spec);
    shared.compute(problem.theta, &network);
    double worst = 0;
    for (size_t l = 0; l < network.layout().layers.size(); ++l) {
      const LayerBlocks& blocks = network.layout().layers[l];
      const auto kappa = view(layer_weights(network.layout(), l), shared.kappa());
      for (Index v = 0; v < kappa.rows(); ++v) {
        for (Index u = 0; u < kappa.cols(); ++u)
          worst = std::max(worst, std::abs(kappa(v, u) / (norm.input(l)[u] * norm.output(l)[v]) - 1));
        if (blocks.bias < 0) continue;
        const auto k = view(network.layout().blocks[static_cast<size_t>(blocks.bias)], shared.kappa());
        worst = std::max(worst, std::abs(k(0, v) / norm.output(l)[v] - 1));
      }
    }
    INFO(text << ": " << worst);
    CHECK(worst <= 1e-13);  // some hundred roundings of positive terms
  }
}

// 4×4 or 3×3 pictures, 2 filters 3×3 with biases, maxima or means of 2×2 pixels (of 3×3 the last windows
// reach beyond), 3 classes: every path by loops.
TEST_CASE("path norm: κ of a convolution's weights sums the paths through all of their places") {
  const int side = GENERATE(3, 4);
  const bool mean = GENERATE(false, true);
  const NetworkSpec spec =
      parse_network(fmt::format("conv:{0}x{0}x1-2c3-{1}2s2-3/relu+bias", side, mean ? 'a' : 'p'), 0, 0);
  const auto along = [&](int pixel) { return pixel / 2 * 2 + 1 < side ? 2 : 1; };  // pixels of its window
  const Problem problem = make_problem(spec, 2, Stream(85, 0));
  const Vector& w = problem.theta;
  const auto filter = [&](int f, int y, int x) { return static_cast<size_t>((f * 3 + y) * 3 + x); };
  const auto bias = [&](int f) { return static_cast<size_t>(18 + f); };
  const auto dense = [&](int k, int y, int x, int f) {
    return static_cast<size_t>(20 + ((k * 2 + y) * 2 + x) * 2 + f);
  };
  const auto class_bias = [&](int k) { return static_cast<size_t>(44 + k); };
  REQUIRE(w.size() == 47);
  const auto square = [&](size_t i) { return w[i] * w[i]; };
  Vector kappa(w.size(), 0.0);
  for (int k = 0; k < 3; ++k) {
    kappa[class_bias(k)] += 1;
    for (int f = 0; f < 2; ++f)
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
          const size_t out = dense(k, y / 2, x / 2, f);
          const double pixels = along(y) * along(x), share = mean ? 1 / (pixels * pixels) : 1;
          kappa[bias(f)] += share * square(out);
          kappa[out] += share * square(bias(f));
          for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) {
              const int row = y + i - 1, column = x + j - 1;
              if (row < 0 || row >= side || column < 0 || column >= side) continue;
              kappa[filter(f, i, j)] += share * square(out);
              kappa[out] += share * square(filter(f, i, j));
            }
        }
  }
  SharedPathNorm<double> norm(spec);
  norm.compute(w, nullptr);
  for (size_t i = 0; i < w.size(); ++i) CHECK(norm.kappa()[i] == Approx(kappa[i]).epsilon(1e-13));
}

TEST_CASE("path norm: what has no paths of its own is refused") {
  const auto refusal = [](const char* text) {
    return SharedPathNorm<double>::refuses(parse_network(text, 0, 0)).value_or("");
  };
  CHECK(refusal("conv:8x8x1-lrn-4c3-p2-gap-3") == "");
  CHECK(refusal("conv:8x8x1-4c3-lrn-3") != "");
  CHECK(refusal("conv:8x8x1-4c3-p2-u-2c1") != "");
}
