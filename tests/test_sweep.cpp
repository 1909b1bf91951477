// test_sweep.cpp — axes as text, and the points that a grid, random numbers or a Halton sequence make of
// them.
#include <cmath>
#include <map>
#include <set>

#include "experiments/plan/request.hpp"
#include "protocols/spec_check.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

using Texts = std::vector<std::string>;

SweepSettings sweep(const std::string& set, const std::string& zip = "", const std::string& sampler = "grid",
                    int budget = 0) {
  return {set, zip, sampler, budget};
}

Texts points(const std::string& optimizer, const SweepSettings& settings, std::uint64_t seed = 1) {
  Texts texts;
  for (const Candidate& c : Sweep(settings, seed).points(parse_candidate(optimizer)))
    texts.push_back(c.text());
  return texts;
}

std::string points_error(const std::string& optimizer, const SweepSettings& settings) {
  return error_of([&] { points(optimizer, settings); });
}

// The value that a candidate has for an option, as text.
std::string value_of(const std::string& candidate, const std::string& name) {
  const size_t at = candidate.find(":" + name + "=") + name.size() + 2;
  return candidate.substr(at, candidate.find(':', at) - at);
}

Request asking(const std::string& optimizers, const SweepSettings& settings, int trials = 2) {
  Request request;
  request.networks = "archbn:8-4-3/pool2,mlp:8-5-3";
  request.optimizers = optimizers, request.trials = trials, request.sweep = settings;
  return request;
}

}  // namespace

TEST_CASE("candidate: text is read back, over the whole registry and every option") {
  for (const OptimizerEntry& entry : optimizer_registry()) {
    std::string text = entry.name;
    for (const OptionInfo& info : entry.options) text += ":" + info.name + "=" + info.default_value;
    text += ":start=he:max-epochs=7:protocol.decay=0.5:lr=0.25:on=2";
    const Candidate candidate = parse_candidate(text), again = parse_candidate(candidate.text());
    CHECK(again.text() == candidate.text());
    const TrialSpec spec = candidate.applied_to({});
    CHECK(again.applied_to({}) == spec);
    CHECK(spec.optimizer == entry.name);
    CHECK(spec.settings.empty());
    CHECK((spec.start == "he" && spec.protocol.max_epochs == 7 && spec.protocol.decay == 0.5));
    CHECK((spec.protocol.learning_rate == 0.25 && !spec.protocol.search && candidate.on == 2));
  }
}

TEST_CASE("candidate: what an optimizer and the protocol both have is the optimizer's") {
  const TrialSpec spec = parse_candidate("rmsprop:decay=0.5").applied_to({});
  CHECK(spec.settings == "decay=0.5");
  CHECK(spec.protocol == ProtocolSettings{});
  CHECK(parse_candidate("rmsprop:protocol.decay=0.5").applied_to({}).protocol.decay == 0.5);
}

TEST_CASE("candidate: what is malformed is refused by name") {
  const auto error = [](const std::string& text) {
    return error_of([&] { parse_candidate(text).applied_to({}); });
  };
  CHECK(contains(error("un:on=0"), "option 'on': expected 1 to 1000, found 0"));
  CHECK(contains(error("un:"), "expected name=value, found ''"));
  CHECK(contains(error("un:lr"), "expected name=value, found 'lr'"));
  CHECK(contains(error("un:lr=0.1:learning-rate=0.2"), "expected once, found twice"));
  CHECK(contains(error("un:lr=0.1:search=true"), "expected no search=true"));
  CHECK(contains(error("un:max-epochs=0"), "optimizer un: option 'max-epochs'"));
  CHECK(contains(error("un:start=balancd"), "did you mean 'balanced'?"));
  CHECK(contains(error("un:retration=exp"), "did you mean 'retraction'?"));
}

TEST_CASE("axis: lists and ranges") {
  CHECK(parse_axis("start=he,balanced").values == Texts{"he", "balanced"});
  CHECK(parse_axis("lr=1e-4:1:log:5").values == Texts{"0.0001", "0.001", "0.01", "0.1", "1"});
  CHECK(parse_axis("lr=1e-4:1:log:9").values[1] == "0.0003162");
  CHECK(parse_axis("momentum=0:1:lin:5").values == Texts{"0", "0.25", "0.5", "0.75", "1"});
  CHECK(parse_axis("lr=1e-320:1e-300:log:3").values == Texts{"1e-320", "1e-310", "1e-300"});
  // Rounding never leaves the range.
  CHECK(parse_axis("lr=0.123456:0.234567:lin:2").values == Texts{"0.123456", "0.234567"});
  const Axis own = parse_axis("un.retraction=exp");
  CHECK((own.optimizer == "un" && own.name == "retraction"));
  // 1 − value evenly in the logarithm: 0.5, 0.05, 0.005.
  CHECK(parse_axis("momentum=0.5:0.995:log1m:3").values == Texts{"0.5", "0.95", "0.995"});
  CHECK(parse_axis("momentum=0:0.9999:log1m:5").values == Texts{"0", "0.9", "0.99", "0.999", "0.9999"});
  const Axis interval = parse_axis("lr=1e-4:1:log");
  CHECK((interval.values.empty() && interval.low == 1e-4 && interval.high == 1 && interval.logarithmic));
}

