// test_kfac.cpp — the Kronecker solve against the dense one, and the exact equivariances of undamped K-FAC
// (Martens and Grosse 2015).
#include <limits>

#include "core/network/layer_weights.hpp"
#include "optimizers/kronecker.hpp"
#include "protocols/trainer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/decompositions.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/groups.hpp"
#include "tests/support/naive_pictures.hpp"
#include "tests/support/runs.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

Matrix<double> random_matrix(Index rows, Index cols, std::uint64_t seed) {
  Stream stream(seed, 0);
  Matrix<double> M(rows, cols);
  for (Index i = 0; i < M.size(); ++i) M.data()[i] = stream.normal();
  return M;
}

constexpr double kSame = 1e-9;
const std::string kExact = "fisher=exact damping=0 t-cov=1 t-inv=1 kl-clip=0";

}  // namespace

TEST_CASE("kfac: the Kronecker solve is the dense solve with A ⊗ Γ, with biases and damping") {
  for (bool bias : {false, true})
    for (bool balanced : {true, false})
      for (double damping : {0.0, 1e-2}) {
        const Index I = 5, O = 4, B = 30, J = I + (bias ? 1 : 0);
        const Matrix<double> a = random_matrix(B, I, 121), g = 0.1 * random_matrix(B, O, 122);
        const Matrix<double> G_W = random_matrix(O, I, 123), G_b = random_matrix(1, O, 124);
        Kronecker<double> kronecker(I, O, bias);
        kronecker.reset();
        // Two batches of half the samples, the second averaged in.
        const auto half = [&](const Matrix<double>& M, Index first) {
          return ConstMatrixView<double>(M.data() + first * M.cols(), B / 2, M.cols());
        };
        kronecker.add_inputs(half(a, 0), 0, 1.0 / B);
        kronecker.add_inputs(half(a, B / 2), 1, 1.0 / B);
        kronecker.add_gradients(half(g, 0), 0, 2.0 / B);
        kronecker.add_gradients(half(g, B / 2), 0.5, 1.0 / B);
        kronecker.invert(damping, balanced);
        const double product = kronecker.solve(G_W.data(), bias ? G_b.data() : nullptr);

        Matrix<double> homogeneous(B, J), G(O, J);
        homogeneous.leftCols(I) = a, G.leftCols(I) = G_W;
        if (bias) homogeneous.col(I).setOnes(), G.col(I) = G_b.transpose();
        Matrix<double> A = homogeneous.transpose() * homogeneous / B, Gamma = g.transpose() * g / B;
        const double pi = balanced ? std::sqrt(A.trace() / J / (Gamma.trace() / O)) : 1;
        A.diagonal().array() += pi * std::sqrt(damping);
        Gamma.diagonal().array() += std::sqrt(damping) / pi;
        // Of G by rows: element (o, j) is o·J + j, so that the block's factors stand as Γ ⊗ A.
        Matrix<double> dense(O * J, O * J);
        for (Index r = 0; r < O * J; ++r)
          for (Index c = 0; c < O * J; ++c) dense(r, c) = Gamma(r / J, c / J) * A(r % J, c % J);
        const Eigen::VectorXd flat = Eigen::Map<Eigen::VectorXd>(G.data(), O * J);
        const Eigen::VectorXd u = dense_solve(dense, flat);
        const auto U = kronecker.solution();
        double difference = 0;
        for (Index i = 0; i < O * J; ++i) difference = std::max(difference, std::abs(U(i / J, i % J) - u[i]));
        INFO("bias " << bias << ", balanced " << balanced << ", damping " << damping << ": " << difference);
        CHECK(difference <= 1e-11 * u.cwiseAbs().maxCoeff());
        CHECK(product == Approx(u.dot(flat)).epsilon(1e-11));
      }
}

