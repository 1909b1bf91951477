// test_network.cpp — networks against their naive twin in both precisions; statistics of batch normalization,
// starting values, batches, non-finite numbers.
#include <cmath>
#include <cstring>
#include <limits>

#include "core/network/loss.hpp"
#include "core/network/network.hpp"
#include "core/network/start.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/problems.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

template <class Real>
constexpr double epsilon_of = static_cast<double>(std::numeric_limits<Real>::epsilon());

// A layer rounds sums of I products, of B samples in normalization, and a dozen single operations; the layers
// add up, and normalization divides by deviations that can be small. Relative to the largest element.
double roundings(const NetworkSpec& spec, size_t B) {
  const double layers = static_cast<double>(spec.layers.size());
  Index widest = spec.inputs();
  for (const LayerSpec& layer : spec.hidden_layers()) widest = std::max(widest, layer.features);
  return layers * (static_cast<double>(widest) + (spec.batch_norm() ? 2 * static_cast<double>(B) : 0) + 12);
}

template <class Actual, class Expected>
double difference(const Actual& actual, const Expected& expected, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; ++i) {
    const double d = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (!(d <= most)) most = d;  // keeps a NaN
  }
  return most;
}

Vector flat(const Rows& rows) {
  Vector values;
  for (const Vector& row : rows) values.insert(values.end(), row.begin(), row.end());
  return values;
}

template <class Values>
Vector to_vector(const Values& values) {
  Vector result;
  for (Index i = 0; i < values.size(); ++i) result.push_back(static_cast<double>(values[i]));
  return result;
}

template <class Values>
bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(a[0])) == 0;
}

template <class Real>
void check_close(const std::string& what, const Real* actual, const Vector& expected, double bound) {
  const double most = difference(actual, expected, expected.size()),
               scale = std::max(largest(expected), 1e-3);
  INFO(what << ": largest " << scale << ", difference " << most << ", bound " << bound * scale);
  CHECK(most <= bound * scale);
}

// The paper's layer with `depth` hidden layers of small width.
DenseNetwork small(bool batch_norm, size_t depth, Activation activation = Activation::relu, Index pool = 2) {
  DenseNetwork spec;
  spec.inputs = 6, spec.features.assign(depth, 5), spec.classes = 4, spec.pool = pool;
  spec.batch_norm = batch_norm, spec.activation = activation;
  return spec;
}

}  // namespace

TEMPLATE_TEST_CASE("network: logits, loss, gradient and traces are the naive twin's", "", float, double) {
  std::vector<NetworkSpec> specs = small_networks();
  for (const char* text : {"archbn:33-20x4-10/pool2", "arch1:33-20x4-10/pool2",
                           "arch1:17-9-31-2/pool5/sigmoid", "mlp:64-32-32-10+bias", "mlp:40-7"})
    specs.push_back(parse_network(text, 0, 0));
  std::uint64_t index = 0;
  for (const NetworkSpec& spec : specs) {
    const size_t B = spec.inputs() > 5 ? 30 : 6;
    const double bound = 4 * roundings(spec, B) * epsilon_of<TestType>;
    // Far enough from a kink for rounding not to cross it.
    const Problem problem = make_problem(spec, B, Stream(21, index++), 4 * epsilon_of<TestType>);
    const NaiveNetwork naive(spec);
    const NaivePass pass = naive.train(problem.theta, problem.X, problem.labels);
    Network<TestType> network(spec, static_cast<Index>(B) + 3);
    const OwnedBatch<TestType> samples(problem);
    const auto theta = cast<TestType>(problem.theta);
    std::vector<TestType> grad(theta.size(), std::numeric_limits<TestType>::quiet_NaN());
    INFO(spec.text());
    REQUIRE(naive.size() == static_cast<size_t>(network.layout().size));

    const auto logits = network.forward(theta, samples.batch().X, Mode::train);
    check_close("logits", logits.data(), flat(pass.logits()), bound);
    const TestType loss = network.gradient(theta, samples.batch(), grad);
    check_close("loss", &loss, {pass.loss}, bound);
    check_close("gradient", grad.data(), pass.gradient, bound);
    CHECK(network.loss(theta, samples.batch()) == loss);

    network.gradient(theta, samples.batch(), grad);
    for (size_t l = 0; l < pass.layers.size(); ++l) {
      const LayerTrace<TestType> trace = network.trace(l);
      REQUIRE(trace.inputs.rows() == static_cast<Index>(B));
      REQUIRE(trace.gradients.rows() == static_cast<Index>(B));
      REQUIRE(static_cast<size_t>(trace.gradients.size()) == flat(pass.layers[l].dz).size());
      check_close("trace: inputs", trace.inputs.data(), flat(pass.layers[l].inputs), bound);
      check_close("trace: gradients", trace.gradients.data(), flat(pass.layers[l].dz), bound);
    }
  }
}