TEST_CASE("axis: what is malformed is refused with the axis and what was expected") {
  const auto error = [](const std::string& text) { return error_of([&] { parse_axis(text); }); };
  CHECK(contains(error("lr"), "expected NAME=VALUES, found 'lr'"));
  CHECK(contains(error("=1"), "expected NAME=VALUES"));
  CHECK(contains(error("lr="), "values between commas"));
  CHECK(contains(error("lr=1,,2"), "values between commas"));
  CHECK(contains(error("lr=1,2,1"), "axis 'lr': expected each value once, found '1' twice"));
  CHECK(contains(error("lr=0.1,1e-1"),
                 "axis 'lr': expected each value once, found '0.1' and '1e-1', which are the same"));
  CHECK(contains(error("lr=1,2,1.0"), "found '1' and '1.0', which are the same"));
  CHECK(contains(error("momentum=0,-0"), "found '0' and '-0', which are the same"));
  CHECK(contains(error("annealing=step,none,step"), "found 'step' twice"));
  CHECK(contains(error("lr=1:2"), "LOW:HIGH:log|lin|log1m[:COUNT]"));
  CHECK(contains(error("lr=1:2:exp:3"), "LOW:HIGH:log|lin|log1m[:COUNT]"));
  CHECK(contains(error("lr=1:2:log:3:4"), "LOW:HIGH:log|lin|log1m[:COUNT]"));
  CHECK(contains(error("lr=2:1:log:3"), "a low end below the high one"));
  CHECK(contains(error("lr=0:1:log:3"), "ends above 0"));
  CHECK(contains(error("momentum=0.5:1:log1m:3"), "ends below 1"));
  CHECK(contains(error("lr=0.1:1:log:1"), "2 to 100000 values"));
  CHECK(contains(error("lr=0.1:x:log:3"), "expected a number, found 'x'"));
  CHECK(contains(error("lr=0.1:inf:log:3"), "a low end below"));
  CHECK(contains(error("unn.lr=1"), "did you mean 'un'?"));
  CHECK(contains(error("lr=1:1.001:lin:100"), "at most 2 values, which differ in four digits"));
}

TEST_CASE("grid: every combination once, the last axis fastest, zipped axes together") {
  CHECK(points("momentum", sweep("lr=0.1,0.2 momentum=0,0.9")) ==
        Texts{"momentum:momentum=0:lr=0.1", "momentum:momentum=0.9:lr=0.1", "momentum:momentum=0:lr=0.2",
              "momentum:momentum=0.9:lr=0.2"});
  CHECK(points("momentum", sweep("", "lr=0.1,0.2 momentum=0,0.9")) ==
        Texts{"momentum:momentum=0:lr=0.1", "momentum:momentum=0.9:lr=0.2"});
  CHECK(points("momentum", sweep("batch=50,100", "lr=0.1,0.2 momentum=0,0.9")).size() == 4);
  CHECK(points("un", sweep("")) == Texts{"un"});
  CHECK(points("un:theta=unit", sweep("lr=0.1,0.2")) ==
        Texts{"un:theta=unit:lr=0.1", "un:theta=unit:lr=0.2"});
}

TEST_CASE("grid: an optimizer's own axis takes the place of everyone's") {
  const SweepSettings settings = sweep("lr=0.1,0.2 adam.lr=0.001,0.002,0.003 un.retraction=normalize,exp");
  CHECK(points("sgd", settings).size() == 2);
  CHECK(points("adam", settings) == Texts{"adam:lr=0.001", "adam:lr=0.002", "adam:lr=0.003"});
  CHECK(points("un", settings).size() == 4);
  CHECK(points("adam", sweep("lr=0.1,0.2 adam.learning-rate=0.5")) == Texts{"adam:lr=0.5"});
}

