// test_kfac.cpp — the Kronecker solve against the dense one, and the exact equivariances of undamped K-FAC
// (Martens and Grosse 2015).
#include <limits>

#include "optimizers/kronecker.hpp"
#include "protocols/trainer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/decompositions.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/groups.hpp"
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

TEST_CASE(
    "kfac: undamped, unclipped, with all labels, it follows node-wise rescaling and permutations exactly") {
  for (const char* text :
       {"mlp:10-6-5-4", "mlp:10-6-4+bias", "arch1:10-5-4-4/pool2", "arch1:10-4-4/pool2+bias"}) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const ParamLayout layout = Network<double>(spec, 1).layout();
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
    const ParamLayout layout = Network<double>(spec, 1).layout();
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
