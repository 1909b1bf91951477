// test_teleport.cpp — teleportation: products of the Hessian, the direction of the search, what a teleport
// keeps and what it raises, and the wrapper around any optimizer.
#include <chrono>
#include <cmath>
#include <set>
#include <thread>

#include "core/network/hessian.hpp"
#include "core/symmetry/group.hpp"
#include "core/symmetry/orbits.hpp"
#include "optimizers/wrapper.hpp"
#include "protocols/spec_check.hpp"
#include "protocols/stepper.hpp"
#include "protocols/trainer.hpp"
#include "results/tables.hpp"
#include "results/trial_file.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/problems.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// Far enough from every kink for steps of kStep in the parameters.
constexpr double kMargin = 1e-3, kStep = 1e-5;

// A problem's loss.
class ProblemSurface final : public Surface {
 public:
  explicit ProblemSurface(const Problem& problem)
      : owned_(problem), hessian_(problem.spec, owned_.batch().size()) {}
  double compute(std::span<const double> theta, std::span<const double> v, std::span<double> grad,
                 std::span<double> product) override {
    const Batch<double> batch = owned_.batch();
    return hessian_.compute(theta, v, batch.X, batch.targets.labels, grad, product);
  }
  struct Value {
    double loss, square;  // L and ‖∇L‖²
    Vector grad;
  };
  Value at(const Vector& theta) {
    Vector grad(theta.size()), product(theta.size());
    const double loss = compute(theta, Vector(theta.size()), grad, product);
    double square = 0;
    for (double g : grad) square += g * g;
    return {loss, square, grad};
  }
  Vector product(const Vector& theta, const Vector& v) {
    Vector grad(theta.size()), result(theta.size());
    compute(theta, v, grad, result);
    return result;
  }
  ConstMatrixView<double> X() const { return owned_.batch().X; }

 private:
  OwnedBatch<double> owned_;
  HessianVector hessian_;
};

Vector direction(size_t n, Stream stream) {
  Vector v(n);
  for (double& x : v) x = stream.uniform(-1, 1);
  return v;
}
Vector moved(const Vector& theta, double by, const Vector& v) {
  Vector result = theta;
  for (size_t i = 0; i < v.size(); ++i) result[i] += by * v[i];
  return result;
}

// Networks and numbers of samples on which the group keeps the loss: GL(h) where the features of the samples
// are linearly independent, so no more samples than features.
struct Place {
  std::string group, network;
  size_t samples;
  double rate = 0.01;  ///< of the search: ten ascents stay finite
};
const std::vector<Place> kPlaces = {{"node-rescale", "mlp:5-6-4-3+bias", 9},
                                    {"node-rescale", "arch1:5-4-3-3/pool2/leaky-relu", 9},
                                    {"node-rescale", "conv:5x4x2-3c3-p2s2-3c2-3/leaky-relu+bias", 4, 0.001},
                                    {"node-rescale", "conv:5x4x1-3c3-a2s2-3c2s2-3/relu", 4},
                                    {"general-linear", "mlp:7-6-5-3/leaky-relu", 4},
                                    {"general-linear", "mlp:7-6-5-3/sigmoid+bias", 4}};

Problem problem_of(const Place& place) {
  return make_problem(parse_network(place.network, 0, 0), place.samples, Stream(61, 0), kMargin);
}

// The group's action at a place, on the samples of the loss.
struct Setting {
  Problem problem;
  ProblemSurface surface;
  std::unique_ptr<NetworkOrbit> orbit;
  Setting(const Place& place, bool exact)
      : problem(problem_of(place)),
        surface(problem),
        orbit(make_orbit(place.group, problem.spec, static_cast<Index>(place.samples), exact)) {
    orbit->set_samples(surface.X());
  }
};

// max |L(g·w) − L(w)| relative to L for T = size · (fixed direction).
double deviation(const Place& place, bool exact, double size) {
  Setting at(place, exact);
  Vector T = direction(static_cast<size_t>(at.orbit->size()), Stream(62, 0));
  for (double& t : T) t *= size;
  Vector theta = at.problem.theta;
  at.orbit->act(T, theta);
  return std::abs(at.surface.at(theta).loss / at.surface.at(at.problem.theta).loss - 1);
}

}  // namespace

