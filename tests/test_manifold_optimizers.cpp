// test_manifold_optimizers.cpp — the methods that keep filters at unit norm: rows stay on the manifold, they
// contain one another where they should, and what is remembered of a row lives where the row is. That each
// step is the published one, test_optimizers.cpp says; test_un.cpp is about UN itself.

#include "tests/support/catch.hpp"
#include "tests/support/decompositions.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/optimizer_rig.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

struct Method {
  std::string name, settings;
};
const Method kMethods[] = {{"constrained", ""},          {"pbwn", ""},    {"weight-norm", ""},
                           {"un-momentum", ""},          {"un-adam", ""}, {"un-momentum", "retraction=exp"},
                           {"un-adam", "retraction=exp"}};

}  // namespace

// Rounding of a norm of 5 squares, as for UN: errors in all directions, which never add up.
TEMPLATE_TEST_CASE("manifold: rows have unit norm within a few ulps after each of 100,000 steps", "", float,
                   double) {
  for (const auto& [name, settings] : kMethods) {
    OptimizerRig<TestType> rig(name, settings, 3, 5);
    INFO(name << " " << settings);
    CHECK(rig.ulps() <= 4);
    Stream stream(82, 0);
    double worst = 0;
    for (int t = 0; t < 100000 && worst <= 4; ++t) {
      rig.draw(stream, std::exp2(stream.uniform(-20, 3)));
      rig.step(0.1);
      const double ulps = rig.ulps();
      if (!(ulps <= worst)) worst = ulps;
    }
    INFO(worst << " ε");
    CHECK(worst <= 4);
  }
}

TEST_CASE("manifold: weight decay is refused with the reason, and known to nobody else") {
  for (const std::string name : {"un", "un-momentum", "un-adam"}) {
    const OptimizerEntry& entry = find_optimizer(name);
    for (const auto& call :
         std::vector<std::function<void()>>{[&] {
                                              entry.canonical({{"weight-decay", "0.01"}});
                                            },
                                            [&] {
                                              entry.make<float>({{"theta", "unit"}, {"weight-decay", "0"}});
                                            },
                                            [&] {
                                              entry.make<double>({{"weight-decay", "x"}});
                                            }}) {
      const std::string line = error_of(call);
      INFO(line);
      CHECK(contains(line, "optimizer " + name + ": option 'weight-decay'"));
      CHECK(contains(line, "norm"));
    }
  }
  CHECK(contains(error_of([] {
                   find_optimizer("constrained").canonical({{"weight-decay", "1"}});
                 }),
                 "unknown option"));
}

TEMPLATE_TEST_CASE("un-momentum (1): without momentum it is un", "", float, double) {
  for (const std::string settings : {"", "retraction=exp", "theta=unit", "retraction=exp theta=unit"}) {
    OptimizerRig<TestType> un("un", settings, 3, 5), rig("un-momentum", settings + " momentum=0", 3, 5);
    Stream a(83, 0), b(83, 0);
    double worst = 0;
    for (int t = 0; t < 20; ++t) {
      rig.theta = un.theta;
      un.draw(a), rig.draw(b);
      un.step(0.1), rig.step(0.1);
      worst = std::max(worst, difference(un.theta, rig.theta));
    }
    INFO("settings '" << settings << "'");
    CHECK(worst <= 50 * epsilon_of<TestType>);  // of class vectors up to 10
  }
}

TEMPLATE_TEST_CASE("un-momentum (2), un-adam (2): what is remembered of a row is tangent to it", "", float,
                   double) {
  for (const std::string name : {"un-momentum", "un-adam"})
    for (const std::string settings : {"", "retraction=exp"}) {
      OptimizerRig<TestType> rig(name, settings, 3, 5);
      Stream stream(84, 0);
      for (int t = 0; t < 50; ++t) {
        rig.draw(stream);
        rig.step(0.3);
        const auto M = view(rig.layout.blocks[0], rig.optimizer->state()[0]);
        for (Index i = 0; i < 3; ++i) {
          INFO(name << " " << settings << ", step " << t << ", row " << i);
          const double radial = static_cast<double>(M.row(i).dot(rig.W().row(i)));
          REQUIRE(std::abs(radial) <= 20 * epsilon_of<TestType> * (1 + static_cast<double>(M.row(i).norm())));
          REQUIRE(M.row(i).norm() > TestType(1e-3));
        }
      }
    }
}

TEMPLATE_TEST_CASE("un-momentum (3), un-adam (3): the first thing remembered is the Riemannian gradient", "",
                   float, double) {
  for (const std::string name : {"un-momentum", "un-adam"}) {
    OptimizerRig<TestType> rig(name, "", 3, 5);
    Stream stream(85, 0);
    rig.draw(stream);
    const Matrix<TestType> w = rig.W();
    rig.step(0);  // nowhere to be moved to
    const TestType share = name == "un-adam" ? TestType(0.1) : TestType(1);
    const auto M = view(rig.layout.blocks[0], rig.optimizer->state()[0]);
    for (Index i = 0; i < 3; ++i) {
      const auto g = rig.G().row(i);
      const auto xi = (g - g.dot(w.row(i)) * w.row(i)).eval();
      CHECK((M.row(i) - share * xi).norm() <=
            TestType(20) * std::numeric_limits<TestType>::epsilon() * g.norm());
      CHECK((M.row(i) - share * g).norm() > TestType(0.01) * g.norm());
    }
  }
}

