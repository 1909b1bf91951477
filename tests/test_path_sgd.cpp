// test_path_sgd.cpp — path-sgd and ddp-sgd: what they follow exactly, where they stand still, and how long
// the first step is.
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "core/symmetry/group.hpp"
#include "core/symmetry/path_norm.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/groups.hpp"
#include "tests/support/naive_network.hpp"
#include "tests/support/runs.hpp"
#include "tests/support/twins.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// Rounding, ε relative to the start, amplified by what twenty steps of training amplify any perturbation.
constexpr double kSame = 1e-9;
const char* const kPlain[] = {
    "mlp:10-8-5",           "mlp:10-8-6-5+bias",        "mlp:10-8x2-5/leaky-relu+bias",
    "arch1:10-6-5/pool2",   "arch1:10-6-5-5/pool2",     "arch1:10-6x2-5/pool2+bias",
    "arch1:10-6x4-5/pool2", "arch1:10-5x2-5/pool3+bias"};

}  // namespace

TEST_CASE(
    "path-sgd, ddp-sgd: node-wise rescaling is followed for 20 steps, with pools and biases, at every "
    "alpha") {
  for (const char* text : kPlain) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const ParamLayout layout = layout_of(spec);
    const Vector start = balanced_start(spec), other = node_rescale(layout, Stream(91, 0), start);
    const auto apart = [&](const std::string& name, const std::string& settings, double rate) {
      return deviation(name, settings, spec, start, other, 20, rate);
    };
    INFO(text);
    CHECK(apart("path-sgd", "", 0.02) <= kSame);
    for (const char* alpha : {"alpha=0", "alpha=0.3", "alpha=0.5", "alpha=1"}) {
      INFO(alpha);
      CHECK(apart("ddp-sgd", alpha, 0.02) <= kSame);
    }
    CHECK(apart("sgd", "", 0.02) > 1e-3);
    // The first step's length depends on the coordinates, and with it the factor.
    CHECK(apart("path-sgd", "scale=ratio", 0.02) > 1e-3);
  }
}

TEST_CASE("path-sgd, ddp-sgd: filter rescaling is followed with batch normalization, in our reading of it") {
  for (const char* text : {"archbn:10-6-5/pool2", "archbn:10-6x3-5/pool2+bias", "archbn:10-6x2-5"}) {
    const NetworkSpec spec = scale_free(text);
    const ParamLayout layout = layout_of(spec);
    const Vector start = balanced_start(spec), other = filter_rescale(layout, Stream(92, 0), start);
    INFO(text);
    CHECK(deviation("path-sgd", "", spec, start, other, 20, 0.02) <= kSame);
    CHECK(deviation("ddp-sgd", "", spec, start, other, 20, 0.02) <= kSame);
    CHECK(deviation("sgd", "", spec, start, other, 20, 0.02) > 1e-3);
  }
}

TEST_CASE("ddp-sgd: alpha = 0 is path-sgd to the bit") {
  for (const char* text : {"arch1:10-6-5-5/pool2+bias", "archbn:10-6x2-5/pool2", "mlp:10-8-5"}) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Vector start = balanced_start(spec);
    for (const char* scale : {"", " scale=ratio"}) {
      const Vector path = run("path-sgd", scale, spec, start, 5, 0.05);
      const Vector ddp = run("ddp-sgd", std::string("alpha=0") + scale, spec, start, 5, 0.05);
      CHECK(std::memcmp(path.data(), ddp.data(), path.size() * sizeof(double)) == 0);
      CHECK(path != start);
    }
  }
}

TEST_CASE("path-sgd, ddp-sgd: a weight without a path stands still, and its gradient's NaN shows") {
  const NetworkSpec spec = parse_network("mlp:6-5-4+bias", 0, 0);
  const Problem problem = make_problem(spec, 8, Stream(93, 0));
  const OwnedBatch<double> batch(problem);
  for (const char* name : {"path-sgd", "ddp-sgd"}) {
    Stepper<double> stepper(spec, find_optimizer(name), {}, 8);
    std::copy(problem.theta.begin(), problem.theta.end(), stepper.theta().begin());
    const ParamLayout& layout = stepper.network().layout();
    const Block &W = layout.blocks[0], &b = layout.blocks[1], &classes = layout.blocks[2];
    view(classes, stepper.theta()).col(2).setZero();  // nothing reads unit 2
    view(W, stepper.theta()).row(3).setZero();        // nothing reaches unit 3
    view(b, stepper.theta())(0, 3) = 0;
    stepper.bind(Stream(94, 0));
    const Vector before(stepper.theta().begin(), stepper.theta().end());
    const std::span<const double> start(before);
    stepper.gradient(batch.batch());
    auto* grad = const_cast<double*>(stepper.grad().data());
    view(W, std::span<double>(grad, before.size())).row(2).setOnes();
    view(classes, std::span<double>(grad, before.size())).col(3).setOnes();
    stepper.step(batch.batch(), 0.1);
    INFO(name);
    const auto after = [&](const Block& block) { return Matrix<double>(view(block, stepper.theta())); };
    for (double theta : stepper.theta()) CHECK(std::isfinite(theta));
    CHECK(after(W).row(2) == view(W, start).row(2));
    CHECK(after(b)(0, 2) == view(b, start)(0, 2));
    CHECK(after(classes).col(3) == view(classes, start).col(3));
    CHECK(after(W).row(0) != view(W, start).row(0));

    stepper.gradient(batch.batch());
    view(W, std::span<double>(grad, before.size()))(2, 1) = std::numeric_limits<double>::quiet_NaN();
    stepper.step(batch.batch(), 0.1);
    CHECK(std::isnan(after(W)(2, 1)));
  }
}