TEMPLATE_TEST_CASE("kfac: a gradient solved in its two parts, of a batch's lit values, is solved as a whole",
                   "", float, double) {
  Stream stream(125, 0);
  for (bool bias : {false, true}) {
    const Index I = 60, O = 30, B = 20;
    Matrix<TestType> X = random_matrix(B, I, 126).template cast<TestType>();
    for (Index i = 0; i < X.size(); ++i)
      if (stream.uniform() < 0.8) X.data()[i] = 0;
    const Matrix<TestType> dZ = random_matrix(B, O, 127).template cast<TestType>(), G_W = dZ.transpose() * X,
                           G_b = dZ.colwise().sum();
    LitRows<TestType> lit(I);
    lit.reserve(B, B * I);
    REQUIRE(lit.find(B, X.data(), I));
    Kronecker<TestType> kronecker(I, O, bias, B);
    kronecker.reset();
    kronecker.add_inputs({X.data(), B, I}, 0, TestType(1) / B);
    kronecker.add_gradients({dZ.data(), B, O}, 0, TestType(1) / B);
    kronecker.invert(TestType(1e-2), true);
    const TestType* b = bias ? G_b.data() : nullptr;
    const double product = kronecker.solve(G_W.data(), b);
    const Matrix<TestType> U = kronecker.solution();
    REQUIRE(kronecker.solves_from(lit));
    const double from_parts = kronecker.solve(lit, {dZ.data(), B, O}, G_W.data(), b);
    // Each way sums at most I + 1 products for A⁻¹ of its largest row sum, and O for Γ⁻¹; the inverses'
    // condition numbers do not count, as both read the same ones. Measured in float: 35 roundings of the
    // largest element.
    const double rounding = std::numeric_limits<TestType>::epsilon();
    const double largest = static_cast<double>(U.cwiseAbs().maxCoeff());
    const double apart = static_cast<double>((kronecker.solution() - U).cwiseAbs().maxCoeff());
    INFO("bias " << bias << ": " << apart / rounding / largest << " roundings");
    CHECK(apart <= 200 * rounding * largest);
    CHECK(std::abs(from_parts - product) <= 200 * rounding * std::abs(product));
    CHECK(apart > 0);  // it was another way

    // Where as many values are lit as there are, the whole is less work; of few samples nothing is read by
    // parts.
    lit.find(B, Matrix<TestType>::Ones(B, I).eval().data(), I);
    CHECK(kronecker.solves_from(lit) ==
          (B * I * (I + bias) + B * O * (O + I + bias) < O * (I + bias) * (O + I + bias)));
    REQUIRE(lit.find(4, X.data(), I));
    CHECK_FALSE(kronecker.solves_from(lit));
  }
}

TEST_CASE(
    "kfac: on a data set's lit pixels it steps as on all pixels, and a gradient that is not finite shows") {
  Stream stream(128, 0);
  Samples all;
  for (size_t i = 0; i < 80 * 121; ++i)
    all.pixels.push_back(stream.uniform() < 0.8 ? 0 : static_cast<std::uint8_t>(1 + stream.below(255)));
  for (size_t i = 0; i < 80; ++i) all.labels.push_back(static_cast<std::uint8_t>(stream.below(5)));
  Samples lit = all;
  lit.lit = find_lit_pixels(all.pixels, 121);
  REQUIRE_FALSE(lit.lit.empty());
  for (const char* text : {"archbn:121-40-5", "mlp:121-40-5+bias", "conv:11x11x1-40c11-p2-5/bn"}) {
    const bool dense = std::string_view(text).find("conv") == std::string_view::npos;
    const NetworkSpec spec = parse_sized_network(text);
    const OptimizerEntry& entry = find_optimizer("kfac");
    const Assignments settings = parse_settings("t-cov=4 t-inv=4");
    std::vector<std::vector<double>> ends;
    for (const Samples* samples : {&all, &lit}) {
      Stepper<double> stepper(spec, entry, settings, 40);
      stepper.start("he", Stream(129, 0), Stream(130, 0));
      BatchBuffer<double> buffer(40, 121);
      for (std::uint32_t t = 0; t < 12; ++t) {
        std::vector<std::uint32_t> indices;
        for (std::uint32_t i = 0; i < 40; ++i) indices.push_back((7 * t + 2 * i) % 80);
        const auto batch = buffer.gather(*samples, indices);
        stepper.gradient(batch);
        stepper.step(batch, 0.05);
      }
      ends.emplace_back(stepper.theta().begin(), stepper.theta().end());

      const auto batch = buffer.gather(*samples, std::vector<std::uint32_t>(40, 3));
      stepper.gradient(batch);
      // The gradient is the stepper's own memory, which it shows as const; step 12 observes, step 13 does
      // not.
      stepper.step(batch, 0.05);
      stepper.gradient(batch);
      const_cast<double&>(stepper.grad()[77]) = std::numeric_limits<double>::infinity();
      stepper.step(batch, 0.05);
      CHECK_FALSE(std::isfinite(stepper.theta()[77]));
    }
    double apart = 0, largest = 0;
    for (size_t i = 0; i < ends[0].size(); ++i) {
      apart = std::max(apart, std::abs(ends[0][i] - ends[1][i]));
      largest = std::max(largest, std::abs(ends[0][i]));
    }
    INFO(text << ": " << apart << " of " << largest);
    CHECK((apart > 0) == dense);      // another way, but for a filter as large as the picture
    CHECK(apart <= 1e-13 * largest);  // steps of a hundredth of it, by sums of at most 120
  }
}

