// test_natural.cpp — the Fisher matrix against finite differences, and what natural gradient steps are
// equivariant to: exactly, and to first order.
#include <limits>

#include "core/algebra/semidefinite.hpp"
#include "core/network/fisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/decompositions.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/groups.hpp"
#include "tests/support/runs.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// F from the rows of its factor.
Matrix<double> fisher(const NetworkSpec& spec, const Problem& problem) {
  const Index B = static_cast<Index>(problem.X.size());
  const OwnedBatch<double> batch(problem);
  Network<double> network(spec, B);
  network.forward(problem.theta, batch.batch().X, Mode::train);
  FisherRows<double> rows(spec, network.layout(), B);
  const auto U = rows.compute(network, problem.theta);
  REQUIRE(U.rows() == B * spec.classes());
  return U.transpose() * U;
}

Matrix<double> logits(const NetworkSpec& spec, const Problem& problem, const Vector& theta) {
  const OwnedBatch<double> batch(problem);
  Network<double> network(spec, static_cast<Index>(problem.X.size()));
  return network.forward(theta, batch.batch().X, Mode::train);
}

const char* const kNetworks[] = {"mlp:4-3",
                                 "mlp:5-4-3+bias",
                                 "arch1:5-3-3-4/pool2+bias",
                                 "mlp:4-3-3-3/sigmoid",
                                 "archbn:5-3-3/pool2",
                                 "archbn:4-3x2-3/pool2+bias"};

}  // namespace

TEST_CASE("natural: F is the mean of Jᵀ (diag p − p pᵀ) J with the logits' Jacobian by finite differences") {
  for (const char* text : kNetworks) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const double h = 1e-5;
    const Problem problem = make_problem(spec, 6, Stream(101, 0), 1e-2);  // no kink within h
    const Index B = 6, K = spec.classes(), P = static_cast<Index>(problem.theta.size());
    Matrix<double> J(B * K, P);
    for (Index i = 0; i < P; ++i) {
      Vector up = problem.theta, down = problem.theta;
      up[static_cast<size_t>(i)] += h, down[static_cast<size_t>(i)] -= h;
      const Matrix<double> slope = (logits(spec, problem, up) - logits(spec, problem, down)) / (2 * h);
      J.col(i) = Eigen::Map<const Eigen::VectorXd>(slope.data(), B * K);
    }
    const Matrix<double> z = logits(spec, problem, problem.theta);
    const Matrix<double> p = log_probabilities(ConstMatrixView<double>(z.data(), B, K)).array().exp();
    Matrix<double> expected = Matrix<double>::Zero(P, P);
    for (Index b = 0; b < B; ++b) {
      const auto Jb = J.middleRows(b * K, K);
      const Matrix<double> H =
          Matrix<double>(p.row(b).transpose().asDiagonal()) - p.row(b).transpose() * p.row(b);
      expected += Jb.transpose() * H * Jb / static_cast<double>(B);
    }
    const double difference = (fisher(spec, problem) - expected).cwiseAbs().maxCoeff(),
                 scale = expected.cwiseAbs().maxCoeff();
    INFO(text << ": " << difference << " of " << scale);
    // A central difference is off by h² third derivatives and ε/h rounding.
    CHECK(difference <= 1e-8 * scale);
  }
}

TEST_CASE("natural: half the quadratic form of F is the divergence of the predictions to second order") {
  for (const char* text : kNetworks) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Problem problem = make_problem(spec, 6, Stream(102, 0), 1e-2);
    const Index B = 6, P = static_cast<Index>(problem.theta.size());
    const Matrix<double> F = fisher(spec, problem);
    Stream stream(103, 0);
    Eigen::VectorXd v(P);
    for (double& x : v) x = stream.normal();
    const auto log_p = [&](double size) {
      Vector theta = problem.theta;
      for (Index i = 0; i < P; ++i) theta[static_cast<size_t>(i)] += size * v[i];
      const Matrix<double> z = logits(spec, problem, theta);
      return log_probabilities(ConstMatrixView<double>(z.data(), z.rows(), z.cols()));
    };
    const Matrix<double> at = log_p(0);
    // Both directions together: the third order cancels and the fourth is left.
    const auto divergence = [&](double size) {
      const Matrix<double> up = log_p(size), down = log_p(-size);
      return (at.array().exp() * (2 * at - up - down).array()).sum() / (2 * static_cast<double>(B));
    };
    const double form = v.dot(F * v) / 2;
    const double coarse = divergence(2e-3) / 4e-6 - form, fine = divergence(1e-3) / 1e-6 - form;
    INFO(text << ": form " << form << ", off by " << coarse << " and " << fine);
    CHECK(std::abs(fine) <= 1e-3 * form);
    CHECK(std::abs(coarse) <= 4e-3 * form);
  }
}

