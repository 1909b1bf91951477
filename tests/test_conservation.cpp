// test_conservation.cpp — what gradient flow keeps, and what each step of training does to it.
#include <cmath>
#include <map>

#include "core/network/network.hpp"
#include "core/symmetry/group.hpp"
#include "experiments/certificates/generic_point.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/conservation.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

const ConservationLaw& law(const std::string& name) {
  for (const ConservationLaw& one : conservation_laws())
    if (one.name == name) return one;
  throw std::runtime_error("no law " + name);
}

std::vector<double> gradient(const NetworkSpec& spec, const std::vector<double>& theta) {
  const Index n = 40;
  const Matrix<double> X = generic_samples(n, spec.inputs(), Stream(2, 0));
  std::vector<std::uint8_t> labels(static_cast<size_t>(n * spec.shapes().back().pixels()));
  Stream classes(3, 0);
  for (auto& label : labels)
    label = static_cast<std::uint8_t>(classes.below(static_cast<std::uint64_t>(spec.classes())));
  Network<double> network(spec, n);
  std::vector<double> grad(theta.size());
  network.gradient(theta, {{X.data(), n, X.cols()}, labels.data()}, grad);
  return grad;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (double v : values) most = std::max(most, std::abs(v));
  return most;
}

TrialSpec trial(const Dataset& data, const std::string& network, const std::string& optimizer) {
  TrialSpec spec = small_trial(data, network, optimizer);
  spec.precision = "double", spec.start = "he";
  spec.protocol.search = false, spec.protocol.learning_rate = 0.05, spec.protocol.bn_epsilon = 0;
  return spec;
}

}  // namespace

TEST_CASE("conservation: charges are what the formulas say, on numbers that can be followed by hand") {
  const NetworkSpec spec = parse_network("mlp:2-2-2/linear+bias", 0, 0);
  // W1 = (1 2; 3 4), b1 = (5, 6), W2 = (7 8; 9 10), b2 = (11, 12).
  const ParamLayout layout = layout_of(spec);
  const std::vector<double> theta = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  using V = std::vector<double>;
  CHECK(law("filter-norm").charges(layout, theta) == V{5, 25});
  CHECK(law("unit-balance").charges(layout, theta) == V{5 + 25 - 130, 25 + 36 - 164});
  CHECK(law("class-sum").charges(layout, theta) == V{16, 18, 23});
  // [W b][W b]ᵀ = (30 41; 41 61), W2ᵀW2 = (130 146; 146 164).
  CHECK(law("layer-balance").charges(layout, theta) == V{-100, -105, -103});
}

TEST_CASE("conservation: the gradient changes no charge where the law holds, and does where it does not") {
  std::map<std::string, int> held, broken;
  for (const char* text :
       {"archbn:7-4x2-3/pool2", "archbn:7-5-3/sigmoid", "mlp:7-5-4-3+bias", "arch1:7-4x2-3/pool3+bias",
        "mlp:7-5-4-3/linear+bias", "mlp:7-6-3/tanh", "conv:6x5x2-3c3-p2s2-4c3-3/leaky-relu+bias",
        "conv:6x5x2-3c3-p2s2-4c3-3/bn/relu", "conv:6x5x2-3c3-a2s2-4c3-3/linear"}) {
    NetworkSpec spec = parse_network(text, 0, 0);
    spec.bn_epsilon = 0;
    const ParamLayout layout = layout_of(spec);
    const std::vector<double> theta = generic_point(layout, Stream(1, 0)), grad = gradient(spec, theta);
    for (const ConservationLaw& one : conservation_laws()) {
      // Charges that mix all features of a layer need as many columns as rows.
      if (one.name == "layer-balance" && !one.holds_for(spec)) continue;
      // Q(θ + hg) − Q(θ − hg) = 4h B(θ, g) for a quadratic form, whatever h; 2h Q(g) for a linear one.
      std::vector<double> ahead = theta, behind = theta;
      for (size_t i = 0; i < theta.size(); ++i) ahead[i] += grad[i], behind[i] -= grad[i];
      const auto a = one.charges(layout, ahead), b = one.charges(layout, behind);
      double change = 0, scale = largest(a) + largest(b);
      for (size_t i = 0; i < a.size(); ++i) change = std::max(change, std::abs(a[i] - b[i]));
      INFO(text << ": " << one.name << " changes by " << change << " of " << scale);
      if (one.holds_for(spec)) {
        CHECK(change <= 1e4 * kEpsilon * (1 + scale));
        ++held[one.name];
      } else {
        CHECK(change > 1e-4);
        ++broken[one.name];
      }
    }
  }
  CHECK(held["filter-norm"] == 3);
  CHECK(held["unit-balance"] == 5);
  CHECK(held["class-sum"] == 9);
  CHECK(held["layer-balance"] == 2);
  CHECK(broken["filter-norm"] == 6);
  CHECK(broken["unit-balance"] == 4);
}

