// test_un.cpp — the unit-norm manifold: rows stay on it, steps leave from the tangent space, the exponential
// retraction follows the great circle.
#include <cmath>
#include <limits>

#include "optimizers/manifold.hpp"
#include "optimizers/optimizer.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

template <class Real>
constexpr double epsilon_of = static_cast<double>(std::numeric_limits<Real>::epsilon());

constexpr const char* kSettings[] = {"", "retraction=exp"};

// A block of filters and a block of class vectors, moved by gradients that the test makes up.
template <class Real>
struct Rig {
  ParamLayout layout;
  std::vector<Real> theta, grad;
  std::unique_ptr<Optimizer<Real>> optimizer;
  Extras<Real> extras;
  Log log;
  std::int64_t t = 0;

  Rig(const std::string& settings, Index rows, Index cols, Stream stream)
      : optimizer(find_optimizer("un").make<Real>(parse_settings(settings))) {
    layout.add("filters", Role::filters, rows, cols);
    layout.add("classes", Role::class_vectors, 2, cols);
    theta.resize(static_cast<size_t>(layout.size));
    grad.resize(theta.size());
    for (Real& w : theta) w = static_cast<Real>(3 * stream.normal());
    optimizer->bind(layout, theta);
  }
  void step(double rate) { optimizer->step({t++, static_cast<Real>(rate), grad, extras, log}, theta); }
  long double square(Index row, Index cols) const {
    long double sum = 0;
    for (Index j = 0; j < cols; ++j) {
      const long double w = theta[static_cast<size_t>(row * cols + j)];
      sum += w * w;
    }
    return sum;
  }
  // Largest | ‖w‖ − 1 | of the first `rows` rows, in units of ε.
  double ulps(Index rows, Index cols) const {
    long double worst = 0;
    for (Index i = 0; i < rows; ++i) {
      const long double off = std::abs(std::sqrt(square(i, cols)) - 1);
      if (!(off <= worst)) worst = off;
    }
    return static_cast<double>(worst) / epsilon_of<Real>;
  }
};

}  // namespace

// A sum of I squares in several accumulators, a square root, a division and a rounded product: (I/lanes + 4)
// roundings of ε/2 in the norm itself, which errors in all directions never add up to.
TEMPLATE_TEST_CASE("un (1): rows have unit norm within a few ulps after each of 100,000 steps", "", float,
                   double) {
  for (const std::string settings : kSettings)
    for (const std::string unit : {"", " theta=unit"}) {
      Rig<TestType> rig(settings + unit, 3, 5, Stream(51, 0));
      const Index rows = unit.empty() ? 3 : 5;
      CHECK(rig.ulps(rows, 5) <= 4);
      Stream stream(52, 0);
      double worst = 0;
      for (int t = 0; t < 100000; ++t) {
        const double size = std::exp2(stream.uniform(-20, 6));  // from standing still to leaping
        for (size_t i = 0; i < rig.grad.size(); ++i)
          rig.grad[i] = static_cast<TestType>(size * stream.normal());
        rig.step(0.1);
        worst = std::max(worst, rig.ulps(rows, 5));
        if (!(worst <= 4)) break;
      }
      INFO("settings '" << settings << unit << "': " << worst << " ε");
      CHECK(worst <= 4);
    }
}

TEMPLATE_TEST_CASE("un (1): wide rows have unit norm too, after steps of any size that the format holds", "",
                   float, double) {
  using Limits = std::numeric_limits<TestType>;
  for (const std::string settings : kSettings)
    for (double size : {1e-30, 1e-3, 1.0, 1e3, std::sqrt(static_cast<double>(Limits::max())),
                        static_cast<double>(Limits::max()) / 1e4}) {
      if (settings == "retraction=exp" && size > 1e3) continue;  // an angle of many turns
      Rig<TestType> rig(settings, 4, 784, Stream(53, 0));
      Stream stream(54, 0);
      for (int t = 0; t < 20; ++t) {
        for (TestType& g : rig.grad) g = static_cast<TestType>(size * stream.uniform(-1, 1));
        rig.step(1);
        INFO("settings '" << settings << "', gradient of size " << size);
        REQUIRE(rig.ulps(4, 784) <= 10);
      }
    }
}