TEST_CASE(
    "kfac: undamped, unclipped, with all labels, it follows node-wise rescaling and permutations exactly") {
  for (const char* text :
       {"mlp:10-6-5-4", "mlp:10-6-4+bias", "arch1:10-5-4-4/pool2", "arch1:10-4-4/pool2+bias"}) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const ParamLayout layout = layout_of(spec);
    const Vector start = balanced_start(spec);
    const auto apart = [&](const std::string& settings, const Vector& other) {
      return deviation("kfac", settings, spec, start, other, 20, 1e-3);
    };
    INFO(text);
    const Vector rescaled = node_rescale(layout, Stream(125, 0), start);
    CHECK(apart(kExact, rescaled) <= kSame);
    CHECK(apart(kExact + " decay=0.5", rescaled) <= kSame);
    CHECK(apart("fisher=exact damping=1e-2 t-cov=1 t-inv=1 kl-clip=0", rescaled) > 1e-3);
    CHECK(apart(kExact, permute(layout, Stream(126, 0), start)) <= kSame);
  }
}

TEST_CASE("kfac: undamped, unclipped, with all labels, it follows filter rescaling exactly") {
  for (const char* text : {"archbn:10-5-4/pool2", "archbn:10-5-4-4/pool2", "archbn:10-6-5-4+bias"}) {
    const NetworkSpec spec = scale_free(text);
    const ParamLayout layout = layout_of(spec);
    const Vector start = balanced_start(spec);
    const auto apart = [&](const std::string& settings, const Vector& other) {
      return deviation("kfac", settings, spec, start, other, 20, 1e-3);
    };
    INFO(text);
    const Vector rescaled = filter_rescale(layout, Stream(127, 0), start);
    CHECK(apart(kExact, rescaled) <= kSame);
    CHECK(apart("fisher=exact damping=1e-2 t-cov=1 t-inv=1 kl-clip=0", rescaled) > 1e-3);
    CHECK(apart(kExact, permute(layout, Stream(128, 0), start)) <= kSame);
  }
}

// ⟨Δ, F Δ⟩ of the approximation is λ² ν² ⟨U, G⟩.
TEST_CASE("kfac: the clip bounds the step's length in the metric, and short steps are not touched") {
  const NetworkSpec spec = parse_network("mlp:10-6-4+bias", 0, 0);
  const Vector start = balanced_start(spec);
  const auto step = [&](const std::string& clip, double rate) {
    Vector w = run("kfac", clip, spec, start, 1, rate);
    for (size_t i = 0; i < w.size(); ++i) w[i] -= start[i];
    return w;
  };
  const auto norm = [](const Vector& v) {
    double sum = 0;
    for (double x : v) sum += x * x;
    return std::sqrt(sum);
  };
  // Beyond the bound the rate has no effect; the bound's root is the length.
  const double at = norm(step("kl-clip=1e-4", 10));
  CHECK(norm(step("kl-clip=1e-4", 1000)) == Approx(at).epsilon(1e-10));
  CHECK(norm(step("kl-clip=4e-4", 10)) == Approx(2 * at).epsilon(1e-10));
  CHECK(norm(step("kl-clip=1e-4", 1e-6)) == Approx(norm(step("kl-clip=0", 1e-6))).epsilon(1e-10));
}