TEMPLATE_TEST_CASE("network: the same call gives the same bits, after batches of other sizes and modes too",
                   "", float, double) {
  for (bool batch_norm : {false, true}) {
    const NetworkSpec spec = small(batch_norm, 2);
    const Problem problem = make_problem(spec, 9, Stream(22, 0)),
                  other = make_problem(spec, 4, Stream(23, 0));
    const OwnedBatch<TestType> samples(problem), few(other);
    const auto theta = cast<TestType>(problem.theta);
    std::vector<TestType> first(theta.size()), again(theta.size());
    Network<TestType> network(spec, 9);
    const TestType loss = network.gradient(theta, samples.batch(), first);
    network.gradient(cast<TestType>(other.theta), few.batch(), again);
    network.errors(theta, few.batch());
    CHECK(network.gradient(theta, samples.batch(), again) == loss);
    CHECK(same_bits(first, again));

    Network<TestType> larger(spec, 50);
    CHECK(larger.gradient(theta, samples.batch(), again) == loss);
    CHECK(same_bits(first, again));
  }
}

TEMPLATE_TEST_CASE("network: pull_back gives the transposed Jacobian, any number of times", "", float,
                   double) {
  for (bool batch_norm : {false, true}) {
    const NetworkSpec spec = small(batch_norm, 2);
    const size_t B = 5, BK = 5 * 4;
    const Problem problem = make_problem(spec, B, Stream(24, 0), 1e-4);
    const OwnedBatch<TestType> samples(problem);
    const auto theta = cast<TestType>(problem.theta);
    Network<TestType> network(spec, B);
    std::vector<TestType> grad(theta.size()), pulled(theta.size()), sum(theta.size());
    Buffer<TestType> dlogits(
        BK);  // exponentials round by where they lie in a vector: aligned like the network's
    network.gradient(theta, samples.batch(), grad);
    softmax_cross_entropy(network.forward(theta, samples.batch().X, Mode::train), samples.batch().targets,
                          dlogits.data());
    const auto kept = dlogits;
    network.pull_back(theta, dlogits.data(), pulled);
    CHECK(same_bits(pulled, grad));
    CHECK(same_bits(dlogits, kept));
    for (size_t j = 0; j < BK; ++j) {
      Buffer<TestType> one(BK);
      one[j] = dlogits[j];
      network.pull_back(theta, one.data(), pulled);
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += pulled[i];
    }
    check_close("sum of the rows", sum.data(), Vector(grad.begin(), grad.end()),
                (4 * roundings(spec, B) + static_cast<double>(BK)) * epsilon_of<TestType>);
    network.pull_back(theta, dlogits.data(), pulled);
    CHECK(same_bits(pulled, grad));
  }
}

