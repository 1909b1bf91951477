// test_wrappers.cpp — what goes around an optimizer: sam+NAME, asam+NAME, hyperball+NAME against the formulas
// written plainly, and what all wrappers hold. teleport+NAME has tests of its own.
#include <cmath>

#include "optimizers/wrapper.hpp"
#include "protocols/stepper.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/groups.hpp"
#include "tests/support/problems.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

constexpr Index kBatch = 8;
const char* const kNetworks[] = {"mlp:6-5-4-3+bias", "archbn:6-4-4-3/pool2",
                                 "conv:5x4x2-3c3-p2s2-4c2v-3/leaky-relu+bias"};

// A network under an optimizer, with the same batches for every run of a test.
template <class Real>
struct Wrapped {
  NetworkSpec spec;
  std::vector<Problem> problems;
  std::vector<OwnedBatch<Real>> batches;
  Stepper<Real> stepper;

  Wrapped(const std::string& optimizer, const std::string& settings, const std::string& network,
          const std::function<Vector(const ParamLayout&, Vector)>& move = {})
      : spec(exact(network)),
        problems(draw(spec)),
        stepper(spec, find_optimizer(optimizer), parse_settings(settings), kBatch, draws<Real>(spec, 1000)) {
    for (const Problem& problem : problems) batches.emplace_back(problem);
    const Vector start = move ? move(stepper.network().layout(), problems[0].theta) : problems[0].theta;
    std::copy(start.begin(), start.end(), stepper.theta().begin());
    stepper.bind(Stream(82, 0));
  }
  static NetworkSpec exact(const std::string& text) {
    NetworkSpec spec = parse_network(text, 0, 0);
    spec.bn_epsilon = 0;
    return spec;
  }
  static std::vector<Problem> draw(const NetworkSpec& spec) {
    std::vector<Problem> problems;
    for (std::uint64_t i = 0; i < 4; ++i) problems.push_back(make_problem(spec, kBatch, Stream(81, i)));
    return problems;
  }
  Batch<Real> batch() { return batches[static_cast<size_t>(stepper.steps()) % batches.size()].batch(); }
  Vector gradient() {
    stepper.gradient(batch());
    return Vector(stepper.grad().begin(), stepper.grad().end());
  }
  void step(double rate) {
    gradient();
    stepper.step(batch(), rate);
  }
  Vector theta() { return Vector(stepper.theta().begin(), stepper.theta().end()); }
};

bool is_matrix(const Block& block) {
  return block.role == Role::filters || block.role == Role::class_vectors;
}

double apart(const Vector& a, const Vector& b) {
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(a[i] - b[i]);
    if (!(d <= most)) most = d;
  }
  return most;
}

// w + ρ T² g/‖T g‖; SAM: T = 1.
Vector highest(const ParamLayout& layout, const Vector& w, const Vector& g, double rho, double eta,
               bool adaptive, bool biases_too) {
  Vector T(w.size(), 1.0), there = w;
  for (const Block& block : layout.blocks)
    for (Index i = 0; i < block.size(); ++i) {
      const size_t p = static_cast<size_t>(block.offset + i);
      const bool bias = block.role == Role::bias || block.role == Role::bn_shift;
      if (adaptive && (biases_too || !bias)) T[p] = std::abs(w[p]) + eta;
    }
  double square = 0;
  for (size_t i = 0; i < w.size(); ++i) square += T[i] * T[i] * g[i] * g[i];
  for (size_t i = 0; i < w.size(); ++i) there[i] += rho * T[i] * T[i] * g[i] / std::sqrt(square);
  return there;
}