TEST_CASE("teleport: the product of the Hessian with a vector is the difference of gradients") {
  for (const NetworkSpec& spec : small_networks()) {
    const Problem problem = make_problem(spec, 6, Stream(60, 0), kMargin);
    ProblemSurface surface(problem);
    const Vector v = direction(problem.theta.size(), Stream(60, 1));
    const Vector product = surface.product(problem.theta, v);
    const Vector high = surface.at(moved(problem.theta, kStep, v)).grad,
                 low = surface.at(moved(problem.theta, -kStep, v)).grad;
    double worst = 0;
    for (size_t i = 0; i < v.size(); ++i)
      worst = std::max(worst, std::abs((high[i] - low[i]) / (2 * kStep) - product[i]));
    INFO(spec.text());
    // Rounding ε/kStep and truncation kStep² times the fourth derivative of the loss, which normalization
    // makes large.
    CHECK(worst <= 1e-6 * std::max(1.0, largest(product)));
    CHECK(largest(product) > 1e-3);
  }
}

TEST_CASE("teleport: the search follows the derivative of ‖∇L(g·w)‖² by the group's coordinates") {
  for (const Place& place : kPlaces)
    for (const bool exact : {false, true}) {
      Setting setting(place, exact);
      auto& [problem, surface, orbit] = setting;
      const size_t n = static_cast<size_t>(orbit->size());
      Vector D(n);
      orbit->pull_back(problem.theta, surface.product(problem.theta, surface.at(problem.theta).grad), D);
      double worst = 0;
      for (size_t i = 0; i < n; ++i) {
        double square[2];
        for (const int side : {0, 1}) {
          Vector T(n), theta = problem.theta;
          T[i] = (side ? 1 : -1) * kStep;
          orbit->act(T, theta);
          square[side] = surface.at(theta).square;
        }
        worst = std::max(worst, std::abs((square[1] - square[0]) / (2 * kStep) - 2 * D[i]));
      }
      INFO(place.group << " on " << place.network << ", exact " << exact);
      CHECK(worst <= 1e-6 * largest(D));
      CHECK(largest(D) > 1e-6);
    }
}

TEST_CASE("teleport: ‖∇L‖² rises, on the samples of the search") {
  for (const Place& place : kPlaces)
    for (const bool exact : {false, true}) {
      Setting setting(place, exact);
      auto& [problem, surface, orbit] = setting;
      Teleporter teleporter(static_cast<Index>(problem.theta.size()), orbit->size());
      Vector theta = problem.theta;
      const Teleport t = teleporter.move({.steps = 10, .rate = place.rate}, surface, *orbit, theta);
      INFO(place.group << " on " << place.network << ", exact " << exact);
      CHECK(t.ascents == 10);
      CHECK(t.gradient_after > t.gradient_before * (1 + 1e-3));
      // Sums in another order.
      CHECK(t.gradient_before == Approx(surface.at(problem.theta).square).epsilon(1e-13));
      CHECK(t.gradient_after == Approx(surface.at(theta).square).epsilon(1e-13));
      CHECK(t.loss_before == surface.at(problem.theta).loss);
      CHECK(t.loss_after == surface.at(theta).loss);
    }
}

TEST_CASE("teleport: exact actions keep the loss, the first-order one to second order in T") {
  for (const Place& place : kPlaces) {
    INFO(place.group << " on " << place.network);
    CHECK(deviation(place, true, 0.1) <= 1e-11);
    if (place.group == "node-rescale") {
      CHECK(deviation(place, false, 0.1) <= 1e-13);
      continue;
    }
    const double whole = deviation(place, false, 1e-3), half = deviation(place, false, 5e-4);
    CHECK(whole > 1e-9);  // above rounding
    CHECK(std::log2(whole / half) == Approx(2).margin(0.1));
  }
}