TEMPLATE_TEST_CASE("network: evaluation reads running statistics of momentum 0.1 and unbiased variance", "",
                   float, double) {
  for (size_t depth : {1u, 2u, 4u})
    for (double momentum : {0.1, 0.5}) {
      NetworkSpec spec = small(true, depth);
      spec.bn_momentum = momentum;
      const size_t B = 8;
      Network<TestType> network(spec, B);
      const NaiveNetwork naive(spec);
      NaiveStatistics running = naive.initial_statistics();
      const double bound = 4 * roundings(spec, B) * epsilon_of<TestType>;
      for (std::uint64_t step = 0; step < 5; ++step) {
        const Problem problem = make_problem(spec, B, Stream(25, step), 4 * epsilon_of<TestType>);
        const OwnedBatch<TestType> samples(problem);
        const auto theta = cast<TestType>(problem.theta);
        std::vector<TestType> grad(theta.size());
        check_close("before the step", network.forward(theta, samples.batch().X, Mode::evaluate).data(),
                    flat(naive.evaluate(problem.theta, problem.X, running)), bound);
        network.gradient(theta, samples.batch(), grad);
        naive.update(running, naive.train(problem.theta, problem.X, problem.labels));
        const Rows expected = naive.evaluate(problem.theta, problem.X, running);
        check_close("after the step", network.forward(theta, samples.batch().X, Mode::evaluate).data(),
                    flat(expected), bound);
        Index errors = 0;
        for (size_t b = 0; b < B; ++b)
          errors += std::max_element(expected[b].begin(), expected[b].end()) - expected[b].begin() !=
                    problem.labels[b];
        CHECK(network.errors(theta, samples.batch()) == errors);
      }
      const auto statistics = network.statistics();
      REQUIRE(statistics.size() == depth);
      for (size_t l = 0; l < depth; ++l) {
        check_close("running mean", statistics[l]->mean.data(), running.mean[l], bound);
        check_close("running variance", statistics[l]->variance.data(), running.variance[l], bound);
      }
      network.reset_statistics();
      for (const auto* s : network.statistics()) {
        CHECK((s->mean == 0).all());
        CHECK((s->variance == 1).all());
      }
    }
}

// Ioffe and Szegedy 2015, algorithm 2: E[x] = mean of the batches' means, Var[x] = mean of their unbiased
// variances.
TEMPLATE_TEST_CASE("network: population statistics are the means over the batches of one pass", "", float,
                   double) {
  const NetworkSpec spec = small(true, 2);
  const size_t B = 8, batches = 5;
  Network<TestType> network(spec, B);
  const NaiveNetwork naive(spec);
  const Problem at = make_problem(spec, B, Stream(26, 0));
  const auto theta = cast<TestType>(at.theta);
  NaiveStatistics expected = naive.initial_statistics();
  for (Rows* rows : {&expected.mean, &expected.variance})
    for (Vector& row : *rows) std::fill(row.begin(), row.end(), 0.0);

  for (int pass = 0; pass < 2; ++pass) {  // the second forgets the first
    network.begin_population();
    for (size_t i = 0; i < batches; ++i) {
      const Problem data = make_problem(spec, B, Stream(27, i));
      network.forward(theta, OwnedBatch<TestType>(data).batch().X, Mode::train);
      if (pass == 1) continue;
      const NaivePass naive_pass = naive.train(at.theta, data.X, data.labels);
      for (size_t l = 0; l < 2; ++l)
        for (size_t o = 0; o < expected.mean[l].size(); ++o) {
          expected.mean[l][o] += naive_pass.layers[l].mean[o] / batches;
          expected.variance[l][o] += naive_pass.layers[l].variance[o] * B / (B - 1.0) / batches;
        }
    }
    network.end_population();
    const double bound = 4 * roundings(spec, B) * epsilon_of<TestType>;
    for (size_t l = 0; l < 2; ++l) {
      check_close("mean", network.statistics()[l]->mean.data(), expected.mean[l], bound);
      check_close("variance", network.statistics()[l]->variance.data(), expected.variance[l], bound);
    }
    const OwnedBatch<TestType> samples(at);
    check_close("logits", network.forward(theta, samples.batch().X, Mode::evaluate).data(),
                flat(naive.evaluate(at.theta, at.X, expected)), bound);
  }

  // Training goes on from there with the running rule.
  const Vector before = to_vector(network.statistics()[0]->mean);
  const OwnedBatch<TestType> samples(at);
  network.forward(theta, samples.batch().X, Mode::train);
  const Vector mean = naive.train(at.theta, at.X, at.labels).layers[0].mean;
  for (size_t o = 0; o < mean.size(); ++o)
    CHECK(static_cast<double>(network.statistics()[0]->mean[static_cast<Index>(o)]) ==
          Approx(0.9 * before[o] + 0.1 * mean[o]).margin(100 * epsilon_of<TestType>));
}