template <class Real>
void check_sharpness(const std::string& wrapper, const std::string& settings, double rho, double eta,
                     bool biases_too, const std::string& network) {
  INFO(wrapper << " " << settings << " on " << network);
  const double eps = static_cast<double>(std::numeric_limits<Real>::epsilon()), rate = 0.1, mu = 0.5;
  Wrapped<Real> run(wrapper + "+momentum", settings + " momentum=0.5", network);
  Wrapped<double> oracle("sgd", "", network);
  Vector velocity(run.theta().size(), 0.0);
  for (int t = 0; t < 3; ++t) {
    const Vector w = run.theta();
    std::copy(w.begin(), w.end(), oracle.stepper.theta().begin());
    const auto batch = oracle.batches[static_cast<size_t>(t)].batch();
    const auto gradient_at = [&](const Vector& at) {
      Vector grad(at.size());
      oracle.stepper.network().gradient(at, batch, grad);
      return grad;
    };
    const Vector there = highest(oracle.stepper.network().layout(), w, gradient_at(w), rho, eta,
                                 wrapper == "asam", biases_too);
    const Vector g = gradient_at(there);
    Vector expected = w;
    for (size_t i = 0; i < w.size(); ++i) {
      velocity[i] = mu * velocity[i] + g[i];
      expected[i] -= rate * velocity[i];
    }
    run.step(rate);
    // The gradients of two precisions, at two points.
    CHECK(apart(run.theta(), expected) <= 2000 * eps * largest(expected));
    CHECK(apart(run.theta(), w) > 1e-3);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("wrappers: sam and asam step by the gradient from where the loss is highest", "", float,
                   double) {
  for (const char* network : kNetworks) {
    check_sharpness<TestType>("sam", "", 0.05, 0, false, network);
    check_sharpness<TestType>("sam", "rho=0.2", 0.2, 0, false, network);
    check_sharpness<TestType>("asam", "", 0.5, 0.01, false, network);
    check_sharpness<TestType>("asam", "rho=0.1 eta=0 biases=abs", 0.1, 0, true, network);
  }
}

TEMPLATE_TEST_CASE("wrappers: hyperball moves matrices by NAME's direction and keeps their norm", "", float,
                   double) {
  const double eps = static_cast<double>(std::numeric_limits<TestType>::epsilon()), rate = 0.1;
  for (const char* network : kNetworks)
    for (const char* name : {"sgd", "momentum", "adam", "muon"}) {
      INFO(name << " on " << network);
      Wrapped<TestType> run(std::string("hyperball+") + name, "", network);
      Wrapped<double> inner(name, "", network);
      const Vector start = run.theta();
      for (int t = 0; t < 3; ++t) {
        const Vector w = run.theta();
        std::copy(w.begin(), w.end(), inner.stepper.theta().begin());
        inner.step(rate);
        const Vector there = inner.theta();
        run.step(rate);
        const Vector after = run.theta();
        for (const Block& block : run.stepper.network().layout().blocks) {
          const auto norm = [&](const Vector& x) {
            double square = 0;
            for (Index i = 0; i < block.size(); ++i)
              square += std::pow(x[static_cast<size_t>(block.offset + i)], 2);
            return std::sqrt(square);
          };
          Vector u(w.size()), expected = there;
          for (size_t i = 0; i < w.size(); ++i) u[i] = there[i] - w[i];
          const double R = norm(start);
          if (is_matrix(block)) {
            for (size_t i = 0; i < w.size(); ++i) expected[i] = w[i] + rate * R * u[i] / norm(u);
            const double length = norm(expected);
            for (double& x : expected) x *= R / length;
            CHECK(std::abs(norm(after) - R) <= 20 * eps * R);
          }
          // u is a difference: of its rounding, ε of w, λR/‖u‖ reaches the step.
          const double tolerance =
              eps * (2000 + (is_matrix(block) ? 20 * rate * R / norm(u) : 0)) * std::max(largest(w), R);
          for (Index i = 0; i < block.size(); ++i) {
            const size_t p = static_cast<size_t>(block.offset + i);
            CHECK(std::abs(after[p] - expected[p]) <= tolerance);
          }
        }
      }
    }
}

TEST_CASE("wrappers: hyperball has no weight decay, and sam none that look at the passes") {
  const auto reason = [](const std::string& name, const std::string& settings) {
    const NetworkSpec spec = parse_network("mlp:6-5-4-3+bias", 0, 0);
    return find_optimizer(name).refuses(spec, parse_settings(settings)).value_or("");
  };
  CHECK(reason("hyperball+momentum", "").empty());
  CHECK(contains(reason("hyperball+momentum", "weight-decay=0.1"), "expected weight-decay=0"));
  CHECK(contains(reason("hyperball+adamw", ""), "expected weight-decay=0"));
  CHECK(reason("hyperball+adamw", "weight-decay=0").empty());
  CHECK(reason("sam+adam", "").empty());
  for (const char* name : {"sam+kfac", "asam+natural"})
    CHECK(contains(reason(name, ""), "needs gradients only"));
}

TEST_CASE("wrappers: asam around what follows node rescaling follows it where distances are of weights") {
  const auto end = [](const std::string& optimizer, const std::string& settings, bool moved) {
    const auto rescale = [](const ParamLayout& layout, Vector w) {
      return node_rescale(layout, Stream(83, 0), std::move(w));
    };
    Wrapped<double> run(optimizer, settings, "mlp:6-5-4-3+bias",
                        moved ? rescale : std::function<Vector(const ParamLayout&, Vector)>());
    for (int t = 0; t < 8; ++t) run.step(0.01);
    const Vector theta = run.theta();
    return moved ? theta : rescale(run.stepper.network().layout(), theta);
  };
  const auto deviation = [&](const std::string& optimizer, const std::string& settings) {
    const Vector a = end(optimizer, settings, false);
    return apart(a, end(optimizer, settings, true)) / largest(a);
  };
  CHECK(deviation("sm", "") <= 1e-10);
  CHECK(deviation("asam+sm", "eta=0 biases=abs") <= 1e-10);
  CHECK(deviation("asam+sm", "eta=0") >= 1e-6);
  CHECK(deviation("asam+sm", "biases=abs eta=0.1") >= 1e-6);
  CHECK(deviation("sam+sm", "") >= 1e-6);
  CHECK(deviation("asam+sgd", "eta=0 biases=abs") >= 1e-6);
}

TEMPLATE_TEST_CASE("wrappers: no step allocates, and one from a restored state equals the uninterrupted", "",
                   float, double) {
  for (const Wrapper& wrapper : optimizer_wrappers())
    for (const char* inner : {"sgd", "adam", "muon", "soap"}) {
      const std::string name = wrapper.prefix + "+" + inner, network = kNetworks[0];
      const std::string settings =
          wrapper.prefix == "hyperball" && inner == std::string("soap") ? "weight-decay=0" : "";
      if (find_optimizer(name).refuses(parse_network(network, 0, 0), parse_settings(settings))) continue;
      INFO(name);
      Wrapped<TestType> whole(name, settings, network), resumed(name, settings, network);
      whole.stepper.set_epoch_steps(1000), resumed.stepper.set_epoch_steps(1000);
      for (int t = 0; t < 9; ++t) whole.step(0.01);  // beyond a teleport's first batches
      const auto theta = whole.stepper.theta();
      std::copy(theta.begin(), theta.end(), resumed.stepper.theta().begin());
      resumed.stepper.bind(Stream(82, 0), 9);
      std::copy(theta.begin(), theta.end(), resumed.stepper.theta().begin());
      const auto from = whole.stepper.optimizer().state(), to = resumed.stepper.optimizer().state();
      REQUIRE(from.size() == to.size());
      for (size_t i = 0; i < from.size(); ++i) std::copy(from[i].begin(), from[i].end(), to[i].begin());
      const long before = allocations();
      for (int t = 0; t < 3; ++t) {
        const auto batch = whole.batch();
        whole.stepper.gradient(batch), whole.stepper.step(batch, 0.01);
      }
      CHECK(allocations() == before);
      for (int t = 0; t < 3; ++t) resumed.step(0.01);
      CHECK(apart(whole.theta(), resumed.theta()) == 0);
    }
}

TEMPLATE_TEST_CASE("wrappers: a gradient that is not finite stays seen", "", float, double) {
  for (const char* name : {"hyperball+sgd", "hyperball+muon", "sam+sgd", "asam+adam"}) {
    INFO(name);
    Wrapped<TestType> run(name, "", kNetworks[0]);
    run.gradient();
    const_cast<TestType*>(run.stepper.grad().data())[0] = std::numeric_limits<TestType>::quiet_NaN();
    run.stepper.step(run.batch(), 0.1);
    CHECK_FALSE(std::isfinite(run.theta()[0]));
  }
}