TEST_CASE("teleport: a gradient above the bound is skipped, and what is skipped does not move") {
  const Place place = kPlaces[0];
  const Problem problem = problem_of(place);
  ProblemSurface surface(problem);
  const auto orbit = make_orbit(place.group, problem.spec, 9, false);
  Teleporter teleporter(static_cast<Index>(problem.theta.size()), orbit->size());
  Vector theta = problem.theta;
  const double square = surface.at(theta).square;
  const Teleport t =
      teleporter.move({.steps = 10, .rate = 0.1, .max_gradient = 0.99 * square}, surface, *orbit, theta);
  CHECK(t.ascents == 0);
  CHECK(theta == problem.theta);
  CHECK(t.gradient_after == Approx(square).epsilon(1e-13));
  // The search ends as soon as the bound is passed.
  const Teleport u =
      teleporter.move({.steps = 1000, .rate = 0.01, .max_gradient = 1.01 * square}, surface, *orbit, theta);
  CHECK(u.ascents > 0);
  CHECK(u.ascents < 1000);
  CHECK(u.gradient_after > 1.01 * square);
}

TEST_CASE("teleport: a permutation does not change ‖∇L‖²") {
  for (const NetworkSpec& spec : small_networks()) {
    const Problem problem = make_problem(spec, 6, Stream(63, 0));
    ProblemSurface surface(problem);
    const double before = surface.at(problem.theta).square;
    const Site site(spec);
    for (std::uint64_t i = 0; i < 3; ++i) {
      Vector theta = problem.theta;
      find_group("permutation").draw(site, Stream(64, i), 1)->act(theta);
      INFO(spec.text());
      // Sums in another order.
      CHECK(surface.at(theta).square == Approx(before).epsilon(1e-12));
    }
  }
}

namespace {

constexpr Index kBatch = 8;

template <class Real>
struct Run {
  NetworkSpec spec;
  Stepper<Real> stepper;
  std::vector<OwnedBatch<Real>> batches;
  Run(const std::string& optimizer, const std::string& settings, const std::string& network)
      : spec(parse_network(network, 0, 0)),
        stepper(spec, find_optimizer(optimizer), parse_settings(settings), kBatch, draws<Real>(spec, 1000)) {
    for (std::uint64_t i = 0; i < 6; ++i) batches.emplace_back(make_problem(spec, kBatch, Stream(65, i)));
    stepper.start("he", Stream(66, 0), Stream(67, 0));
  }
  void step() {
    const auto batch = batches[static_cast<size_t>(stepper.steps()) % batches.size()].batch();
    stepper.gradient(batch);
    stepper.step(batch, 0.01);
  }
  std::vector<Real> theta() { return {stepper.theta().begin(), stepper.theta().end()}; }
};

}  // namespace

TEMPLATE_TEST_CASE("teleport: a search without steps leaves every optimizer's bits as they are", "", float,
                   double) {
  std::set<std::string> nowhere;
  for (const OptimizerEntry& entry : optimizer_registry()) {
    // Methods that hold filters at unit norm can only be teleported where filters have no scale.
    const bool served = !find_optimizer("teleport+" + entry.name).refuses(parse_network("mlp:6-5-4-3", 0, 0));
    const std::string network = served ? "mlp:6-5-4-3" : "archbn:6-5-4-3";
    if (find_optimizer("teleport+" + entry.name).refuses(parse_network(network, 0, 0))) {
      nowhere.insert(entry.name);
      continue;
    }
    Run<TestType> plain(entry.name, "", network),
        wrapped("teleport+" + entry.name, "steps=0 tele-batch=8 at-steps=2/4", network);
    INFO(entry.name);
    for (int t = 0; t < 5; ++t) {
      plain.step(), wrapped.step();
      CHECK(plain.theta() == wrapped.theta());
    }
    const auto log = wrapped.stepper.log().teleports();
    REQUIRE(log.size() == 2);
    CHECK((log[0].step == 1 && log[1].step == 3));
    CHECK(plain.stepper.log().teleports().empty());
  }
  // Orthonormal matrices and rows without means are no symmetry of any network; the others have points beside
  // the weights.
  CHECK(nowhere == std::set<std::string>{"g-sgd", "muon-stiefel", "nero", "rotational-adamw",
                                         "rotational-momentum", "schedule-free-adamw", "schedule-free-sgd"});
}

