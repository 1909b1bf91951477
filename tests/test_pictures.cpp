// test_pictures.cpp — layers and networks over pictures against loops and differences: windows of every kind,
// ties, decoders; bits that do not depend on threads; allocation.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/network/average_pool.hpp"
#include "core/network/layer_weights.hpp"
#include "core/network/loss.hpp"
#include "core/network/network.hpp"
#include "core/network/pooling.hpp"
#include "core/network/response_norm.hpp"
#include "core/network/start.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/differences.hpp"
#include "tests/support/naive_pictures.hpp"
#include "tests/support/naive_train.hpp"
#include "tests/support/problems.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

using Kind = LayerSpec::Kind;

LayerSpec pool_layer(Index kernel, Index stride, Padding padding) {
  LayerSpec layer;
  layer.kind = Kind::max_pool, layer.kernel = kernel, layer.stride = stride, layer.padding = padding;
  return layer;
}

// Every window that touches or overlaps the next one, and, where windows stay inside, some that do neither.
std::vector<LayerSpec> poolings() {
  std::vector<LayerSpec> all;
  for (const Padding padding : {Padding::ceil, Padding::valid})
    for (const Index kernel : {1, 2, 3, 5})
      for (Index stride = 1; stride <= kernel + (padding == Padding::valid ? 1 : 0); ++stride)
        all.push_back(pool_layer(kernel, stride, padding));
  return all;
}

std::string name(const LayerSpec& layer) {
  return fmt::format("p{}{}s{}", layer.kernel, layer.padding == Padding::valid ? "v" : "", layer.stride);
}

Rows draw_rows(size_t B, size_t inputs, Stream stream) {
  Rows X(B, Vector(inputs));
  for (Vector& row : X)
    for (double& x : row) x = static_cast<double>(static_cast<float>(stream.normal()));
  return X;
}

// Whole numbers of which many are equal.
Rows draw_ties(size_t B, size_t inputs, Stream stream) {
  Rows X(B, Vector(inputs));
  for (Vector& row : X)
    for (double& x : row) x = static_cast<double>(stream.below(3));
  return X;
}

// The loss Σ R ⊙ Y of a layer against differences with respect to what it reads.
void check_layer(Layer<double>& layer, Index B, const Vector& X) {
  Vector at = X;
  const size_t outputs = static_cast<size_t>(B * layer.output_shape().size());
  Vector R(outputs);
  Stream stream(31, 0);
  for (double& r : R) r = stream.normal();
  const auto loss = [&] {
    layer.forward(nullptr, B, at.data(), Mode::train);
    double sum = 0;
    for (size_t i = 0; i < outputs; ++i) sum += R[i] * layer.output()[i];
    return sum;
  };
  const double scale = std::abs(loss()) + largest(R);
  Vector dY = R, dX(at.size(), std::numeric_limits<double>::quiet_NaN());
  layer.backward(nullptr, B, at.data(), dY.data(), nullptr, dX.data());
  Count count;
  for (size_t i = 0; i < at.size(); ++i) {
    const double x = at[i];
    const Difference difference = central_difference(
        [&](double step) {
          at[i] = x + step;
          return loss();
        },
        x, scale);
    at[i] = x;
    compare(count, "input " + std::to_string(i), dX[i], difference, largest(dX));
  }
  CHECK(count.checked == static_cast<int>(X.size()));
  CHECK(count.wrong == 0);
  CHECK(count.blunt == 0);
}

template <class Real>
bool same_bits(const std::vector<Real>& a, const std::vector<Real>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}

// As in test_network: a layer rounds sums of as many products as a filter has weights, normalization sums of
// all rows, and a dozen single operations. Relative to the largest element.
double roundings(const NetworkSpec& spec, size_t B) {
  double sum = 0;
  const ParamLayout layout = layout_of(spec);
  const std::vector<PictureShape> shapes = spec.shapes();
  for (size_t l = 0; l < layout.layers.size(); ++l)
    sum += static_cast<double>(layer_weights(layout, l).cols) + 12;
  for (size_t i = 0; i < spec.layers.size(); ++i)
    if (spec.layers[i].batch_norm)
      sum += 2 * static_cast<double>(B) * static_cast<double>(shapes[i + 1].pixels());
  return sum;
}

