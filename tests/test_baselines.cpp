// test_baselines.cpp — the field's baselines: what is published of each beyond its formula, and how they
// contain one another. That each step is the published one, test_optimizers.cpp says.

#include "optimizers/newton_schulz.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/decompositions.hpp"
#include "tests/support/optimizer_rig.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

using DMatrix = Matrix<double>;

DMatrix random_matrix(Index rows, Index cols, Stream stream) {
  return DMatrix::NullaryExpr(rows, cols, [&] { return stream.normal(); });
}
DMatrix rotation(Index n, Stream stream) { return random_rotation(n, stream); }
DMatrix orthogonalized(DMatrix X, int steps) {
  NewtonSchulz<double> newton_schulz;
  newton_schulz.reserve({Block{"W", Role::filters, X.rows(), X.cols(), 0}});
  newton_schulz.orthogonalize({X.data(), X.rows(), X.cols()}, steps);
  return X;
}
// What a singular value becomes.
double quintic(double s, int steps) {
  for (int k = 0; k < steps; ++k) s = kJordan.a * s + kJordan.b * std::pow(s, 3) + kJordan.c * std::pow(s, 5);
  return s;
}

}  // namespace

TEMPLATE_TEST_CASE("momentum, nesterov: without momentum they are sgd", "", float, double) {
  for (const std::string name : {"momentum", "nesterov"}) {
    OptimizerRig<TestType> plain("sgd", "", 3, 5), rig(name, "momentum=0", 3, 5);
    Stream a(72, 0), b(72, 0);
    for (int t = 0; t < 10; ++t) {
      plain.draw(a), rig.draw(b);
      plain.step(0.1), rig.step(0.1);
    }
    // At most two roundings a step more, of numbers below 10.
    INFO(name);
    CHECK(difference(plain.theta, rig.theta) <= 10 * 2 * 10 * epsilon_of<TestType>);
  }
}

TEST_CASE("momentum: a constant gradient is followed at λ/(1 − μ) in the end") {
  OptimizerRig<double> rig("momentum", "momentum=0.8", 3, 5);
  std::fill(rig.grad.begin(), rig.grad.end(), 1.0);
  for (int t = 0; t < 200; ++t) rig.step(0.1);  // 0.8^200 is below rounding
  const auto before = rig.theta;
  rig.step(0.1);
  for (size_t i = 0; i < before.size(); ++i) CHECK(before[i] - rig.theta[i] == Approx(0.5).epsilon(1e-10));
}

TEST_CASE(
    "momentum, nesterov, un-momentum: the rate is outside of what is remembered, so that a step has all of "
    "it") {
  for (const std::string name : {"momentum", "nesterov", "un-momentum"}) {
    OptimizerRig<double> rig(name, "", 3, 5), half(name, "", 3, 5);
    Stream a(77, 0), b(77, 0);
    for (int t = 0; t < 5; ++t) {
      rig.draw(a), half.draw(b);
      rig.step(0.1), half.step(0.1);
    }
    INFO(name);
    const auto before = rig.theta;
    rig.draw(a), half.draw(b);
    rig.step(0.1), half.step(0.05);
    // The class vectors are flat in all three, and their step is proportional to the rate.
    const size_t classes = static_cast<size_t>(rig.layout.blocks[1].offset);
    for (size_t i = classes; i < before.size(); ++i)
      CHECK(before[i] - rig.theta[i] == Approx(2 * (before[i] - half.theta[i])).epsilon(1e-10));
    const auto still = rig.theta;
    rig.draw(a);
    rig.step(0);
    CHECK(difference(rig.theta, still) <= 10 * epsilon_of<double>);  // the normalization's own roundings
  }
  // One rule in flat space.
  OptimizerRig<double> momentum("momentum", "", 3, 5), un("un-momentum", "", 3, 5);
  const size_t classes = static_cast<size_t>(un.layout.blocks[1].offset);
  Stream a(78, 0), b(78, 0);
  for (int t = 0; t < 20; ++t) {
    momentum.draw(a), un.draw(b);
    const double rate = 0.1 / (1 + t);
    momentum.step(rate), un.step(rate);
    for (size_t i = classes; i < un.theta.size(); ++i)
      CHECK(momentum.theta[i] == Approx(un.theta[i]).epsilon(1e-12));
  }
}