TEST_CASE("conservation: every step of descent and momentum does to the charges what is predicted") {
  const Dataset data = noisy_classes();
  for (const char* network : {"archbn:8-4x2-3/pool2", "mlp:8-5-4-3+bias", "mlp:8-5-4-3/linear+bias"})
    for (const auto& [optimizer, settings] : {std::pair("sgd", ""), std::pair("momentum", ""),
                                              std::pair("momentum", "momentum=0 weight-decay=0.1"),
                                              std::pair("momentum", "momentum=0.5 weight-decay=0.1")})
      for (const ConservationLaw& one : conservation_laws()) {
        TrialSpec spec = trial(data, network, optimizer);
        spec.settings = settings;
        if (!one.holds_for(network_of(spec))) continue;
        const ChargeRun run = follow_charges(spec, data, one, 30, 10);
        INFO(network << " " << optimizer << " " << settings << " " << one.name);
        CHECK(run.message == "");
        CHECK(run.steps == std::vector<std::int64_t>{0, 10, 20, 30});
        CHECK(run.residual <= 1e-11);
        CHECK(run.charges.front() != run.charges.back());
        const auto& start = run.charges.front();
        // Without decay and momentum the closed form is Q(0) + λ² Σ Q(g), exactly.
        if (std::string(optimizer) != "sgd") continue;
        for (size_t i = 0; i < start.size(); ++i)
          CHECK(std::abs(run.charges.back()[i] - run.closed_form.back()[i]) <= 1e-11 * (1 + largest(start)));
      }
  CHECK(std::isnan(follow_charges(trial(data, "mlp:8-5-3", "adam"), data, law("class-sum"), 3, 3).residual));
}

TEST_CASE("conservation: a wrong momentum or decay would be seen in the prediction") {
  const Dataset data = noisy_classes();
  TrialSpec spec = trial(data, "mlp:8-5-4-3+bias", "momentum");
  spec.settings = "momentum=0.5 weight-decay=0.1";
  const ParamLayout layout = layout_of(network_of(spec));
  const std::vector<double> theta = generic_point(layout, Stream(1, 0)),
                            grad = gradient(network_of(spec), theta);
  const ConservationLaw& balance = law("unit-balance");
  const std::vector<double> start = balance.charges(layout, theta);
  const auto after = [&](double momentum, double decay) {
    ChargePrediction prediction(balance, start, momentum, decay);
    std::vector<double> v(theta.size());
    for (size_t i = 0; i < v.size(); ++i) v[i] = grad[i] + 0.1 * theta[i];
    for (int t = 0; t < 2; ++t) prediction.step(0.05, balance.charges(layout, v));
    return prediction.charges();
  };
  CHECK(after(0.5, 0.1) != after(0.9, 0.1));
  CHECK(after(0.5, 0.1) != after(0.5, 0.2));
}

TEST_CASE("conservation: the study says what is kept, what is kept in the limit, and what is broken",
          "[slow]") {
  const Dataset data = noisy_classes();
  const ExperimentEntry& study = find_experiment("conservation");
  Request request;
  study.defaults(request);
  request.networks = "archbn:8-4x2-3/pool2,mlp:8-5-4-3+bias,mlp:8-5-4-3/linear";
  request.optimizers = "sgd:lr=0.02,adam:lr=0.01,un:lr=0.02";
  request.trials = 2;
  request.protocol = small_trial(data, "mlp:8-5-3", "sgd").protocol;
  request.protocol.search = false, request.protocol.bn_epsilon = 0;
  request.protocol.batch = 12, request.protocol.max_epochs = 50;
  const ScratchFolder folder;
  const std::string text = study.conclude(request, {}, data, folder.path);
  const CsvTable table = read_csv(folder.path / "conservation.csv");
  CHECK(table.rows.size() == 2 * 3 * 4 * 5);  // trials, optimizers, rates; laws on their networks
  const auto verdict = [&](const std::string& of, const std::string& optimizer) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (contains(line, of + " ") && contains(line, " " + optimizer + " ")) return line;
    return std::string();
  };
  CHECK(contains(verdict("filter-norm", "sgd"), "kept as λ → 0"));
  CHECK(contains(verdict("unit-balance", "sgd"), "kept as λ → 0"));
  CHECK(contains(verdict("layer-balance", "sgd"), "kept as λ → 0"));
  CHECK(contains(verdict("class-sum", "sgd"), "kept, to rounding"));
  CHECK(contains(verdict("filter-norm", "un"), "kept, to rounding"));
  CHECK(contains(verdict("class-sum", "adam"), "broken"));
  CHECK(read_csv(folder.path / "equilibrium.csv").rows.size() == 6);
  CHECK(contains(text, "Equilibrium of filters"));
  // One optimizer at two rates has two lines; too few steps reach no equilibrium.
  request.networks = "archbn:8-4x2-3/pool2", request.optimizers = "sgd:lr=0.02,sgd:lr=0.01",
  request.trials = 1;
  request.protocol.max_epochs = 5;
  const ScratchFolder rates;
  const std::string two = study.conclude(request, {}, data, rates.path);
  CHECK(contains(two, "sgd, λ = 0.02"));
  CHECK(contains(two, "sgd, λ = 0.01"));
  CHECK(contains(two, "Equilibrium: not measured"));
  // Without batch normalization there is no equilibrium to look at.
  request.networks = "mlp:8-5-3", request.optimizers = "sgd:lr=0.02", request.trials = 1;
  const ScratchFolder other;
  CHECK_FALSE(contains(study.conclude(request, {}, data, other.path), "Equilibrium"));
  CHECK(read_csv(other.path / "equilibrium.csv").rows.empty());
}