double naive_loss(const NaivePictures& logits, const std::vector<std::uint8_t>& labels) {
  double loss = 0;
  for (size_t r = 0; r < labels.size(); ++r) {
    double sum = 0;
    for (size_t k = 0; k < logits.C; ++k) sum += std::exp(logits.v[r * logits.C + k]);
    loss += std::log(sum) - logits.v[r * logits.C + labels[r]];
  }
  return loss / static_cast<double>(labels.size());
}

template <class Real>
void check_close(const std::string& what, const Real* actual, const Vector& expected, double bound) {
  const double scale = std::max(largest(expected), 1e-3);
  double most = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double d = std::abs(static_cast<double>(actual[i]) - expected[i]);
    if (!(d <= most)) most = d;  // keeps a NaN
  }
  INFO(what << ": largest " << scale << ", difference " << most << ", bound " << bound * scale);
  CHECK(most <= bound * scale);
}

}  // namespace

TEST_CASE("pictures: a pooling takes the first of the largest values of each window, and pulls back to it") {
  const PictureShape shape{7, 6, 3};
  const Index B = 4;
  Team team;
  int ties = 0;
  for (const LayerSpec& spec : poolings()) {
    INFO(name(spec));
    const Rows X = draw_ties(static_cast<size_t>(B), static_cast<size_t>(shape.size()), Stream(41, 0));
    const NaivePictures in = naive_input(shape, X);
    NaivePicturePass pass;
    std::vector<size_t> winners;
    const NaivePictures expected = naive_pool(spec, in, pass, winners);
    ties += pass.margin == 0;

    MaxPool<double> layer(shape, spec.kernel, spec.stride, spec.padding, B, team);
    REQUIRE(layer.output_shape() ==
            PictureShape{static_cast<Index>(expected.H), static_cast<Index>(expected.W), shape.channels});
    REQUIRE(spec.output(shape) == layer.output_shape());
    layer.forward(nullptr, B, in.v.data(), Mode::train);
    CHECK(Vector(layer.output(), layer.output() + expected.v.size()) == expected.v);

    Vector dY(expected.v.size()), dX(in.v.size()), pulled(in.v.size(), 0.0);
    for (size_t i = 0; i < dY.size(); ++i) dY[i] = static_cast<double>(1 + i % 17);  // sums are exact
    for (size_t i = 0; i < dY.size(); ++i) pulled[winners[i]] += dY[i];
    layer.backward(nullptr, B, in.v.data(), dY.data(), nullptr, dX.data());
    CHECK(dX == pulled);
  }
  CHECK(ties > 10);
}

TEST_CASE("pictures: an average is over a window's pixels inside the picture") {
  const PictureShape shape{7, 6, 3};
  const Index B = 4;
  Team team;
  const Rows X = draw_ties(static_cast<size_t>(B), static_cast<size_t>(shape.size()), Stream(41, 0));
  const NaivePictures in = naive_input(shape, X);
  for (LayerSpec spec : poolings()) {
    spec.kind = Kind::average_pool;
    INFO(name(spec));
    const NaivePictures expected = naive_average_pool(spec, in);
    AveragePool<double> layer(shape, spec.kernel, spec.stride, spec.padding, B, team);
    REQUIRE(layer.output_shape() ==
            PictureShape{static_cast<Index>(expected.H), static_cast<Index>(expected.W), shape.channels});
    REQUIRE(spec.output(shape) == layer.output_shape());
    layer.forward(nullptr, B, in.v.data(), Mode::train);
    CHECK(Vector(layer.output(), layer.output() + expected.v.size()) == expected.v);
  }
}