TEST_CASE("teleport: the optimizer goes on from the new place, with its state and the gradient there") {
  for (const std::string group : {"node-rescale", "general-linear"}) {
    const std::string network = "mlp:6-5-4-3",
                      settings = "group=" + group + " tele-batch=4 tele-lr=0.001 max-gradient=1e6 at-steps=3";
    Run<double> plain("momentum", "", network), wrapped("teleport+momentum", settings, network);
    for (int t = 0; t < 2; ++t) plain.step(), wrapped.step();
    REQUIRE(plain.theta() == wrapped.theta());
    wrapped.step();
    // By hand: the same search, on the samples that the third step draws.
    const auto draw = draws<double>(plain.spec, 10);
    const auto sample = draw(4, Stream(67, 0).fork(Purpose::labels, 2).fork(Purpose::teleport));
    HessianVector hessian(plain.spec, 4);
    struct Samples final : Surface {
      HessianVector& hessian;
      const Batch<double>& batch;
      Samples(HessianVector& h, const Batch<double>& b) : hessian(h), batch(b) {}
      double compute(std::span<const double> theta, std::span<const double> v, std::span<double> grad,
                     std::span<double> product) override {
        return hessian.compute(theta, v, batch.X, batch.targets.labels, grad, product);
      }
    } surface(hessian, sample);
    const auto orbit = make_orbit(group, plain.spec, 4, false);
    orbit->set_samples(sample.X);
    Teleporter teleporter(hessian.layout().size, orbit->size());
    const auto before = plain.theta();
    const Teleport t = teleporter.move({.steps = 10, .rate = 1e-3, .max_gradient = 1e6}, surface, *orbit,
                                       plain.stepper.theta());
    CHECK(plain.theta() != before);
    plain.step();
    CHECK(plain.theta() == wrapped.theta());
    const auto log = wrapped.stepper.log().teleports();
    REQUIRE(log.size() == 1);
    CHECK((log[0].step == 2 && log[0].ascents == 10));
    CHECK((log[0].gradient_after == t.gradient_after && log[0].loss_before == t.loss_before));
  }
}

TEST_CASE(
    "teleport: a method whose constraint is no symmetry of the network is refused before anything runs") {
  const auto refusal = [](const std::string& optimizer, const std::string& network,
                          const std::string& settings = "") {
    return find_optimizer("teleport+" + optimizer)
        .refuses(parse_network(network, 0, 0), parse_settings(settings))
        .value_or("");
  };
  for (const std::string name : {"un", "un-momentum", "un-adam", "constrained", "pbwn", "weight-norm"}) {
    INFO(name);
    CHECK(contains(refusal(name, "mlp:784-16-10-10/leaky-relu"), name + " would not stay"));
    CHECK(contains(refusal(name, "arch1:6-4-3/pool2", "group=node-rescale"), name));
    CHECK(refusal(name, "archbn:6-4-3/pool2").empty());
  }
  CHECK(contains(refusal("un", "archbn:6-4-3/pool2", "theta=unit"), "un would not stay"));
  for (const char* network : {"mlp:6-4-3/leaky-relu", "archbn:6-4-3/pool2"})
    CHECK(contains(refusal("muon-stiefel", network), "muon-stiefel would not stay"));
  CHECK(contains(refusal("schedule-free-sgd", "mlp:6-4-3"), "has points of its own"));
  for (const std::string name : {"sgd", "b-sgd", "sm", "path-sgd", "adam", "muon", "natural", "kfac"})
    for (const std::string network : {"mlp:6-4-3/sigmoid+bias", "archbn:6-4-3/pool2"}) {
      INFO(name << " on " << network);
      CHECK(refusal(name, network).empty());
    }
}