TEST_CASE("kfac: factors that had no full rank are named, with the lowest rank, and a trial keeps it") {
  const NetworkSpec spec = parse_network("mlp:10-6-4", 0, 0);
  const auto remark = [&](const std::string& settings, bool dead) {
    Stepper<double> stepper(spec, find_optimizer("kfac"), parse_settings(settings), kRunBatch);
    stepper.start("he", Stream(129, 0), Stream(130, 0));
    for (std::uint64_t t = 0; t < 2; ++t) {
      Problem problem = make_problem(spec, kRunBatch, Stream(132, t));
      for (Vector& x : problem.X)  // inputs 3 and 7 come back in the second batch
        if (dead && t == 0) x[3] = x[7] = 0;
      const OwnedBatch<double> batch(problem);
      stepper.gradient(batch.batch());
      stepper.step(batch.batch(), 1e-3);
    }
    return stepper.remarks();
  };
  const std::string undamped = "fisher=exact damping=0 decay=0 t-cov=1 t-inv=1";
  // The gradients at the logits sum to 0.
  CHECK(remark(undamped, false) ==
        "kfac: pseudo-inverse of factors without full rank: gradients of classes.weights (rank 3 of 4)");
  CHECK(contains(remark(undamped, true), "inputs of layer1.weights (rank 8 of 10), "));
  CHECK(remark("", false).empty());

  const Dataset data = noisy_classes();
  TrialSpec trial = small_trial(data, "mlp:8-6-3", "kfac");
  Monitor monitor;
  CHECK(run_trial(trial, data, monitor).message.empty());
  trial.settings = "damping=0 kl-clip=0";
  trial.protocol.search = false;
  trial.protocol.learning_rate = 1e-6;
  const TrialRecord record = run_trial(trial, data, monitor);
  CHECK(record.status == Status::completed);
  CHECK(contains(record.message, "classes.weights (rank 2 of 3)"));
}

TEST_CASE("kfac: dead units, dead inputs and repeated samples leave finite steps, damped or not") {
  const NetworkSpec spec = parse_network("arch1:10-6-5-4/pool2+bias", 0, 0);
  for (const char* settings : {"", "damping=0 t-cov=1 t-inv=1", "damping=1e-30 t-cov=1 t-inv=1"}) {
    Stepper<float> stepper(spec, find_optimizer("kfac"), parse_settings(settings), kRunBatch);
    stepper.start("he", Stream(129, 0), Stream(130, 0));
    view(stepper.network().layout().blocks[0], stepper.theta()).row(1).setZero();
    Problem problem = make_problem(spec, kRunBatch, Stream(131, 0));
    for (Vector& x : problem.X) x[3] = 0, x[5] = x[4];
    problem.X[1] = problem.X[0];
    const OwnedBatch<float> batch(problem);
    for (int t = 0; t < 5; ++t) {
      stepper.gradient(batch.batch());
      stepper.step(batch.batch(), 0.01);
      INFO(settings << ", step " << t);
      for (float theta : stepper.theta()) REQUIRE(std::isfinite(theta));
    }
  }
}