// torch.nn.AvgPool2d(k, s, ceil_mode, count_include_pad=False) of PyTorch 1.13; sums of whole numbers are
// exact, and a quotient is rounded once.
TEST_CASE("pictures: averages are PyTorch's, also of windows that reach beyond the picture") {
  Vector X(20);
  for (size_t i = 0; i < X.size(); ++i) X[i] = static_cast<double>((3 * i * i + i) % 11);
  struct Known {
    Index kernel, stride;
    Padding padding;
    Vector means;
  };
  const Known known[] = {
      {3, 2, Padding::ceil, {4, 2.8333333333333335, 4, 3.3333333333333335}},
      {2, 2, Padding::ceil, {3.75, 3.75, 4.75, 4.5, 3.5, 1}},
      {3, 3, Padding::ceil, {4, 2.6666666666666665, 3.6666666666666665, 5}},
      {2, 1, Padding::ceil, {3.75, 3.5, 3.75, 5.75, 4.75, 1.5, 4.75, 5.75, 4.5, 3.5, 3.75, 4.5}},
      {3, 2, Padding::valid, {4, 4}}};
  Team team;
  for (const Known& k : known) {
    AveragePool<double> layer({5, 4, 1}, k.kernel, k.stride, k.padding, 1, team);
    layer.forward(nullptr, 1, X.data(), Mode::evaluate);
    CHECK(Vector(layer.output(), layer.output() + layer.output_shape().size()) == k.means);
  }
}

TEST_CASE("pictures: a NaN wins over every value of its window, so that it reaches the loss") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Team team;
  for (size_t place = 0; place < 4; ++place) {
    MaxPool<double> layer({2, 2, 1}, 2, 2, Padding::ceil, 1, team);
    Vector X = {1, 5, 3, 2};
    X[place] = nan;
    layer.forward(nullptr, 1, X.data(), Mode::evaluate);
    CHECK(std::isnan(layer.output()[0]));
  }
}

TEST_CASE(
    "pictures: poolings, their undoing, global average and response normalization pull back what "
    "differences give") {
  const PictureShape shape{7, 6, 3};
  const Index B = 2;
  Team team;
  const auto values = [&](size_t size) { return draw_rows(1, size, Stream(42, size))[0]; };
  const Vector X = values(static_cast<size_t>(B * shape.size()));
  for (const LayerSpec& spec : poolings()) {
    INFO(name(spec));
    MaxPool<double> pool(shape, spec.kernel, spec.stride, spec.padding, B, team);
    check_layer(pool, B, X);
    AveragePool<double> mean(shape, spec.kernel, spec.stride, spec.padding, B, team);
    check_layer(mean, B, X);
    if (spec.stride < spec.kernel || spec.padding == Padding::valid) continue;
    Unpool<double> unpool(pool, B, team);
    pool.forward(nullptr, B, X.data(), Mode::train);
    check_layer(unpool, B, values(static_cast<size_t>(B * unpool.input().size())));
  }
  GlobalAverage<double> average(shape, B);
  check_layer(average, B, X);
  for (const Index channels : {1, 3, 8}) {
    INFO(channels << " channels");
    ResponseNorm<double> norm({3, 2, channels}, B, team);
    Vector strong = values(static_cast<size_t>(B * 6 * channels));
    for (double& x : strong) x *= 100;  // so that α Σ x² is no small part of 1
    check_layer(norm, B, strong);
  }
}

TEST_CASE("pictures: what an unpooling gives lies where the pooling's maxima were, zero elsewhere") {
  const PictureShape shape{5, 7, 2};
  const Index B = 3;
  Team team;
  for (const Index kernel : {2, 3}) {
    const Rows X = draw_ties(static_cast<size_t>(B), static_cast<size_t>(shape.size()), Stream(43, 0));
    const NaivePictures in = naive_input(shape, X);
    NaivePicturePass pass;
    std::vector<size_t> winners;
    const NaivePictures pooled = naive_pool(pool_layer(kernel, kernel, Padding::ceil), in, pass, winners);
    MaxPool<double> pool(shape, kernel, kernel, Padding::ceil, B, team);
    Unpool<double> unpool(pool, B, team);
    pool.forward(nullptr, B, in.v.data(), Mode::train);
    const Vector small = draw_rows(1, pooled.v.size(), Stream(44, 0))[0];
    unpool.forward(nullptr, B, small.data(), Mode::train);
    Vector expected(in.v.size(), 0.0);
    for (size_t i = 0; i < small.size(); ++i) expected[winners[i]] = small[i];
    CHECK(Vector(unpool.output(), unpool.output() + expected.size()) == expected);
  }
}