TEST_CASE("path-sgd: scale=ratio gives the first step SGD's length, and keeps its factor") {
  for (const char* text : {"mlp:10-8-5+bias", "arch1:10-6x2-5/pool2", "archbn:10-6x2-5/pool2"}) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Vector start = balanced_start(spec);
    const auto length = [](const Vector& a, const Vector& b) {
      double sum = 0;
      for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
      return std::sqrt(sum);
    };
    const Vector ratio = run("path-sgd", "scale=ratio", spec, start, 1, 0.05);
    INFO(text);
    CHECK(length(ratio, start) == Approx(length(run("sgd", "", spec, start, 1, 0.05), start)).epsilon(1e-12));
    if (spec.batch_norm()) continue;  // scale and shift follow another rule
    const double c = length(ratio, start) / length(run("path-sgd", "", spec, start, 1, 0.05), start);
    const Vector two = run("path-sgd", "scale=ratio", spec, start, 4, 0.05);
    const Vector same = run("path-sgd", "", spec, start, 4, 0.05 * c);
    CHECK(length(two, same) <= 1e-10 * length(two, start));
  }
}

TEST_CASE(
    "path-sgd, ddp-sgd: batch-normalized rows beyond 2^40 are made shorter, and the function goes on as it "
    "would") {
  const NetworkSpec spec = scale_free("archbn:10-6x2-5/pool2");
  const Vector start = balanced_start(spec);
  const ParamLayout layout = layout_of(spec);
  for (const char* name : {"path-sgd", "ddp-sgd"}) {
    Vector large = start;
    for (const Block& block : layout.blocks)
      if (block.role == Role::filters) view(block, std::span<double>(large)) *= 0x1p41;
    const Vector end = run(name, "", spec, large, 5, 0.02);
    INFO(name);
    CHECK(largest(end) < 0x1p40);
    CHECK(deviation(name, "", spec, start, large, 5, 0.02) <= kSame);
  }
}

// Longer filters, with running statistics that fit them, are the same function. Where a step has shortened
// them they still are: the logits in evaluation have the bits of a twin's whose filters stayed short.
TEMPLATE_TEST_CASE(
    "sm, path-sgd, ddp-sgd: a filter that is made shorter keeps the function in evaluation too, to the bit",
    "", float, double) {
  const NetworkSpec spec = scale_free("archbn:10-6x2-5/pool2");
  constexpr TestType kLonger = TestType(0x1p36);
  for (const std::string name : {"sm", "path-sgd", "ddp-sgd"}) {
    const auto logits = [&](bool longer, double& largest_filter) -> Matrix<TestType> {
      Stepper<TestType> stepper(spec, find_optimizer(name), {}, kRunBatch);
      stepper.start("balanced", Stream(95, 0), Stream(96, 0));
      const auto step = [&](int t, double rate) {
        const OwnedBatch<TestType> batch(make_problem(spec, kRunBatch, run_batch(t)));
        stepper.gradient(batch.batch());
        stepper.step(batch.batch(), rate);
      };
      const auto& blocks = stepper.network().layout().blocks;
      for (const Block& block : blocks)  // below the bound by less than the factor
        if (block.role == Role::filters) view(block, stepper.theta()) *= TestType(0x1p10);
      for (int t = 0; t < 20; ++t) step(t, 1e-2);
      if (longer) {
        for (const Block& block : blocks)
          if (block.role == Role::filters) view(block, stepper.theta()) *= kLonger;
        for (BatchStatistics<TestType>* s : stepper.network().statistics())
          s->mean *= kLonger, s->variance *= kLonger * kLonger;
      }
      for (int t = 20; t < 23; ++t) step(t, 1e-2);
      largest_filter = 0;
      for (const Block& block : blocks)
        if (block.role == Role::filters)
          largest_filter =
              std::max(largest_filter,
                       static_cast<double>(view(block, std::span<const TestType>(stepper.theta())).norm()));
      const OwnedBatch<TestType> batch(make_problem(spec, kRunBatch, run_batch(30)));
      return stepper.network().forward(stepper.theta(), batch.batch().X, Mode::evaluate);
    };
    double small = 0, large = 0;
    const Matrix<TestType> expected = logits(false, small), found = logits(true, large);
    INFO(name << ": longest filters " << small << " and " << large);
    CHECK(small < 0x1p20);
    CHECK(large < 0x1p40);  // it would have been beyond 2^46
    CHECK(found == expected);
  }
}