TEMPLATE_TEST_CASE("network: a NaN in the input or in any parameter reaches the loss", "", float, double) {
  const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
  for (bool batch_norm : {false, true})
    for (Index pool : {1, 2, 3})
      for (Activation activation : {Activation::relu, Activation::leaky_relu, Activation::sigmoid,
                                    Activation::tanh, Activation::linear}) {
        DenseNetwork shape = small(batch_norm, 2, activation, pool);
        shape.bias = true;
        const NetworkSpec spec = shape;
        const Problem problem = make_problem(spec, 5, Stream(28, 0));
        OwnedBatch<TestType> samples(problem);
        auto theta = cast<TestType>(problem.theta);
        Network<TestType> network(spec, 5);
        std::vector<TestType> grad(theta.size());
        int lost = 0;
        for (auto* values : {&theta, &samples.values()})
          for (TestType& value : *values) {
            const TestType kept = value;
            value = nan;
            lost += !std::isnan(network.gradient(theta, samples.batch(), grad));
            lost += !std::isnan(network.loss(theta, samples.batch()));
            value = kept;
          }
        INFO(spec.text());
        CHECK(lost == 0);
        CHECK(std::isfinite(network.loss(theta, samples.batch())));
      }
}

TEMPLATE_TEST_CASE("start: every kind scales the same raw draws", "", float, double) {
  const double epsilon = epsilon_of<TestType>;
  for (const char* text :
       {"archbn:30-8x2-5/pool2+bias", "arch1:30-8-6-5/pool3+bias", "mlp:30-8-5", "mlp:30-5"}) {
    const Network<TestType> network(parse_network(text, 0, 0), 1);
    const ParamLayout& layout = network.layout();
    const auto start = [&](const std::string& kind, std::uint64_t trial = 0) {
      std::vector<TestType> theta(static_cast<size_t>(layout.size), TestType(77));
      fill_start<TestType>(kind, layout, Stream(31, trial), theta);
      return theta;
    };
    const auto gaussian = start("gaussian");
    CHECK(same_bits(gaussian, start("gaussian")));
    CHECK_FALSE(same_bits(gaussian, start("gaussian", 1)));
    {  // One sequence of normal draws through the weights, in the order of the layout; the same in any
       // precision.
      Stream stream(31, 0);
      int wrong = 0;
      for (const Block& block : layout.blocks)
        for (Index i = 0; i < block.size(); ++i) {
          const TestType actual = gaussian[static_cast<size_t>(block.offset + i)];
          if (block.role == Role::filters || block.role == Role::class_vectors)
            wrong += actual != static_cast<TestType>(stream.normal());
          else
            wrong += actual != (block.role == Role::bn_scale ? 1 : 0);
        }
      CHECK(wrong == 0);
    }
    for (const std::string& kind : start_kinds()) {
      const auto theta = start(kind);
      INFO(text << " " << kind);
      for (const Block& block : layout.blocks) {
        const auto W = view(block, std::span<const TestType>(theta));
        const auto raw = view(block, std::span<const TestType>(gaussian));
        if (block.role != Role::filters && block.role != Role::class_vectors) {
          CHECK((W.array() == (block.role == Role::bn_scale ? 1 : 0)).all());
          continue;
        }
        if (kind == "unbalanced") continue;
        if (kind == "uniform") {
          // ±1/√I, and all of it: the mean square is a third of the square of that.
          const double reach = 1 / std::sqrt(static_cast<double>(W.cols())),
                       n = static_cast<double>(W.size());
          const double square = W.template cast<double>().squaredNorm() / n;
          CHECK(static_cast<double>(W.cwiseAbs().maxCoeff()) <= reach * (1 + 1e-6));
          // Five deviations of the mean of n squares, each of variance reach⁴·4/45.
          CHECK(std::abs(square - reach * reach / 3) <= 5 * reach * reach * std::sqrt(4 / (45 * n)));
          continue;
        }
        for (Index i = 0; i < W.rows(); ++i) {
          const double I = static_cast<double>(W.cols()), O = static_cast<double>(W.rows());
          double norm = 0;
          for (Index j = 0; j < W.cols(); ++j) norm += std::pow(static_cast<double>(raw(i, j)), 2);
          const double factor = kind == "gaussian"   ? 1
                                : kind == "balanced" ? 1 / std::sqrt(norm)
                                : kind == "he"       ? std::sqrt(2 / I)
                                                     : std::sqrt(2 / (I + O));
          double wrong = 0, square = 0;
          for (Index j = 0; j < W.cols(); ++j) {
            const double expected = factor * static_cast<double>(raw(i, j));
            wrong = std::max(wrong, std::abs(static_cast<double>(W(i, j)) - expected) / std::abs(expected));
            square += std::pow(static_cast<double>(W(i, j)), 2);
          }
          CHECK(wrong <= (I + 4) * epsilon);
          if (kind == "balanced") CHECK(std::abs(std::sqrt(square) - 1) <= 4 * epsilon);
        }
      }
    }
  }
  std::vector<TestType> theta(6);
  ParamLayout layout;
  layout.add("W", Role::filters, 2, 3);
  CHECK(contains(error_of([&] { fill_start<TestType>("balancd", layout, Stream(1, 0), theta); }),
                 "'balanced'"));
}