TEMPLATE_TEST_CASE("pictures: logits, loss and filters' outputs are those of loops over pixels", "", float,
                   double) {
  constexpr double epsilon = static_cast<double>(std::numeric_limits<TestType>::epsilon());
  std::uint64_t index = 0;
  for (const NetworkSpec& spec : picture_networks()) {
    const size_t B = 5;
    INFO(spec.text());
    const double bound = 4 * roundings(spec, B) * epsilon;
    const Problem problem = make_problem(spec, B, Stream(51, index++), 20 * epsilon);
    const NaivePicturePass pass = naive_pictures(spec, problem.theta, problem.X);
    Network<TestType> network(spec, static_cast<Index>(B) + 2);
    const OwnedBatch<TestType> samples(problem);
    const auto theta = cast<TestType>(problem.theta);
    const auto logits = network.forward(theta, samples.batch().X, Mode::train);
    REQUIRE(logits.rows() == static_cast<Index>(pass.logits.rows()));
    REQUIRE(logits.cols() == static_cast<Index>(pass.logits.C));
    check_close("logits", logits.data(), pass.logits.v, bound);
    const TestType loss = network.loss(theta, samples.batch());
    check_close("loss", &loss, {naive_loss(pass.logits, problem.labels)}, bound);
    for (size_t l = 0; l < pass.z.size(); ++l) {
      REQUIRE(network.filter_outputs(l).rows() == static_cast<Index>(pass.z[l].rows()));
      REQUIRE(network.pixels(l) * static_cast<Index>(B) == static_cast<Index>(pass.z[l].rows()));
      check_close("filters of layer " + std::to_string(l), network.filter_outputs(l).data(), pass.z[l].v,
                  bound);
    }
  }
}

TEMPLATE_TEST_CASE("pictures: gradients of weights and of filters' outputs are those of loops backwards", "",
                   float, double) {
  constexpr double epsilon = static_cast<double>(std::numeric_limits<TestType>::epsilon());
  std::uint64_t index = 0;
  for (const NetworkSpec& spec : picture_networks()) {
    const size_t B = 5;
    INFO(spec.text());
    // Forward and back, and the sums of weights' gradients over all pixels.
    const double rows = static_cast<double>(B) * static_cast<double>(spec.input.pixels());
    const double bound = (8 * roundings(spec, B) + rows) * epsilon;
    const Problem problem = make_problem(spec, B, Stream(51, index++), 20 * epsilon);
    const NaivePass pass = naive_train(spec, problem.theta, problem.X, problem.labels);
    Network<TestType> network(spec, static_cast<Index>(B));
    const OwnedBatch<TestType> samples(problem);
    std::vector<TestType> grad(problem.theta.size());
    const TestType loss = network.gradient(cast<TestType>(problem.theta), samples.batch(), grad);
    check_close("loss", &loss, {pass.loss}, bound);
    check_close("gradient", grad.data(), pass.gradient, bound);
    for (size_t l = 0; l < pass.layers.size(); ++l) {
      Vector dz;
      for (const Vector& row : pass.layers[l].dz) dz.insert(dz.end(), row.begin(), row.end());
      const auto found = network.trace(l).gradients;
      REQUIRE(found.size() == static_cast<Index>(dz.size()));
      check_close("gradients of layer " + std::to_string(l), found.data(), dz, bound);
    }
  }
}

TEST_CASE("pictures: a network's gradient is the derivative of its loss, whatever its layers") {
  std::uint64_t index = 0;
  Count all;
  for (const NetworkSpec& spec : picture_networks()) {
    const Problem problem = make_problem(spec, 4, Stream(52, index++), 1e-5);
    const OwnedBatch<double> samples(problem);
    Network<double> network(spec, 4);
    Vector theta = problem.theta, grad(theta.size(), std::numeric_limits<double>::quiet_NaN());
    network.gradient(theta, samples.batch(), grad);
    const std::vector<int> piece = naive_pictures(spec, theta, problem.X).pieces;
    const Count count = compare_gradient(
        theta, grad, [&] { return network.loss(theta, samples.batch()); },
        [&] { return naive_pictures(spec, theta, problem.X).pieces; });
    INFO(spec.text());
    CHECK(count.wrong == 0);
    CHECK(count.blunt == 0);
    all.checked += count.checked, all.skipped += count.skipped;
  }
  INFO(all.skipped << " of " << all.checked + all.skipped << " components cross a kink");
  CHECK(2 * all.skipped <= all.checked);  // pictures have many kinks
}