TEST_CASE("nesterov: at one rate theta is the point ahead, y + μ v, where the gradient is taken") {
  OptimizerRig<double> rig("nesterov", "momentum=0.9", 3, 5);
  std::vector<double> y = rig.theta, v(y.size(), 0.0);
  const auto slope = [](double x, size_t i) { return static_cast<double>(i + 1) * x; };  // of Σ (i+1) x²/2
  for (int t = 0; t < 100; ++t) {
    const double rate = 0.05;
    for (size_t i = 0; i < y.size(); ++i) {
      v[i] = 0.9 * v[i] - rate * slope(y[i] + 0.9 * v[i], i);
      y[i] += v[i];
      rig.grad[i] = slope(rig.theta[i], i);
    }
    rig.step(rate);
    for (size_t i = 0; i < y.size(); ++i)
      REQUIRE(std::abs(rig.theta[i] - (y[i] + 0.9 * v[i])) <= 1e-12);  // of numbers up to 10, 100 roundings
  }
  CHECK(Eigen::Map<Eigen::VectorXd>(y.data(), 15).norm() < 1);  // and it descends
}

TEST_CASE("adagrad: under a constant gradient step t has length λ/√t") {
  OptimizerRig<double> rig("adagrad", "eps=1e-30", 3, 5);
  Stream stream(73, 0);
  rig.draw(stream, 100);
  for (int t = 1; t <= 20; ++t) {
    const auto before = rig.theta;
    rig.step(0.1);
    for (size_t i = 0; i < before.size(); ++i)
      CHECK(std::abs(before[i] - rig.theta[i]) == Approx(0.1 / std::sqrt(t)).epsilon(1e-10));
  }
}

TEST_CASE("rmsprop: the first step has length λ/√(1 − ρ) in every coordinate, later ones λ") {
  OptimizerRig<double> rig("rmsprop", "decay=0.9 eps=1e-30", 3, 5);
  Stream stream(74, 0);
  rig.draw(stream, 100);
  for (int t = 1; t <= 300; ++t) {
    const auto before = rig.theta;
    rig.step(0.1);
    for (size_t i = 0; i < before.size(); ++i) {
      const double length = std::abs(before[i] - rig.theta[i]);
      if (t == 1) CHECK(length == Approx(0.1 / std::sqrt(0.1)).epsilon(1e-10));
      if (t == 300) CHECK(length == Approx(0.1).epsilon(1e-10));
    }
  }
}

TEST_CASE("adam: the first step, and every one under a constant gradient, is λ in each coordinate") {
  OptimizerRig<double> rig("adam", "eps=1e-30", 3, 5);
  Stream stream(75, 0);
  rig.draw(stream, 1e-6);
  for (int t = 1; t <= 50; ++t) {
    const auto before = rig.theta;
    rig.step(0.1);
    for (size_t i = 0; i < before.size(); ++i)
      CHECK((before[i] - rig.theta[i]) * (rig.grad[i] > 0 ? 1 : -1) == Approx(0.1).epsilon(1e-9));
  }
}

TEMPLATE_TEST_CASE("adagrad, rmsprop, adam: the loss's unit does not matter where eps does not", "", float,
                   double) {
  for (const std::string name : {"adagrad", "rmsprop", "adam"}) {
    OptimizerRig<TestType> one(name, "eps=1e-30", 3, 5), other(name, "eps=1e-30", 3, 5);
    Stream a(76, 0), b(76, 0);
    for (int t = 0; t < 20; ++t) {
      one.draw(a), other.draw(b, 64);  // a power of two: the same digits
      one.step(0.01), other.step(0.01);
    }
    INFO(name);
    CHECK(one.theta == other.theta);
  }
}

TEMPLATE_TEST_CASE("adamw: without decay it is adam, to the bit", "", float, double) {
  OptimizerRig<TestType> adam("adam", "", 3, 5), adamw("adamw", "weight-decay=0", 3, 5);
  Stream a(77, 0), b(77, 0);
  for (int t = 0; t < 20; ++t) {
    adam.draw(a), adamw.draw(b);
    adam.step(0.01), adamw.step(0.01);
  }
  CHECK(adam.theta == adamw.theta);
}