TEST_CASE("log: an optimizer tells what it did, and the listener alone knows when and for how long") {
  struct Witness final : Log {
    int begun = 0;
    std::vector<Teleport> told;
    void begin_event() override { ++begun; }
    void teleported(const Teleport& teleport) override {
      CHECK(begun == 1);
      told.push_back(teleport);
    }
  } witness;
  const NetworkSpec spec = parse_network("mlp:6-5-3", 0, 0);
  const OwnedBatch<double> owned(make_problem(spec, kBatch, Stream(65, 0)));
  const Batch<double> batch = owned.batch();
  Network<double> network(spec, kBatch);
  std::vector<double> theta(static_cast<size_t>(network.layout().size)), grad(theta.size());
  fill_start<double>("he", network.layout(), Stream(66, 0), theta);
  const auto optimizer =
      find_optimizer("teleport+sgd")
          .make<double>(parse_settings("tele-batch=4 tele-lr=0.001 max-gradient=1e6 at-steps=2"));
  optimizer->attach(spec, kBatch);
  optimizer->bind(network.layout(), theta);
  Extras<double> extras;
  extras.passes = &network, extras.batch = &batch, extras.draw = draws<double>(spec, 10);
  for (std::int64_t t = 0; t < 3; ++t) {
    network.gradient(theta, batch, grad);
    optimizer->step({t, 0.01, grad, extras, witness}, theta);
  }
  REQUIRE(witness.told.size() == 1);
  CHECK(witness.told[0].ascents == 10);
  CHECK((witness.told[0].step == 0 && witness.told[0].seconds == 0));

  KeptLog log;
  const std::vector<std::int32_t> labels = {2, 0, 1};
  log.begin_step(7);
  log.begin_event();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  log.teleported(witness.told[0]);
  log.drew({"labels", labels});
  REQUIRE(log.teleports().size() == 1);
  CHECK(log.teleports()[0].step == 7);
  CHECK(log.teleports()[0].seconds >= 0.002);
  CHECK(log.teleports()[0].gradient_after == witness.told[0].gradient_after);
  CHECK((log.draws().size() == 1 && log.draws()[0].name == "labels"));
  log.begin_step(8);
  CHECK((log.teleports().size() == 1 && log.draws().empty()));
  log.clear();
  CHECK(log.teleports().empty());
}

TEST_CASE("log: what the optimizer within tells is told, of its draws and of its numerics") {
  // Without damping the logits' gradients, which sum to 0, have no full rank.
  const std::string network = "mlp:6-5-4-3", undamped = "damping=0 t-cov=2 t-inv=2";
  Run<double> plain("kfac", undamped, network),
      wrapped("teleport+kfac", undamped + " steps=0 tele-batch=4 at-steps=1", network);
  for (int t = 0; t < 4; ++t) {
    plain.step(), wrapped.step();
    const auto &own = plain.stepper.log().draws(), &within = wrapped.stepper.log().draws();
    REQUIRE(own.size() == (t % 2 == 0 ? 1u : 0u));
    REQUIRE(within.size() == own.size());
    if (own.empty()) continue;
    CHECK((own[0].name == "labels" && within[0].name == "labels"));
    CHECK(own[0].values.size() == static_cast<size_t>(kBatch));
    CHECK(std::equal(own[0].values.begin(), own[0].values.end(), within[0].values.begin(),
                     within[0].values.end()));
  }
  CHECK(contains(plain.stepper.remarks(), "kfac: pseudo-inverse"));
  CHECK(wrapped.stepper.remarks() == plain.stepper.remarks());
}

TEST_CASE("teleport: chosen epochs and batches have one, others have none") {
  Run<float> run("teleport+sgd", "epochs=2/4-5 first-batches=2 tele-batch=4", "mlp:6-5-3");
  run.stepper.set_epoch_steps(3);
  for (int t = 0; t < 18; ++t) run.step();
  std::vector<std::int64_t> steps;
  for (const Teleport& t : run.stepper.log().teleports()) steps.push_back(t.step);
  CHECK(steps == std::vector<std::int64_t>{3, 4, 9, 10, 12, 13});
}