TEST_CASE("pictures: what the filters see is visited row by row, and their gradients are the weights'") {
  std::uint64_t index = 0;
  for (const NetworkSpec& spec : picture_networks()) {
    INFO(spec.text());
    const Problem problem = make_problem(spec, 3, Stream(53, index++));
    const OwnedBatch<double> samples(problem);
    Network<double> network(spec, 3);
    Vector grad(problem.theta.size());
    network.gradient(problem.theta, samples.batch(), grad);
    for (size_t l = 0; l < network.layout().layers.size(); ++l) {
      const auto dZ = network.trace(l).gradients;
      Matrix<double> seen(dZ.rows(), layer_weights(network.layout(), l).cols);
      Index row = 0;
      network.visit_inputs(l, [&](const ConstMatrixView<double>& rows) {
        seen.middleRows(row, rows.rows()) = rows;
        row += rows.rows();
      });
      REQUIRE(row == dZ.rows());
      const auto W = view(layer_weights(network.layout(), l), std::span<const double>(problem.theta));
      Matrix<double> Z = seen * W.transpose();
      const Matrix<double> dW = dZ.transpose() * seen;
      if (const LayerBlocks& blocks = network.layout().layers[l]; blocks.bn_scale >= 0 && blocks.bias >= 0)
        Z.rowwise() += view(network.layout().blocks[static_cast<size_t>(blocks.bias)],
                            std::span<const double>(problem.theta))
                           .row(0);
      const double tolerance = 100 * kEpsilon * static_cast<double>(dZ.rows() + seen.cols());
      CHECK((Z - network.filter_outputs(l)).cwiseAbs().maxCoeff() <= tolerance * Z.cwiseAbs().maxCoeff());
      const auto found = view(layer_weights(network.layout(), l), std::span<const double>(grad));
      CHECK((dW - found).cwiseAbs().maxCoeff() <= tolerance * std::max(1e-3, dW.cwiseAbs().maxCoeff()));
    }
  }
}

TEST_CASE("pictures: gradients, running statistics and errors have the same bits for any number of threads") {
  // Rows enough for several shares, and decoders.
  for (const char* text : {"conv:20x19x3-8c3-p2s2-12c5-p3s2-20-10/bn/relu",
                           "conv:20x19x3-8c3-p2s2-6c3-p2s2-u-8c3-u-8c3-5c1/bn/relu",
                           "conv:33x35x3-lrn-24c3v-p3s2-16c3s2-gap-7/leaky-relu+bias",
                           "conv:20x19x3-8c3-a3s2-12c5-a2s1-10/bn/relu", "archbn:40-30x2-10/pool2"}) {
    INFO(text);
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Index B = 12;
    const Problem problem = make_problem(spec, static_cast<size_t>(B), Stream(54, 0));
    const OwnedBatch<float> samples(problem);
    const auto theta = cast<float>(problem.theta);
    std::vector<float> first(theta.size()), again(theta.size());
    Network<float> alone(spec, B);
    const float loss = alone.gradient(theta, samples.batch(), first);
    for (const int threads : {2, 3, 7}) {
      Network<float> shared(spec, B, threads);
      for (int repeat = 0; repeat < 3; ++repeat) {
        CHECK(shared.gradient(theta, samples.batch(), again) == loss);
        CHECK(same_bits(first, again));
        if (repeat > 0) continue;
        const auto a = alone.statistics(), b = shared.statistics();
        for (size_t s = 0; s < a.size(); ++s) {
          CHECK((a[s]->mean == b[s]->mean).all());
          CHECK((a[s]->variance == b[s]->variance).all());
        }
        CHECK(shared.errors(theta, samples.batch()) == alone.errors(theta, samples.batch()));
      }
    }
  }
}

TEST_CASE("pictures: after the first gradient no pass allocates") {
  for (const NetworkSpec& spec : picture_networks()) {
    INFO(spec.text());
    const Problem problem = make_problem(spec, 4, Stream(55, 0));
    const OwnedBatch<float> samples(problem);
    const auto theta = cast<float>(problem.theta);
    std::vector<float> grad(theta.size());
    Network<float> network(spec, 4);
    network.gradient(theta, samples.batch(), grad);
    const long before = allocations();
    network.gradient(theta, samples.batch(), grad);
    network.errors(theta, samples.batch());
    CHECK(allocations() == before);
  }
}