// Grosse and Martens 2016: A sums ā āᵀ over a sample's pixels, Γ is the mean of g gᵀ over them.
TEST_CASE("kfac: on convolutions a step is that of factors from explicit patches") {
  for (const char* text : {"conv:5x4x2-3c3-p2s2-4c2v-3/leaky-relu+bias", "conv:6x5x1-3c3s2-gap-3/sigmoid"}) {
    INFO(text);
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Index B = 7, K = spec.classes();
    const Problem problem = make_problem(spec, static_cast<size_t>(B), Stream(141, 0), 1e-6);
    const OwnedBatch<double> batch(problem);
    const double damping = 1e-2, rate = 0.1;
    Stepper<double> stepper(spec, find_optimizer("kfac"),
                            parse_settings("fisher=exact damping=0.01 kl-clip=0 t-cov=1 t-inv=1"), B);
    std::copy(problem.theta.begin(), problem.theta.end(), stepper.theta().begin());
    stepper.bind(Stream(142, 0));
    stepper.gradient(batch.batch());
    const Vector grad(stepper.grad().begin(), stepper.grad().end());
    stepper.step(batch.batch(), rate);

    const ParamLayout layout = layout_of(spec);
    const std::vector<LayerSpec> layers = spec.filter_layers();
    const NaivePicturePass pass = naive_pictures(spec, problem.theta, problem.X);
    std::vector<Eigen::MatrixXd> Gamma;
    for (const LayerSpec& layer : layers)
      Gamma.push_back(Eigen::MatrixXd::Zero(layer.filters(), layer.filters()));
    // Each sample by itself, each label at its probability.
    Network<double> network(spec, 1);
    Vector dlogits(static_cast<size_t>(K)), unused(problem.theta.size());
    for (Index b = 0; b < B; ++b) {
      const Vector& x = problem.X[static_cast<size_t>(b)];
      const auto logits = network.forward(problem.theta, {x.data(), 1, spec.inputs()}, Mode::train);
      const Eigen::ArrayXd p = (logits.row(0).array() - logits.maxCoeff()).exp().transpose();
      for (Index k = 0; k < K; ++k) {
        for (Index j = 0; j < K; ++j) dlogits[static_cast<size_t>(j)] = p[j] / p.sum() - (j == k ? 1 : 0);
        network.pull_back(problem.theta, dlogits.data(), unused);
        for (size_t l = 0; l < layers.size(); ++l) {
          const Eigen::MatrixXd g = network.trace(l).gradients;
          Gamma[l] += p[k] / p.sum() / static_cast<double>(B * g.rows()) * g.transpose() * g;
        }
      }
    }
    double worst = 0;
    for (size_t l = 0; l < layers.size(); ++l) {
      const LayerBlocks& blocks = layout.layers[l];
      const Block& W = layer_weights(layout, l);
      const Index J = W.cols + (blocks.bias >= 0), O = W.rows;
      Eigen::MatrixXd A = Eigen::MatrixXd::Zero(J, J), G(O, J), moved(O, J);
      for (const Vector& patch : naive_patches(layers[l], pass.inputs[l])) {
        Eigen::VectorXd a = Eigen::VectorXd::Ones(J);
        for (Index i = 0; i < W.cols; ++i) a[i] = patch[static_cast<size_t>(i)];
        A += a * a.transpose() / static_cast<double>(B);
      }
      const auto fill = [&](Eigen::MatrixXd& M, const auto& at) {
        for (Index o = 0; o < O; ++o)
          for (Index j = 0; j < J; ++j)
            M(o, j) = at(
                static_cast<size_t>(j < W.cols ? W.offset + o * W.cols + j
                                               : layout.blocks[static_cast<size_t>(blocks.bias)].offset + o));
      };
      fill(G, [&](size_t i) { return grad[i]; });
      fill(moved, [&](size_t i) { return (problem.theta[i] - stepper.theta()[i]) / rate; });
      const double pi =
          std::sqrt(A.trace() / static_cast<double>(J) / (Gamma[l].trace() / static_cast<double>(O)));
      A.diagonal().array() += pi * std::sqrt(damping);
      Gamma[l].diagonal().array() += std::sqrt(damping) / pi;
      const Eigen::MatrixXd U = dense_solve(A, dense_solve(Gamma[l], G).transpose()).transpose();
      worst = std::max(worst, (moved - U).cwiseAbs().maxCoeff() / U.cwiseAbs().maxCoeff());
    }
    INFO("largest relative difference " << worst);
    CHECK(worst <= 1e-9);  // the factors' conditions are below 1e5; θ was moved by a tenth of U
  }
}