TEST_CASE("adamw: decay is λ·weight-decay a step, and no moment sees it") {
  OptimizerRig<double> rig("adamw", "weight-decay=0.5", 3, 5);
  const auto start = rig.theta;
  for (int t = 0; t < 10; ++t) rig.step(0.1);  // no gradient
  for (size_t i = 0; i < start.size(); ++i)
    CHECK(rig.theta[i] == Approx(start[i] * std::pow(0.95, 10)).epsilon(1e-13));
  for (const auto& array : rig.optimizer->state())
    for (double x : array) CHECK(x == 0);
}

TEST_CASE("muon: singular vectors stay, each singular value goes through the quintic") {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{12, 30}, {30, 12}, {9, 9}, {1, 7}, {7, 1}}) {
    const Index n = std::min(rows, cols);
    const DMatrix U = rotation(rows, Stream(78, 0)).leftCols(n),
                  V = rotation(cols, Stream(78, 1)).leftCols(n);
    Eigen::VectorXd s = Eigen::VectorXd::LinSpaced(n, 1.0, 3.0);
    const DMatrix X = orthogonalized(U * s.asDiagonal() * V.transpose(), 5);
    for (Index i = 0; i < n; ++i)
      s[i] = quintic(s[i] / (Eigen::VectorXd::LinSpaced(n, 1.0, 3.0).norm() + 1e-7), 5);
    INFO(rows << "×" << cols);
    // 485 bounds what five iterations make of a perturbation.
    CHECK((X - U * s.asDiagonal() * V.transpose()).norm() <= 485 * 50 * epsilon_of<double>);
  }
}

TEST_CASE("muon: five iterations bring singular values from a hundredth of the norm on near 1") {
  for (double s = 0.01; s <= 1; s *= 1.001) {
    INFO("singular value " << s << " of a matrix of norm 1 becomes " << quintic(s, 5));
    REQUIRE(quintic(s, 5) > 0.65);
    REQUIRE(quintic(s, 5) < 1.25);
  }
  for (const auto& [rows, cols] : {std::pair<Index, Index>{128, 784}, {128, 64}}) {
    const DMatrix X = orthogonalized(random_matrix(rows, cols, Stream(79, 0)), 5);
    const Eigen::VectorXd s = singular_values(X);
    INFO(rows << "×" << cols << ": singular values from " << s.minCoeff() << " to " << s.maxCoeff());
    CHECK(s.minCoeff() > 0.65);
    CHECK(s.maxCoeff() < 1.25);
  }
}

TEST_CASE("muon: turning the coordinates of inputs and filters turns the step, and its size is λ's alone") {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{4, 9}, {9, 4}}) {
    const DMatrix P = rotation(rows, Stream(80, 0)), Q = rotation(cols, Stream(80, 1));
    OptimizerRig<double> one("muon", "", rows, cols), other("muon", "", rows, cols);
    other.W() = P * DMatrix(one.W()) * Q;
    Stream stream(81, 0);
    for (int t = 0; t < 5; ++t) {
      one.draw(stream);
      other.G() = 1000 * (P * DMatrix(one.G()) * Q);
      const DMatrix before = one.W();
      one.step(0.1), other.step(0.1);
      CHECK((P * DMatrix(one.W()) * Q - other.W()).norm() <= 1e-6);  // what 1e-7 beside the norms leaves
      const DMatrix step = one.W() - before;
      const double size = singular_values(step)[0];
      CHECK(size <
            0.1 * 1.25 * std::sqrt(std::max(1.0, static_cast<double>(rows) / static_cast<double>(cols))));
      CHECK(size > 0.1 * 0.65);
    }
  }
}

TEST_CASE("muon: a gradient whose squares overflow is not taken for none") {
  OptimizerRig<float> rig("muon", "", 3, 5);
  std::fill(rig.grad.begin(), rig.grad.end(), 1e25f);
  rig.step(0.1);
  CHECK_FALSE(rig.W().allFinite());
}