TEST_CASE("teleport: every optimizer can be wrapped, and options reach the one they are of") {
  std::set<std::string> own;
  for (const OptionInfo& option : optimizer_wrappers().at(0).options) own.insert(option.name);
  CHECK(own == std::set<std::string>{"group", "steps", "tele-lr", "tele-batch", "epochs", "first-batches",
                                     "at-steps", "max-gradient", "exact"});
  for (const OptimizerEntry& entry : optimizer_registry()) {
    const OptimizerEntry& wrapped = find_optimizer("teleport+" + entry.name);
    CHECK(wrapped.start == entry.start);
    CHECK(wrapped.options.size() == own.size() + entry.options.size());
    for (const OptionInfo& option : entry.options) CHECK(own.count(option.name) == 0);
  }
  CHECK(find_optimizer("teleport+un").canonical(parse_settings("retraction=exp steps=10 exact=true")) ==
        "exact=true retraction=exp");
  const auto said = [](const std::string& settings) {
    return error_of([&] { find_optimizer("teleport+un").canonical(parse_settings(settings)); });
  };
  CHECK(contains(error_of([] { find_optimizer("teleport+sdg"); }), "teleport+sgd"));
  CHECK(contains(said("retraction=exq"), "exp"));
  CHECK(contains(said("groop=x"), "groop"));
  CHECK(contains(said("group=permutation"), "permutation"));
  for (const char* const bad : {"0", "2-1", "1/", "x", "1-2-3"})
    CHECK(contains(said(std::string("epochs=") + bad), "epochs"));
  const OptimizerEntry& sgd = find_optimizer("teleport+sgd");
  CHECK(sgd.refuses(parse_network("archbn:6-4-3", 0, 0), parse_settings("group=node-rescale")));
  CHECK(sgd.refuses(parse_network("mlp:6-3", 0, 0), {}));
  CHECK(sgd.refuses(parse_network("conv:4x4x1-2c3-p2s2-u-2c1/relu", 0, 0),
                    parse_settings("group=node-rescale")) ==
        "expected classes of samples, found classes of pixels");
  CHECK(!sgd.refuses(parse_network("archbn:6-4-3", 0, 0), {}));
}

TEST_CASE("teleport: no step allocates, with a teleport before it or without") {
  struct Case {
    std::string settings;
    size_t before, after;
  };
  // GL(h) solves with decompositions that allocate: there only the steps between are free of it.
  for (const Case& c : {Case{"group=node-rescale tele-batch=4 at-steps=2/4-5 steps=3", 1, 3},
                        Case{"tele-batch=4 at-steps=2", 1, 1}}) {
    Run<float> run("teleport+sgd", c.settings, "mlp:6-5-4-3");
    for (int t = 0; t < 2; ++t) run.step();
    REQUIRE(run.stepper.log().teleports().size() == c.before);
    const long before = allocations();
    for (int t = 0; t < 4; ++t) run.step();
    const long during = allocations() - before;
    INFO(c.settings);
    CHECK(during == 0);
    CHECK(run.stepper.log().teleports().size() == c.after);
  }
}

TEST_CASE("teleport: a trial keeps every teleport, in its file and in a table") {
  const Dataset data = noisy_classes();
  TrialSpec spec = small_trial(data, "mlp:8-6-3", "teleport+sgd");
  spec.settings = "group=node-rescale tele-lr=0.001 tele-batch=20 epochs=1/3 first-batches=2";
  spec.start = "he";
  check_spec(spec, data);
  Monitor monitor;
  const TrialRecord record = run_trial(spec, data, monitor);
  REQUIRE(record.teleports.size() == 4);
  for (const Teleport& t : record.teleports) {
    CHECK(t.ascents == 10);
    CHECK(t.gradient_after > t.gradient_before);
    CHECK(t.loss_after == Approx(t.loss_before));
  }
  const std::string text = to_trial_text(record);
  const TrialRecord back = from_trial_text(text, "x.trial");
  CHECK(same_bits(record, back));
  CHECK(to_trial_text(back) == text);

  const ScratchFolder folder;
  write_csvs(folder.path, {record}, 1);
  const std::string table = read_text(folder / "teleports.csv");
  CHECK(std::count(table.begin(), table.end(), '\n') == 5);
  CHECK(contains(table, ",step,skipped,ascents,gradient_before"));
  TrialRecord none = record;
  none.teleports.clear();
  CHECK(!contains(to_trial_text(none), "teleports"));
}