TEST_CASE(
    "ddp-sgd: kappa is half the second derivative of the squared norm at alpha = 0, and another number "
    "above") {
  // Of the norm as published, where the second moments of a layer's inputs depend on the weights before it.
  const NetworkSpec spec = parse_network("mlp:6-5-4-3", 0, 0);
  const Problem problem = make_problem(spec, kRunBatch, Stream(98, 0));
  const OwnedBatch<double> batch(problem);
  Network<double> network(spec, kRunBatch);
  const ParamLayout& layout = network.layout();
  const auto squared_norm = [&](const Vector& theta, double alpha) {
    const NaivePass pass = NaiveNetwork(spec).train(theta, problem.X, problem.labels);
    Vector gamma2(static_cast<size_t>(spec.inputs()), 1.0);
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const Block& weights = layout.blocks[static_cast<size_t>(layout.layers[l].weights)];
      Vector next;
      for (Index v = 0; v < weights.rows; ++v) {
        double paths = 0, data = 0;
        for (Index u = 0; u < weights.cols; ++u)
          paths += std::pow(theta[at(weights, v, u)], 2) * gamma2[static_cast<size_t>(u)];
        for (const Vector& z : pass.layers[l].z)
          data += std::pow(z[static_cast<size_t>(v)], 2) / static_cast<double>(kRunBatch);
        next.push_back((1 - alpha) * paths + alpha * data);
      }
      gamma2 = next;
    }
    return std::accumulate(gamma2.begin(), gamma2.end(), 0.0);
  };
  for (const double alpha : {0.0, 0.5, 1.0}) {
    Vector grad(problem.theta.size());
    network.gradient(problem.theta, batch.batch(), grad);
    PathNorm<double> norm(layout, alpha);
    norm.compute(problem.theta, &network);
    double low = INFINITY, high = 0;
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const Block& weights = layout.blocks[static_cast<size_t>(layout.layers[l].weights)];
      for (Index v = 0; v < weights.rows; ++v)
        for (Index u = 0; u < weights.cols; ++u) {
          const double kappa = norm.input(l)[u] * norm.output(l)[v];
          if (kappa < 1e-6) continue;  // nothing flows there
          constexpr double h = 1e-4;
          Vector theta = problem.theta;
          const auto moved = [&](double by) {
            theta[at(weights, v, u)] = problem.theta[at(weights, v, u)] + by;
            return squared_norm(theta, alpha);
          };
          const double half = (moved(h) - 2 * moved(0) + moved(-h)) / (2 * h * h);
          low = std::min(low, half / kappa), high = std::max(high, half / kappa);
        }
    }
    INFO("alpha " << alpha << ": " << low << " to " << high << " times kappa");
    // Three norms, some 1 to 100, rounded at 10^-16 relative and divided by h² = 10^-8.
    if (alpha == 0) CHECK((std::abs(low - 1) < 1e-4 && std::abs(high - 1) < 1e-4));
    if (alpha > 0) CHECK((low < 0.9 && high > 1.1));
  }
}

TEST_CASE(
    "path-sgd: on convolutions it follows rescaling of channels, and with batch normalization of filters") {
  for (const char* text : {"conv:6x5x2-4c3-p2s2-3c2-5-3/leaky-relu+bias", "conv:6x6x1-3c3s2-gap-3/relu",
                           "conv:6x5x1-3c3v-p3s2-3/pool2/relu+bias", "conv:6x5x2-4c3-p2s2-3c2-3/bn/relu",
                           "conv:6x5x2-4c3-a2s2-3c2-5-3/leaky-relu+bias"}) {
    const NetworkSpec spec = scale_free(text);
    const Site site(spec);
    const Vector start = balanced_start(spec);
    Vector other = start;
    find_group(spec.batch_norm() ? "filter-rescale" : "node-rescale")
        .draw(site, Stream(99, 0), 1)
        ->act(other);
    INFO(text);
    CHECK(deviation("path-sgd", "", spec, start, other, 20, 1e-3) <= kSame);
    CHECK(deviation("sgd", "", spec, start, other, 1, 1e-3) > 1e-3);
    CHECK(deviation("path-sgd", "scale=ratio", spec, start, start, 5, 1e-3) == 0);
  }
}