// Filters of 1×1 see each pixel alone, so that a picture's pixels are samples of one pixel.
TEST_CASE("kfac: pixels that do not count move nothing, as though they were not there") {
  const NetworkSpec pictures = parse_network("conv:4x5x2-4c1-3c1/leaky-relu+bias", 0, 0),
                    pixels = parse_network("conv:1x1x2-4c1-3c1/leaky-relu+bias", 0, 0);
  const Index B = 3, I = pixels.inputs(), R = B * pictures.input.pixels();
  const int ignored = 3;
  const Vector class_weights = {0.5, 1, 3};
  const auto step = [&](const NetworkSpec& spec, const std::string& settings, const Vector& theta,
                        const Vector& X, const std::vector<std::uint8_t>& labels) {
    const Index count = static_cast<Index>(X.size()) / spec.inputs();
    Stepper<double> stepper(spec, find_optimizer("kfac"), parse_settings(settings), count);
    std::copy(theta.begin(), theta.end(), stepper.theta().begin());
    stepper.bind(Stream(151, 0));
    const Batch<double> batch{{X.data(), count, spec.inputs()},
                              {labels.data(), ignored, class_weights.data()}};
    for (int t = 0; t < 3; ++t) {
      stepper.gradient(batch);
      stepper.step(batch, 0.1);
    }
    return Vector(stepper.theta().begin(), stepper.theta().end());
  };
  // Labels are drawn of every row in turn, so that for sampled ones those that do not count come last.
  for (const auto& [settings, scattered] :
       {std::pair("fisher=exact", true), std::pair("fisher=empirical", true), std::pair("", false)}) {
    Problem problem = make_problem(pictures, static_cast<size_t>(B), Stream(152, 0));
    Vector all, counted;
    std::vector<std::uint8_t> left;
    for (const Vector& x : problem.X) all.insert(all.end(), x.begin(), x.end());
    for (Index r = 0; r < R; ++r) {
      std::uint8_t& label = problem.labels[static_cast<size_t>(r)];
      if (scattered ? r % 3 == 1 || r % 7 < 2 : r >= 33) {
        label = ignored;
        for (Index i = 0; i < I; ++i) all[static_cast<size_t>(r * I + i)] *= 10;
        continue;
      }
      left.push_back(label);
      for (Index i = 0; i < I; ++i) counted.push_back(all[static_cast<size_t>(r * I + i)]);
    }
    INFO(settings << ", " << left.size() << " of " << R << " pixels count");
    const std::string each = std::string(settings) + " t-cov=1 t-inv=1 kl-clip=0 damping=0.01";
    const Vector some = step(pictures, each, problem.theta, all, problem.labels),
                 alone = step(pixels, each, problem.theta, counted, left);
    double worst = 0, moved = 0;
    for (size_t i = 0; i < some.size(); ++i) {
      worst = std::max(worst, std::abs(some[i] - alone[i]));
      moved = std::max(moved, std::abs(some[i] - problem.theta[i]));
    }
    CAPTURE(worst, moved);
    CHECK(worst <= kSame * moved);
  }
}

TEST_CASE("kfac: a batch without any pixel that counts leaves parameters and factors as they are") {
  const NetworkSpec spec = parse_network("conv:4x4x1-3c3-p2s2-u-2c1/leaky-relu+bias", 0, 0);
  const Problem problem = make_problem(spec, 4, Stream(153, 0));
  const OwnedBatch<double> batch(problem);
  const std::vector<std::uint8_t> none(problem.labels.size(), 2);
  Stepper<double> stepper(spec, find_optimizer("kfac"), parse_settings("t-cov=1 t-inv=1"), 4);
  std::copy(problem.theta.begin(), problem.theta.end(), stepper.theta().begin());
  stepper.bind(Stream(154, 0));
  stepper.gradient(batch.batch());
  stepper.step(batch.batch(), 0.1);
  const auto copy = [&] {
    std::vector<Vector> arrays = {{stepper.theta().begin(), stepper.theta().end()}};
    for (const auto& array : stepper.optimizer().state()) arrays.emplace_back(array.begin(), array.end());
    return arrays;
  };
  const std::vector<Vector> before = copy();
  const Batch<double> empty{batch.batch().X, {none.data(), 2}};
  stepper.gradient(empty);
  stepper.step(empty, 0.1);
  const bool same = copy() == before;
  CHECK(same);
}