TEST_CASE("sweep: an axis that an optimizer cannot follow is refused with the way out") {
  CHECK(contains(points_error("sgd", sweep("momentum=0,0.9")),
                 "axis 'momentum': expected an option of every optimizer, but sgd lacks it"));
  CHECK(contains(points_error("sgd", sweep("momentun=0,0.9")), "did you mean 'momentum'?"));
  CHECK(contains(points_error("rmsprop", sweep("decay=0.5")), "rmsprop.decay or protocol.decay"));
  CHECK(points("rmsprop", sweep("protocol.decay=0.5")) == Texts{"rmsprop:protocol.decay=0.5"});
  CHECK(points("rmsprop", sweep("rmsprop.decay=0.5")) == Texts{"rmsprop:decay=0.5"});
  CHECK(contains(points_error("un", sweep("un.retration=exp")), "did you mean 'retraction'?"));
  CHECK(contains(points_error("un:lr=0.1", sweep("lr=0.2,0.3")), "expected once, found twice"));
  CHECK(contains(points_error("un", sweep("lr=0.2 lr=0.3")), "axis 'lr': expected once, found twice"));
  CHECK(contains(points_error("un", sweep("lr=0.1:1:log")), "a count"));
  CHECK(contains(points_error("un", sweep("lr=0.1", "", "grid", 3)), "option 'budget'"));
  CHECK(contains(points_error("un", sweep("lr=0.1", "", "random", 0)), "a budget of at least 1"));
  CHECK(contains(points_error("un", sweep("", "lr=0.1,0.2 batch=1,2,3")), "expected 2 values"));
  CHECK(contains(points_error("un", sweep("lr=1e-3:1:log:1000 batch=1:1000:lin:1000")), "at most 100000"));
  CHECK(contains(points_error("un", sweep("batch=1:3:lin:5")), "at most 3 whole numbers"));
}

TEST_CASE(
    "samplers: as many different points as the budget says, in range, whole numbers where they must be") {
  for (const char* sampler : {"random", "halton"}) {
    INFO(sampler);
    const Texts drawn =
        points("momentum", sweep("lr=1e-4:1:log batch=10:200:lin momentum=0,0.9", "", sampler, 60));
    CHECK(std::set(drawn.begin(), drawn.end()).size() == 60);
    int low = 0, plain = 0;
    for (const std::string& candidate : drawn) {
      const double rate = std::stod(value_of(candidate, "lr")),
                   batch = std::stod(value_of(candidate, "batch"));
      CHECK((rate >= 1e-4 && rate <= 1 && rate == rounded(rate)));
      CHECK((batch >= 10 && batch <= 200 && batch == std::round(batch)));
      low += rate < 1e-2, plain += value_of(candidate, "momentum") == "0";
    }
    // Half of the points lie below the middle of the logarithm, and half have each value: 5σ of 60 coins.
    CHECK(std::abs(low - 30) <= 20);
    CHECK(std::abs(plain - 30) <= 20);
  }
}

TEST_CASE("samplers: every optimizer that has an axis gets the same values, whatever else it has") {
  for (const char* sampler : {"random", "halton"}) {
    const SweepSettings settings = sweep("lr=1e-4:1:log adam.beta1=0.5:0.99:lin", "", sampler, 8);
    const Texts un = points("un", settings), adam = points("adam", settings);
    for (size_t i = 0; i < un.size(); ++i) CHECK(value_of(un[i], "lr") == value_of(adam[i], "lr"));
    CHECK(points("un", settings) == un);
    CHECK(points("un", settings, 2) != un);
  }
}

TEST_CASE("samplers: a longer budget goes on where a shorter one ended") {
  for (const char* sampler : {"random", "halton"}) {
    const Texts few = points("un", sweep("lr=1e-4:1:log", "", sampler, 5)),
                many = points("un", sweep("lr=1e-4:1:log", "", sampler, 9));
    CHECK(Texts(many.begin(), many.begin() + 5) == few);
  }
}

TEST_CASE("samplers: where there are fewer points than the budget, all of them") {
  const Texts all = points("momentum", sweep("momentum=0,0.5,0.9 start=he,glorot", "", "random", 100));
  CHECK(std::set(all.begin(), all.end()).size() == 6);
  // Whole numbers between two ends are few too, and of more than a hundred million draws nobody sees the end.
  for (const char* sampler : {"random", "halton"})
    CHECK(points("sgd", sweep("decay-every=1:10:lin", "", sampler, 100000)).size() == 10);
  // Rounding to 0.1234 would leave the range.
  CHECK(points("sgd", sweep("lr=0.12341:0.12344:lin", "", "random", 3)) == Texts{"sgd:lr=0.12341"});
}