TEST_CASE("natural: damped steps follow an orthogonal change of coordinates exactly") {
  for (const char* text : {"mlp:10-6-4+bias", "arch1:10-4-3-4/pool2", "archbn:10-4-4/pool2"}) {
    const NetworkSpec spec = scale_free(text);
    const Vector start = balanced_start(spec);
    Stream stream(104, 0);
    const Matrix<double> Q = random_rotation(10, stream);
    const Block W = layout_of(spec).blocks[0];
    const auto turn = [&](Vector theta) {  // W ← W Qᵀ
      auto view_W = view(W, std::span<double>(theta));
      view_W = (view_W * Q.transpose()).eval();
      return theta;
    };
    const auto turn_inputs = [&](Problem& problem) {  // x ← Q x
      for (Vector& x : problem.X) {
        const Eigen::VectorXd turned = Q * Eigen::Map<const Eigen::VectorXd>(x.data(), 10);
        std::copy(turned.begin(), turned.end(), x.begin());
      }
    };
    for (const char* settings : {"", "damping=0.001"}) {
      const Vector w = turn(run("natural", settings, spec, start, 10, 0.1));
      const Vector other = run("natural", settings, spec, turn(start), 10, 0.1, turn_inputs);
      double most = 0, moved = 0;
      for (size_t i = 0; i < w.size(); ++i) {
        most = std::max(most, std::abs(w[i] - other[i]));
        moved = std::max(moved, std::abs(w[i] - turn(start)[i]));
      }
      INFO(text << " " << settings << ": apart " << most << ", moved " << moved);
      CHECK(moved > 1e-2);
      CHECK(most <= 1e-9 * moved);
    }
  }
}

// With F⁺ both runs move the predictions alike to first order, and apart in the second: relative to the step,
// in proportion to λ.
TEST_CASE("natural: undamped steps follow rescalings to first order, and damped ones do not") {
  const auto slope = [](const NetworkSpec& spec, const Vector& start, const Vector& other,
                        const std::string& settings) {
    const double fine = deviation("natural", settings, spec, start, other, 1, 1e-6, run_batch(0));
    const double middle = deviation("natural", settings, spec, start, other, 1, 1e-5, run_batch(0));
    const double coarse = deviation("natural", settings, spec, start, other, 1, 1e-4, run_batch(0));
    UNSCOPED_INFO(spec.text() << " " << settings << ": " << fine << " " << middle << " " << coarse);
    const double lower = std::log10(middle / fine), upper = std::log10(coarse / middle);
    return std::pair(lower, upper);
  };
  const std::string undamped = "damping=0 rcond=1e-9";
  for (const char* text : {"mlp:10-6-4", "arch1:10-4-3-4/pool2", "arch1:10-4-4/pool2+bias"}) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Vector start = balanced_start(spec);
    const Vector other = node_rescale(layout_of(spec), Stream(105, 0), start);
    const auto [lower, upper] = slope(spec, start, other, undamped);
    CHECK(lower == Approx(1).margin(0.1));
    CHECK(upper == Approx(1).margin(0.1));
    CHECK(std::abs(slope(spec, start, other, "").first) < 0.1);
  }
  for (const char* text : {"archbn:10-4-4/pool2", "archbn:10-4-3-4/pool2"}) {
    const NetworkSpec spec = scale_free(text);
    const Vector start = balanced_start(spec);
    const Vector other = filter_rescale(layout_of(spec), Stream(106, 0), start);
    const auto [lower, upper] = slope(spec, start, other, undamped);
    CHECK(lower == Approx(1).margin(0.1));
    CHECK(upper == Approx(1).margin(0.1));
    CHECK(std::abs(slope(spec, start, other, "").first) < 0.1);
  }
}