TEST_CASE("un-adam (1): one second moment a row, so a first step of length λ, whatever the gradient") {
  for (double size : {1e-4, 1.0, 1e4}) {
    OptimizerRig<double> rig("un-adam", "retraction=exp eps=1e-30", 3, 5);
    // 3 rows of filters; 2×5 elements of class vectors.
    CHECK(rig.optimizer->state()[1].size() == 3 + 10);
    Stream stream(86, 0);
    rig.draw(stream, size);
    const Matrix<double> before = rig.W();
    rig.step(0.25);
    for (Index i = 0; i < 3; ++i)
      CHECK(std::acos(before.row(i).dot(rig.W().row(i))) == Approx(0.25).epsilon(1e-9));
  }
}

TEST_CASE("un-adam (4): turning the coordinates of the inputs turns the run, which Adam's does not") {
  const auto turned_apart = [](const std::string& name) {
    Stream draw(87, 0);
    const Matrix<double> Q = random_rotation(5, draw);
    OptimizerRig<double> one(name, "", 3, 5), other(name, "", 3, 5);
    other.W() = Matrix<double>(one.W()) * Q;
    Stream stream(88, 0);
    for (int t = 0; t < 20; ++t) {
      one.draw(stream);
      other.G() = Matrix<double>(one.G()) * Q;
      one.step(0.1), other.step(0.1);
    }
    return (Matrix<double>(one.W()) * Q - other.W()).norm();
  };
  CHECK(turned_apart("un-adam") <= 1e-12);
  CHECK(turned_apart("un-momentum") <= 1e-12);
  CHECK(turned_apart("adam") >= 1e-2);
}

TEMPLATE_TEST_CASE("pbwn (1): with a period of 1 it is constrained, to the bit", "", float, double) {
  OptimizerRig<TestType> constrained("constrained", "", 3, 5), pbwn("pbwn", "period=1", 3, 5);
  Stream a(89, 0), b(89, 0);
  for (int t = 0; t < 20; ++t) {
    constrained.draw(a), pbwn.draw(b);
    constrained.step(0.1), pbwn.step(0.1);
  }
  CHECK(constrained.theta == pbwn.theta);
}

TEST_CASE("pbwn (2): filters return to unit norm every T steps and drift between") {
  OptimizerRig<double> rig("pbwn", "period=3", 3, 5);
  Stream stream(90, 0);
  for (int t = 1; t <= 12; ++t) {
    rig.draw(stream);
    rig.step(0.1);
    INFO("after step " << t);
    CHECK((rig.ulps() <= 4) == (t % 3 == 0));
  }
}

TEST_CASE("constrained: a radial gradient turns no filter, until the step is longer than the filter") {
  for (double rate : {0.25, 0.9, 1.5}) {
    OptimizerRig<double> rig("constrained", "", 3, 5);
    const Matrix<double> start = rig.W();
    rig.G() = start;
    rig.step(rate);
    CHECK((rig.W() - (rate < 1 ? 1 : -1) * start).norm() <= 20 * epsilon_of<double>);
  }
}

TEMPLATE_TEST_CASE("weight-norm (1): while ‖v‖ = 1 its step is un's", "", float, double) {
  OptimizerRig<TestType> un("un", "", 3, 5), rig("weight-norm", "", 3, 5);
  Stream a(91, 0), b(91, 0);
  un.draw(a), rig.draw(b);
  un.step(0.3), rig.step(0.3);
  CHECK(difference(un.theta, rig.theta) <= 20 * epsilon_of<TestType>);
  un.draw(a), rig.draw(b);
  un.step(0.3), rig.step(0.3);
  CHECK(difference(un.theta, rig.theta) >= 1e-3);  // by then ‖v‖ has grown
}

// Every step adds about 4e-10 to ‖v‖², a hundredth of what a float of size 1 can resolve.
TEST_CASE("weight-norm (2): growth of ‖v‖ below the rounding of a float is not lost") {
  OptimizerRig<float> rig("weight-norm", "", 3, 5);
  Stream stream(92, 0);
  double square[3] = {1, 1, 1};
  for (int t = 0; t < 100000; ++t) {
    rig.draw(stream);
    for (Index i = 0; i < 3; ++i) {
      const Eigen::VectorXd w = rig.W().row(i).cast<double>().transpose(),
                            g = rig.G().row(i).cast<double>().transpose();
      square[i] += 1e-10 * (g - g.dot(w) * w).squaredNorm() / square[i];
    }
    rig.step(1e-5);
  }
  for (size_t i = 0; i < 3; ++i) {
    CHECK(square[i] > 1 + 2e-5);
    // One rounding of the sum, and relative ones of the increments.
    CHECK(std::abs(static_cast<double>(rig.optimizer->state()[0][i]) - square[i]) <=
          2 * epsilon_of<float> + 20 * epsilon_of<float> * (square[i] - 1));
  }
}