TEST_CASE("halton: the gaps between the points are even, those of random numbers are not") {
  const auto widest_gap = [](const char* sampler) {
    std::set<double> rates = {1, 2};
    for (const std::string& candidate : points("un", sweep("lr=1:2:lin", "", sampler, 64)))
      rates.insert(std::stod(value_of(candidate, "lr")));
    double widest = 0, before = 1;
    for (const double rate : rates) widest = std::max(widest, rate - before), before = rate;
    return widest;
  };
  // 64 numbers of the van der Corput sequence lie 1/64 apart; their shift is cut at the ends. The widest of
  // 65 random gaps is below 2/64 with a probability of 1e-8: Σ (−1)ᵏ C(65, k) (1 − k/32)⁶⁴ (Fisher 1929).
  CHECK(widest_gap("halton") <= 2.0 / 64 + 1e-3);  // with the rounding of the values
  CHECK(widest_gap("random") > 2.0 / 64 + 1e-3);
}

TEST_CASE("expand: networks × optimizers × points × trials, seeds and trials the same for every point") {
  const Dataset data = noisy_classes();
  const auto specs = expand(asking("sgd,un", sweep("lr=0.1,0.2,0.3 un.retraction=normalize,exp")), data);
  REQUIRE(specs.size() == 2 * (3 + 6) * 2);
  std::map<std::string, std::set<int>> trials;
  for (const TrialSpec& spec : specs) {
    CHECK(spec.seed == 1);
    CHECK_FALSE(spec.protocol.search);
    trials[fmt::format("{} {} {} {}", spec.network, spec.optimizer, spec.settings,
                       spec.protocol.learning_rate)]
        .insert(spec.trial);
  }
  CHECK(trials.size() == 18);
  for (const auto& [ignored, numbers] : trials) CHECK(numbers == std::set<int>{0, 1});
}

TEST_CASE("expand: `on` keeps an optimizer to one network") {
  const Dataset data = noisy_classes();
  const auto specs = expand(asking("sgd:lr=0.1:on=1,sgd:lr=0.2:on=2,un", sweep(""), 1), data);
  REQUIRE(specs.size() == 4);
  CHECK((specs[0].network == "archbn:8-4-3/pool2" && specs[0].protocol.learning_rate == 0.1));
  CHECK((specs[2].network == "mlp:8-5-3" && specs[2].protocol.learning_rate == 0.2));
  CHECK(
      contains(error_of([&] { expand(asking("sgd:on=3", sweep("")), data); }), "expected 1 to 2 (networks)"));
}

TEST_CASE("expand: an axis of an optimizer that is not there is refused") {
  const Dataset data = noisy_classes();
  CHECK(contains(error_of([&] { expand(asking("sgd", sweep("un.retraction=exp")), data); }),
                 "axis 'un.retraction': expected un among the optimizers"));
}

TEST_CASE("expand: points that come to the same trial are refused") {
  const Dataset data = noisy_classes();
  const auto error = [&](const std::string& optimizers, const std::string& axes) {
    return error_of([&] { expand(asking(optimizers, sweep(axes)), data); });
  };
  CHECK(contains(error("un", "lr=0.1,0.10"), "axis 'lr': expected each value once, found '0.1' and '0.10'"));
  CHECK(
      contains(error("un", "search=false,no"),
               "option 'set': expected each setting once, found 'un:search=false' and 'un:search=no', which "
               "are the same"));
  CHECK(contains(error_of([&] { expand(asking("sgd,sgd", sweep("lr=0.1,0.2")), data); }),
                 "option 'optimizers': expected each one once, found 'sgd' twice"));
}

TEST_CASE(
    "expand: all leaves out who cannot serve the network, and a line says so, but named, it is refused") {
  const Dataset data = noisy_classes();
  Request request = asking("all", sweep(""), 1);
  request.networks = "mlp:8-5-3,mlp:8-900-3";  // natural: 6,000 parameters at most
  std::map<std::string, std::set<std::string>> served;
  for (const TrialSpec& spec : expand(request, data)) served[spec.network].insert(spec.optimizer);
  CHECK(served["mlp:8-5-3"].size() == optimizer_registry().size());
  CHECK(served["mlp:8-900-3"].size() == optimizer_registry().size() - 1);
  CHECK(served["mlp:8-900-3"].count("natural") == 0);
  const auto lines = left_out(request, data);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("natural is left out on mlp:8-900-3: "));

  request.optimizers = "natural";
  CHECK(left_out(request, data).empty());
  request.protocol = small_trial(data, "mlp:8-5-3", "un").protocol;
  const auto specs = expand(request, data);
  REQUIRE(specs.size() == 2);
  CHECK(contains(error_of([&] { check_spec(specs[1], data); }), "optimizer natural on network mlp:8-900-3"));
}