TEST_CASE("start: balanced rows are the gaussian ones divided by their norms, and rows of zeros stay") {
  ParamLayout layout;
  layout.add("W", Role::filters, 3, 2);
  layout.add("theta", Role::class_vectors, 1, 2);
  Vector theta = {3, 4, 0, 0, -0.6, 0.8, 5, 12};
  normalize_rows<double>(layout, {Role::filters}, theta);
  const Vector expected = {0.6, 0.8, 0, 0, -0.6, 0.8, 5, 12};
  CHECK(difference(theta, expected, 8) <= 2 * epsilon_of<double>);
  normalize_rows<double>(layout, {Role::filters, Role::class_vectors}, theta);
  CHECK(theta[6] == Approx(5.0 / 13));
}

TEST_CASE("start: unbalanced keeps a plain network's function, and only that one's") {
  for (const char* text : {"mlp:12-8-8-5", "arch1:12-8-6-5/pool2+bias", "arch1:12-8x4-5/pool3/leaky-relu",
                           "mlp:12-8-5/linear", "mlp:12-8-8-5/sigmoid", "archbn:12-8x2-5/pool2"}) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Problem problem = make_problem(spec, 20, Stream(32, 0));
    const OwnedBatch<double> samples(problem);
    Network<double> network(spec, 20);
    Vector he(problem.theta.size()), unbalanced(he.size());
    fill_start<double>("he", network.layout(), Stream(33, 0), he);
    fill_start<double>("unbalanced", network.layout(), Stream(33, 0), unbalanced);
    const Matrix<double> before = network.forward(he, samples.batch().X, Mode::train);
    const Matrix<double> after = network.forward(unbalanced, samples.batch().X, Mode::train);
    const double change = (after - before).cwiseAbs().maxCoeff() / before.cwiseAbs().maxCoeff();
    INFO(text << ": relative change " << change);
    if (spec.batch_norm() || spec.activation() == Activation::sigmoid)
      CHECK(change > 1e-3);
    else
      CHECK(change <= 4 * roundings(spec, 20) * epsilon_of<double>);
    CHECK(difference(he, unbalanced, he.size()) > 1);
    // One factor a pool group.
    const Block& first = network.layout().blocks[0];
    for (Index f = 0; f < spec.layers[0].features; ++f)
      for (Index i = 0; i < spec.layers[0].pool * first.cols; ++i) {
        const size_t at = static_cast<size_t>(f * spec.layers[0].pool * first.cols);
        const double factor = unbalanced[at] / he[at],
                     own = unbalanced[at + static_cast<size_t>(i)] / he[at + static_cast<size_t>(i)];
        REQUIRE(std::abs(own / factor - 1) <= 8 * epsilon_of<double>);
        REQUIRE(factor > 0);
      }
  }
}