TEMPLATE_TEST_CASE("un (2): a radial gradient does not move W", "", float, double) {
  for (const std::string settings : kSettings) {
    Rig<TestType> rig(settings, 3, 7, Stream(55, 0));
    const auto start = rig.theta;
    for (double strength : {-2.0, 1e-3, 5.0}) {
      rig.theta = start;
      for (size_t i = 0; i < 21; ++i) rig.grad[i] = static_cast<TestType>(strength) * start[i];
      rig.step(1);
      double moved = 0;
      for (size_t i = 0; i < 21; ++i)
        moved = std::max(moved, std::abs(static_cast<double>(rig.theta[i]) - static_cast<double>(start[i])));
      // ‖w‖² is 1 within 4 ε, so that much of λ g is left over.
      CHECK(moved <= (4 + 8 * std::abs(strength)) * epsilon_of<TestType>);
    }
  }
}

TEMPLATE_TEST_CASE("un (3): class vectors move by the Euclidean rule, or on the manifold with theta=unit", "",
                   float, double) {
  Rig<TestType> euclidean("", 3, 5, Stream(56, 0)), unit("theta=unit", 3, 5, Stream(56, 0));
  CHECK(std::abs(static_cast<double>(euclidean.square(3, 5)) - 1) > 0.1);  // bind leaves them where they are
  CHECK(unit.ulps(5, 5) <= 4);
  const auto before = euclidean.theta;
  for (auto* rig : {&euclidean, &unit}) {
    std::fill(rig->grad.begin(), rig->grad.end(), TestType(0.5));
    rig->step(0.25);
  }
  for (size_t i = 15; i < 25; ++i) CHECK(euclidean.theta[i] == before[i] - TestType(0.125));
  CHECK(unit.ulps(5, 5) <= 4);
  for (size_t i = 0; i < 15; ++i)
    CHECK(euclidean.theta[i] == unit.theta[i]);  // filters do not see the option
}

TEST_CASE("un (4): retraction=exp moves along the great circle by the length of the tangent step") {
  for (double rate : {1e-6, 0.1, 1.0, 3.0}) {
    Rig<double> rig("retraction=exp", 1, 6, Stream(57, 0));
    Stream stream(58, 0);
    const Eigen::Map<Eigen::VectorXd> w(rig.theta.data(), 6), g(rig.grad.data(), 6);
    Eigen::Map<Eigen::VectorXd>(rig.grad.data(), 6) =
        Eigen::VectorXd::NullaryExpr(6, [&] { return stream.normal(); });
    const Eigen::VectorXd start = w, tangent = -(g - g.dot(start) * start);
    const double speed = tangent.norm();
    rig.step(rate / speed);  // an angle of `rate`
    const double along = w.dot(start), across = w.dot(tangent) / speed;
    INFO("angle " << rate);
    CHECK(std::abs(std::atan2(across, along) - rate) <= 20 * epsilon_of<double>);
    CHECK((w - along * start - across * tangent / speed).norm() <= 20 * epsilon_of<double>);  // in the plane
  }
}

TEST_CASE("un (4): a whole turn comes back, and halves of a geodesic make the whole") {
  const double pi = std::acos(-1.0);
  Eigen::RowVectorXd w(4), xi(4);
  w << 0.5, -0.5, 0.5, 0.5;
  xi << 1, 1, 2, -2;
  REQUIRE(xi.dot(w) == 0);
  xi.normalize();
  Eigen::RowVectorXd turned = w;
  geodesic(turned, (2 * pi * xi).eval());
  CHECK((turned - w).norm() <= 20 * epsilon_of<double>);
  Eigen::RowVectorXd whole = w, half = w;
  geodesic(whole, xi);
  geodesic(half, (0.5 * xi).eval());
  const Eigen::RowVectorXd carried = std::cos(0.5) * xi - std::sin(0.5) * w;  // the velocity half way
  geodesic(half, (0.5 * carried).eval());
  CHECK((half - whole).norm() <= 20 * epsilon_of<double>);
  Eigen::RowVectorXd still = w;
  geodesic(still, Eigen::RowVectorXd::Zero(4).eval());
  CHECK(still == w);
}

TEST_CASE("un: the two retractions agree to second order") {
  double previous = 0;
  for (double rate : {0.1, 0.05, 0.025}) {
    Rig<double> normalize("", 2, 6, Stream(59, 0)), exp("retraction=exp", 2, 6, Stream(59, 0));
    Stream stream(60, 0);
    for (size_t i = 0; i < exp.grad.size(); ++i) exp.grad[i] = normalize.grad[i] = stream.normal();
    normalize.step(rate), exp.step(rate);
    double difference = 0;
    for (size_t i = 0; i < 12; ++i)
      difference = std::max(difference, std::abs(exp.theta[i] - normalize.theta[i]));
    // tan and identity differ by x³/3: a rate halved divides the difference by 8, up to the next odd order.
    if (previous > 0) CHECK(previous / difference == Approx(8).epsilon(0.15));
    previous = difference;
  }
}