// x ← A x with W ← W A⁻¹ is the same network in other coordinates, for any invertible A. F⁺ takes the
// shortest solution in each: to first order in λ the predictions move alike.
TEST_CASE(
    "natural: undamped steps follow any linear change of coordinates to first order, damped ones do not") {
  for (const char* text : {"mlp:6-5-4+bias", "arch1:6-4-4/pool2", "mlp:6-5-4/sigmoid"}) {
    const NetworkSpec spec = parse_network(text, 0, 0);
    const Index I = spec.inputs();
    const Vector start = balanced_start(spec);
    Matrix<double> A = Matrix<double>::Identity(I, I);
    Stream stream(114, 0);
    for (double& a : A.reshaped()) a += 0.3 * stream.normal();
    const Block W = layout_of(spec).blocks[0];
    Vector other = start;
    const Matrix<double> moved =
        dense_solve(A.transpose(), view(W, std::span<const double>(start)).transpose());
    view(W, std::span<double>(other)) = moved.transpose();
    const auto change = [&](Problem& problem) {
      for (Vector& x : problem.X) {
        const Eigen::VectorXd y = A * Eigen::Map<const Eigen::VectorXd>(x.data(), I);
        std::copy(y.begin(), y.end(), x.begin());
      }
    };
    const auto predicted = [&](const Vector& theta, bool in_other) {
      Problem problem = make_problem(spec, kRunBatch, run_batch(0));
      if (in_other) change(problem);
      const OwnedBatch<double> batch(problem);
      Network<double> network(spec, kRunBatch);
      return log_probabilities(network.forward(theta, batch.batch().X, Mode::train));
    };
    const Matrix<double> before = predicted(start, false);
    REQUIRE((predicted(other, true) - before).cwiseAbs().maxCoeff() <= 1e-12);
    const auto apart = [&](const std::string& settings, double rate) {
      const Matrix<double> a = predicted(run("natural", settings, spec, start, 1, rate), false),
                           b = predicted(run("natural", settings, spec, other, 1, rate, change), true);
      return (a - b).cwiseAbs().maxCoeff() / (a - before).cwiseAbs().maxCoeff();
    };
    const std::string undamped = "damping=0 rcond=1e-9";
    const double fine = apart(undamped, 1e-6), middle = apart(undamped, 1e-5), coarse = apart(undamped, 1e-4);
    INFO(text << ": " << fine << " " << middle << " " << coarse << ", damped " << apart("", 1e-6));
    CHECK(apart("", 1e-6) > 1e-2);
    if (spec.activation() == Activation::sigmoid) {
      // F is singular along the class shift alone, which no coordinates of the inputs touch.
      CHECK(std::max({fine, middle, coarse}) <= 1e-8);
    } else {
      CHECK(std::log10(middle / fine) == Approx(1).margin(0.1));
      CHECK(std::log10(coarse / middle) == Approx(1).margin(0.1));
    }
  }
}

TEST_CASE("natural: rank lost to rounding is remarked, by an interrupted run too") {
  const NetworkSpec spec = parse_network("arch1:10-6-5-4/pool2+bias", 0, 0);
  const auto remark = [&](const std::string& settings, bool interrupted) {
    Stepper<float> stepper(spec, find_optimizer("natural"), parse_settings(settings), kRunBatch);
    stepper.start("he", Stream(107, 0), Stream(108, 0));
    const OwnedBatch<float> batch(make_problem(spec, kRunBatch, Stream(109, 0)));
    CHECK(stepper.remarks().empty());
    stepper.gradient(batch.batch());
    stepper.step(batch.batch(), 0.01);
    if (!interrupted) return stepper.remarks();
    Stepper<float> other(spec, find_optimizer("natural"), parse_settings(settings), kRunBatch);
    other.start("he", Stream(107, 0), Stream(108, 0));
    const auto from = stepper.state(), to = other.state();
    for (size_t i = 0; i < from.size(); ++i)
      std::copy(from[i].second.begin(), from[i].second.end(), to[i].second.begin());
    return other.remarks();
  };
  CHECK(contains(remark("damping=1e-20", false), "lost rank"));
  CHECK(remark("damping=1e-20", true) == remark("damping=1e-20", false));
  CHECK(remark("", false).empty());
  CHECK(remark("damping=0", false).empty());  // there the pseudo-inverse is the method
}