TEMPLATE_TEST_CASE("batch: gathered samples are pixels / 255 in the order asked for, with their labels", "",
                   float, double) {
  for (Index inputs : {1, 63, 64, 784}) {
    Samples samples;
    const size_t n = 40, I = static_cast<size_t>(inputs);
    for (size_t i = 0; i < n * I; ++i)
      samples.pixels.push_back(static_cast<std::uint8_t>((i * 37 + i / 256) % 256));
    for (size_t i = 0; i < n; ++i) samples.labels.push_back(static_cast<std::uint8_t>(i % 10));
    BatchBuffer<TestType> buffer(8, inputs);
    CHECK(buffer.capacity() == 8);
    for (const std::vector<std::uint32_t>& indices :
         {std::vector<std::uint32_t>{39, 0, 7, 7, 38, 1, 2, 39}, std::vector<std::uint32_t>{39},
          std::vector<std::uint32_t>{5, 39}, std::vector<std::uint32_t>{}}) {
      const Batch<TestType> batch = buffer.gather(samples, indices);
      REQUIRE(batch.size() == static_cast<Index>(indices.size()));
      REQUIRE(batch.X.cols() == inputs);
      const ConstMatrixView<TestType> X = batch.X;
      double wrong = 0;
      for (size_t b = 0; b < indices.size(); ++b) {
        CHECK(batch.targets.labels[b] == samples.labels[indices[b]]);
        for (size_t i = 0; i < I; ++i) {
          const double expected = samples.pixels[indices[b] * I + i] / 255.0;
          const double actual = static_cast<double>(X(static_cast<Index>(b), static_cast<Index>(i)));
          wrong = std::max(wrong, std::abs(actual - expected));
        }
      }
      CHECK(wrong <= epsilon_of<TestType>);
    }
  }
  Samples ends;
  ends.pixels = {0, 255};
  ends.labels = {0};
  BatchBuffer<TestType> buffer(1, 2);
  const std::uint32_t zero[] = {0};
  const auto batch = buffer.gather(ends, zero);
  CHECK(batch.X.data()[0] == 0);
  CHECK(batch.X.data()[1] == 1);
}

TEMPLATE_TEST_CASE("batch: samples of floats are read as they are", "", float, double) {
  Samples samples;
  samples.values = {-1.5f, 1e-30f, 3e38f, 0.1f, 255.f, -0.f};
  samples.labels = {2, 0, 1};
  BatchBuffer<TestType> buffer(3, 2);
  const std::uint32_t order[] = {2, 0, 2};
  const auto batch = buffer.gather(samples, order);
  const ConstMatrixView<TestType> X = batch.X;
  for (Index b = 0; b < 3; ++b) {
    CHECK(batch.targets.labels[b] == samples.labels[order[b]]);
    for (Index i = 0; i < 2; ++i)
      CHECK(X(b, i) == static_cast<TestType>(samples.values[2 * order[b] + static_cast<size_t>(i)]));
  }
}