TEST_CASE("natural: rank that is lost to rounding, or not there, leaves finite steps, and a NaN does not") {
  const NetworkSpec spec = parse_network("arch1:10-6-5-4/pool2+bias", 0, 0);
  for (const char* settings : {"damping=1e-20", "damping=0", "damping=1e-9"}) {
    Stepper<float> stepper(spec, find_optimizer("natural"), parse_settings(settings), kRunBatch);
    stepper.start("he", Stream(107, 0), Stream(108, 0));
    Problem problem = make_problem(spec, kRunBatch, Stream(109, 0));
    problem.X[1] = problem.X[0];  // one sample twice, and one of zeros
    problem.X[2].assign(10, 0.0);
    OwnedBatch<float> batch(problem);
    for (int t = 0; t < 3; ++t) {
      stepper.gradient(batch.batch());
      stepper.step(batch.batch(), 0.01);
      INFO(settings);
      for (float theta : stepper.theta()) REQUIRE(std::isfinite(theta));
    }
    batch.values()[0] = std::numeric_limits<float>::quiet_NaN();
    stepper.gradient(batch.batch());
    stepper.step(batch.batch(), 0.01);
    for (float theta : stepper.theta()) REQUIRE(std::isnan(theta));
  }
}

TEST_CASE("natural: a network beyond max-params is refused before anything runs, and kfac is named") {
  const OptimizerEntry& entry = find_optimizer("natural");
  const NetworkSpec large = parse_network("mlp:784-10-10", 0, 0), small = parse_network("mlp:784-7-10", 0, 0);
  CHECK_FALSE(entry.refuses(small));
  REQUIRE(entry.refuses(large));
  CHECK(*entry.refuses(large) ==
        "expected at most max-params = 6000 parameters, found 7940; kfac has no such limit");
  CHECK_FALSE(entry.refuses(large, parse_settings("max-params=7940")));
  CHECK(entry.refuses(large, parse_settings("max-params=7939")));
  CHECK(entry.refuses(small, parse_settings("max-params=100")));
}

TEMPLATE_TEST_CASE(
    "semidefinite: solves and inverts, by Cholesky or, without full rank, as the pseudo-inverse does", "",
    float, double) {
  const double epsilon = static_cast<double>(std::numeric_limits<TestType>::epsilon());
  Stream stream(110, 0);
  Semidefinite<TestType> solver(40, 1e-5);
  for (Index n : {1, 2, 7, 40})
    for (Index rank : {n, n / 2, Index(0)})
      for (double scale : {1.0, 1e-12}) {
        Matrix<double> X(n, rank);
        for (Index i = 0; i < X.size(); ++i) X.data()[i] = stream.normal();
        const Matrix<TestType> M = (scale * X * X.transpose()).template cast<TestType>();
        REQUIRE(solver.factor({M.data(), n, n}));
        CHECK(solver.rank() == rank);
        Matrix<TestType> inverse(n, n);
        solver.inverse({inverse.data(), n, n});
        const Matrix<double> m = M.template cast<double>(), plus = inverse.template cast<double>();
        // Penrose's conditions, each to the rounding that the condition number amplifies.
        double condition = 1;
        if (rank > 0) {
          const Eigen::VectorXd values = singular_values(X);
          condition = std::pow(values[0] / values[rank - 1], 2);
        }
        const double bound = 20 * static_cast<double>(n) * epsilon * condition;
        INFO("n " << n << ", rank " << rank << ", scale " << scale << ", condition " << condition);
        const auto close = [&](const Matrix<double>& a, const Matrix<double>& b) {
          return (a - b).cwiseAbs().maxCoeff() <= bound * std::max(b.cwiseAbs().maxCoeff(), 1e-300);
        };
        if (rank > 0) {
          CHECK(close(m * plus * m, m));
          CHECK(close(plus * m * plus, plus));
          CHECK(close((m * plus).transpose(), m * plus));
        } else {
          CHECK(plus.cwiseAbs().maxCoeff() == 0);
        }
        std::vector<TestType> y(static_cast<size_t>(n));
        for (TestType& value : y) value = static_cast<TestType>(stream.normal());
        const Eigen::VectorXd expected =
            plus *
            Eigen::Map<Eigen::Matrix<TestType, Eigen::Dynamic, 1>>(y.data(), n).template cast<double>();
        solver.solve(y);
        for (Index i = 0; i < n; ++i)
          CHECK(std::abs(static_cast<double>(y[static_cast<size_t>(i)]) - expected[i]) <=
                bound * std::max(plus.cwiseAbs().maxCoeff(), 1e-300));
      }
  Matrix<TestType> bad = Matrix<TestType>::Identity(3, 3);
  bad(2, 0) = std::numeric_limits<TestType>::quiet_NaN();
  CHECK_FALSE(solver.factor({bad.data(), 3, 3}));
}
