// test_optimizers.cpp — what every optimizer must hold: the numbered promises of optimizers/optimizer.hpp
// over the whole registry, in both precisions. The naive twins are in tests/support/twins.hpp.
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <utility>

#include "core/network/batch.hpp"
#include "core/network/start.hpp"
#include "optimizers/wrapper.hpp"
#include "protocols/stepper.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/problems.hpp"
#include "tests/support/sanitizers.hpp"
#include "tests/support/twins.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

template <class Real>
constexpr double epsilon_of = static_cast<double>(std::numeric_limits<Real>::epsilon());
constexpr Index kBatch = 8;

// Every kind of block, pool and coupling, small enough for optimizers that solve dense systems.
const char* const kNetworks[] = {"mlp:7-3",
                                 "mlp:6-5-4-3+bias",
                                 "mlp:5-4x2-3/leaky-relu+bias",
                                 "arch1:6-4-3-3/pool2+bias",
                                 "arch1:6-4-3/pool3/leaky-relu",
                                 "archbn:6-4-4-3/pool2",
                                 "archbn:6-5-3/sigmoid+bias"};

// Convolutions with and without bias and normalization, strides, maxima of both kinds, means, a decoder: for
// the naive twins.
const char* const kPictureNetworks[] = {
    "conv:5x4x2-3c3-p2s2-4c2v-3/leaky-relu+bias", "conv:4x5x1-3c3-a2s2-2c2-3/bn/pool2/relu",
    "conv:6x5x1-3c3s2-gap-3/leaky-relu", "conv:4x4x1-2c3-p2s2-2c3-u-3c3-2c1/bn/relu"};

// One optimizer, one of its settings, one network.
struct Case {
  const OptimizerEntry& entry;
  const Twin& twin;
  std::string settings;
  NetworkSpec spec;
  std::string text() const { return entry.name + " " + settings + " on " + spec.text(); }
};

template <class Visit>
void for_each_case(std::span<const char* const> networks, const Visit& visit) {
  for (const OptimizerEntry& entry : optimizer_registry()) {
    const Twin* twin = find_twin(entry.name);
    if (twin == nullptr) continue;  // a test of its own says so
    for (const std::string& settings : twin->settings)
      for (const char* network : networks) {
        const Case c{entry, *twin, settings, parse_network(network, 0, 0)};
        if (entry.refuses(c.spec)) continue;
        INFO(c.text());
        visit(c);
      }
  }
}

template <class Visit>
void for_each_case(const Visit& visit) {
  for_each_case(kNetworks, visit);
}

// Drawn once for each network: the searches for points without kinks would take most of the tests' time.
const std::vector<Problem>& problems_of(const NetworkSpec& spec) {
  static std::map<std::string, std::vector<Problem>> drawn;
  std::vector<Problem>& problems = drawn[spec.text()];
  for (std::uint64_t i = problems.size(); i < 8; ++i)
    problems.push_back(make_problem(spec, kBatch, Stream(41, i)));
  return problems;
}

// A network under an optimizer, with a batch of its own for each step.
template <class Real>
struct Run {
  const Case& c;
  Stepper<Real> stepper;
  const std::vector<Problem>& problems;
  std::vector<OwnedBatch<Real>> batches;
  explicit Run(const Case& which, std::int64_t t = 0, const std::vector<Real>* theta = nullptr)
      : c(which),
        stepper(c.spec, c.entry, parse_settings(c.settings), kBatch, draws<Real>(c.spec, 1000)),
        problems(problems_of(c.spec)) {
    for (const Problem& problem : problems) batches.emplace_back(problem);
    const auto start = theta ? *theta : cast<Real>(problems[0].theta);
    std::copy(start.begin(), start.end(), stepper.theta().begin());
    stepper.bind(Stream(42, 0), t);
  }
  size_t index() const { return static_cast<size_t>(stepper.steps()) % batches.size(); }
  double rate() const { return c.twin.rate / static_cast<double>(1 + stepper.steps()); }
  void step() {
    const auto batch = batches[index()].batch();
    stepper.gradient(batch);
    stepper.step(batch, rate());
  }
  std::vector<Real> theta() { return {stepper.theta().begin(), stepper.theta().end()}; }
};

template <class Values>
auto bytes(const Values& values) {
  const auto* p = reinterpret_cast<const unsigned char*>(values.data());
  return std::vector<unsigned char>(p, p + values.size() * sizeof(values[0]));
}

template <class Values>
Vector widen(const Values& values) {
  return Vector(values.begin(), values.end());
}

template <class Real>
Rows rows(const ConstMatrixView<Real>& view) {
  Rows result;
  for (Index i = 0; i < view.rows(); ++i) {
    result.emplace_back();
    for (Index j = 0; j < view.cols(); ++j) result.back().push_back(static_cast<double>(view(i, j)));
  }
  return result;
}

std::map<std::string, std::string> all_options(const Case& c) {
  std::map<std::string, std::string> options;
  for (const OptionInfo& option : c.entry.options) options[option.name] = option.default_value;
  for (const auto& [name, value] : parse_settings(c.settings)) options[name] = value;
  return options;
}

// Largest difference relative to the tolerance: over 1 is wrong. Each block has its own scale.
double misfit(const ParamLayout& layout, const Vector& before, const Vector& actual, const Vector& expected,
              double tolerance) {
  double worst = 0;
  for (const Block& block : layout.blocks) {
    double scale = 0, difference = 0;
    for (Index i = 0; i < block.size(); ++i) {
      const size_t p = static_cast<size_t>(block.offset + i);
      scale = std::max({scale, std::abs(before[p]), std::abs(expected[p])});
      const double d = std::abs(actual[p] - expected[p]);
      if (!(d <= difference)) difference = d;
    }
    const double ratio = difference / (tolerance * scale);
    if (difference != 0 && !(ratio <= worst)) worst = ratio;
  }
  return worst;
}

}  // namespace

TEST_CASE("optimizers: every registered one has a naive twin, tried with every option") {
  for (const OptimizerEntry& entry : optimizer_registry()) {
    const Twin* twin = find_twin(entry.name);
    INFO("optimizer '" << entry.name
                       << "' needs a twin: tests/support/twin_NAME.cpp and a line in twins.def");
    REQUIRE(twin != nullptr);
    CHECK(twin->settings.size() >= 1);
    CHECK(twin->settings[0] == "");
    for (const std::string& settings : twin->settings)
      CHECK(entry.canonical(parse_settings(settings)) ==
            settings);  // valid, differing, in the options' order
    for (const OptionInfo& option : entry.options) {
      std::vector<std::string> missing;
      const auto tried = [&](const std::string& value) {
        if (value == option.default_value) return true;
        for (const std::string& settings : twin->settings)
          for (const auto& assignment : parse_settings(settings))
            if (assignment.first == option.name && (value.empty() || assignment.second == value)) return true;
        return false;
      };
      std::istringstream choices(option.range);
      for (std::string choice; std::getline(choices, choice, '|');)
        if (!tried(option.range.find('|') == std::string::npos ? "" : choice)) missing.push_back(choice);
      INFO("twin '" << entry.name << "' is not tried with option '" << option.name << "', of range "
                    << option.range);
      CHECK(missing.empty());
    }
    const auto served = [&](std::span<const char* const> networks) {
      return std::ranges::count_if(
          networks, [&](const char* network) { return !entry.refuses(parse_network(network, 0, 0)); });
    };
    CHECK(served(kNetworks) > 0);
    // The data-dependent path norm and basis paths are not defined on convolutions.
    CHECK((served(kPictureNetworks) > 0) == (entry.name != "ddp-sgd" && entry.name != "g-sgd"));
  }
}

TEMPLATE_TEST_CASE("optimizers: bind and every step are those of the naive twin", "", SYMOPT_SCALARS) {
  const auto check = [](const Case& c) {
    Run<TestType> run(c);
    const bool wide = std::is_same_v<TestType, double> && c.twin.wide_roundings > 0;
    const double tolerance = (wide ? c.twin.wide_roundings : c.twin.roundings) * epsilon_of<TestType>;
    const ParamLayout& layout = run.stepper.network().layout();
    Past past{.spec = c.spec, .layout = layout, .options = all_options(c), .random = Stream(42, 0)};
    const Vector start = run.problems[0].theta, bound = widen(run.stepper.theta());
    CHECK(misfit(layout, start, bound, c.twin.bind(layout, past.options, start), tolerance) <= 1);
    for (int t = 0; t < c.twin.steps; ++t) {
      const Problem& problem = run.problems[run.index()];
      const auto batch = run.batches[run.index()].batch();
      run.stepper.gradient(batch);
      past.theta.push_back(widen(run.stepper.theta()));
      past.grad.push_back(widen(run.stepper.grad()));
      past.rate.push_back(static_cast<double>(static_cast<TestType>(run.rate())));
      past.X.push_back(problem.X);
      past.labels.push_back(problem.labels);
      past.traces.emplace_back();
      for (size_t l = 0; l < layout.layers.size(); ++l) {
        const auto trace = run.stepper.network().trace(l);
        past.traces.back().push_back({rows(trace.inputs), rows(trace.gradients)});
      }
      run.stepper.step(batch, run.rate());
#ifdef SYMOPT_ADDRESS_SANITIZER
      // What is looked into are the steps, all of which are made; the twin, which begins anew at each, is
      // most of the time.
      if (t + 1 < c.twin.steps) continue;
#endif
      const Vector actual = widen(run.stepper.theta()), before = past.theta.back();
      INFO("step " << t << ", in units of the tolerance");
      CHECK(misfit(layout, before, actual, c.twin.step(past), tolerance) <= 1);
      // A step within its own tolerance would show nothing.
      if (t >= c.entry.idle_steps) CHECK(misfit(layout, before, actual, before, tolerance) > 100);
    }
  };
  for_each_case(kNetworks, check);
  for_each_case(kPictureNetworks, check);
}

TEMPLATE_TEST_CASE("optimizers (1): bind allocates, step never does, nor does anything else of training",
                   "[slow]", float, double) {
#ifdef SYMOPT_COUNTS_MALLOC
  {
    const long before = allocations();
    Eigen::VectorXd seen(1000);
    asm volatile("" : : "r"(seen.data()) : "memory");
    REQUIRE(allocations() > before);
  }
#endif
  std::vector<std::string> networks(std::begin(kNetworks), std::end(kNetworks));
  for (const NetworkEntry& network : network_registry())
    if (!network.pictures) networks.push_back(network.name);  // those take minutes; small ones of their kind:
  networks.insert(networks.end(), {"conv:6x5x2-4c3-p2s2-3c2-3/bn/relu", "conv:6x5x1-3c3s2-gap-3/relu+bias"});
  for (const OptimizerEntry& entry : optimizer_registry())
    for (const std::string& text : networks) {
      const NetworkSpec spec = parse_network(text, text.find(':') == std::string::npos ? 784 : 0,
                                             text.find(':') == std::string::npos ? 10 : 0);
      const Twin* twin = find_twin(entry.name);
      if (twin == nullptr || entry.refuses(spec)) continue;
      Samples samples;
      Stream stream(43, 0);
      const size_t count = 150;
      for (size_t i = 0; i < count * static_cast<size_t>(spec.inputs()); ++i)
        samples.pixels.push_back(static_cast<std::uint8_t>(stream.below(256)));
      for (size_t i = 0; i < count; ++i)
        samples.labels.push_back(
            static_cast<std::uint8_t>(stream.below(static_cast<std::uint64_t>(spec.classes()))));
      const std::vector<std::uint32_t> order = stream.permutation(count);
      const bool named = text.find(':') == std::string::npos;  // and of a thousand times the size
      for (const std::string& settings : named ? std::vector<std::string>{""} : twin->settings) {
        const Index size = 100;
        Stepper<TestType> stepper(spec, entry, parse_settings(settings), size, draws<TestType>(spec, 1000));
        stepper.start(entry.start, Stream(44, 0), Stream(45, 0));
        BatchBuffer<TestType> buffer(size, spec.inputs());
        const auto pass = [&](size_t batch_size) {
          const auto batch = buffer.gather(samples, std::span(order).subspan(count - batch_size, batch_size));
          stepper.gradient(batch);
          stepper.step(batch, 1e-3);
          stepper.network().errors(stepper.theta(), batch);
          stepper.network().loss(stepper.theta(), batch);
        };
        pass(spec.dense() ? 1 : 100);  // dense, the smallest batch first: it reserves for all
        const long before = allocations();
        for (size_t batch_size : {100, 7, 100}) pass(batch_size);
        const long during = allocations() - before;
        INFO(entry.name << " " << settings << " on " << text);
        CHECK(during == 0);
      }
    }
}

TEMPLATE_TEST_CASE(
    "optimizers (2): the same start, gradients and options give the same bits, side by side too", "", float,
    double) {
  for_each_case([](const Case& c) {
    Run<TestType> alone(c);
    for (int t = 0; t < 6; ++t) alone.step();
    Run<TestType> first(c), second(c);
    for (int t = 0; t < 6; ++t) first.step(), second.step();
    CHECK(bytes(alone.theta()) == bytes(first.theta()));
    CHECK(bytes(alone.theta()) == bytes(second.theta()));
    // bind starts anew.
    const auto start = cast<TestType>(first.problems[0].theta);
    std::copy(start.begin(), start.end(), first.stepper.theta().begin());
    first.stepper.bind(Stream(42, 0));
    for (int t = 0; t < 6; ++t) first.step();
    CHECK(bytes(alone.theta()) == bytes(first.theta()));
  });
}

TEMPLATE_TEST_CASE("optimizers (3): a step from a restored state equals the uninterrupted step", "", float,
                   double) {
  for_each_case([](const Case& c) {
    for (int at : {1, 3}) {
      Run<TestType> whole(c);
      const auto fresh_state = whole.stepper.optimizer().state();
      std::vector<size_t> sizes;
      for (const auto& array : fresh_state) sizes.push_back(array.size());
      for (int t = 0; t < at; ++t) whole.step();
      const auto theta = whole.theta();
      std::vector<std::vector<TestType>> state;
      for (const auto& array : whole.stepper.optimizer().state())
        state.emplace_back(array.begin(), array.end());

      Run<TestType> resumed(c, at, &theta);
      std::copy(theta.begin(), theta.end(), resumed.stepper.theta().begin());
      const auto target = resumed.stepper.optimizer().state();
      REQUIRE(target.size() == state.size());
      REQUIRE(sizes.size() == state.size());
      for (size_t i = 0; i < state.size(); ++i) {
        REQUIRE(sizes[i] == state[i].size());  // fixed by bind
        REQUIRE(target[i].size() == state[i].size());
        std::copy(state[i].begin(), state[i].end(), target[i].begin());
      }
      for (int t = at; t < 6; ++t) {
        whole.step(), resumed.step();
        INFO("restored after step " << at << ", then step " << t);
        CHECK(bytes(whole.theta()) == bytes(resumed.theta()));
      }
    }
  });
}

TEMPLATE_TEST_CASE(
    "optimizers (4): a non-finite gradient never gives finite parameters where it would move them", "",
    SYMOPT_SCALARS) {
  using Limits = std::numeric_limits<TestType>;
  std::vector<TestType> all_bad = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()};
#ifdef SYMOPT_ADDRESS_SANITIZER
  all_bad.resize(1);  // which value it is decides no access
#endif
  for_each_case([&](const Case& c) {
    Run<TestType> probe(c);
    for (const Block& block : probe.stepper.network().layout().blocks)
      for (TestType bad : all_bad)
        for (Index where : {Index(0), block.size() / 2, block.size() - 1})
          for (int after : {0, 2}) {
            Run<TestType> run(c);
            for (int t = 0; t < after; ++t) run.step();
            const auto batch = run.batches[run.index()].batch();
            run.stepper.gradient(batch);
            // The gradient is the stepper's own memory, which it shows as const.
            const size_t element = static_cast<size_t>(block.offset + where);
            const_cast<TestType*>(run.stepper.grad().data())[element] = bad;
            run.stepper.step(batch, run.rate());
            INFO("gradient " << bad << " in " << block.name << " at " << where << ", step " << after);
            CHECK_FALSE(std::isfinite(run.stepper.theta()[element]));
          }
  });
}

TEMPLATE_TEST_CASE("optimizers (5): step edits theta only", "", float, double) {
  for_each_case([](const Case& c) {
    Run<TestType> run(c);
    for (int t = 0; t < 3; ++t) {
      OwnedBatch<TestType>& owned = run.batches[run.index()];
      const auto batch = owned.batch();
      run.stepper.gradient(batch);
      const auto grad = bytes(run.stepper.grad()), X = bytes(owned.values()), theta = bytes(run.theta());
      run.stepper.step(batch, run.rate());
      CHECK(bytes(run.stepper.grad()) == grad);
      CHECK(bytes(owned.values()) == X);
      CHECK((bytes(run.theta()) != theta) == (t >= c.entry.idle_steps));
    }
  });
}

TEST_CASE("optimizers: evaluated are the weights, or the mean of its points where the optimizer has some") {
  for_each_case(std::span(kNetworks).first(2), [](const Case& c) {
    Run<double> run(c);
    for (int t = 0; t < 3; ++t) run.step();
    const std::span<const double> theta = std::as_const(run.stepper).theta(),
                                  point = run.stepper.evaluation_point();
    CHECK((point.data() == theta.data()) != c.entry.name.starts_with("schedule-free-"));
    if (point.data() == theta.data()) return;
    CHECK(widen(point) != widen(theta));
    // With the gradient at the mean the two are one.
    if (c.entry.name != "schedule-free-sgd") return;
    const Case at_mean{c.entry, c.twin, "beta=1", c.spec};
    Run<double> mean(at_mean);
    for (int t = 0; t < 3; ++t) mean.step();
    CHECK(widen(mean.stepper.evaluation_point()) == mean.theta());
  });
}

namespace {

struct Bound {
  double low = -std::numeric_limits<double>::infinity(), high = -low;
};

// "1 to 10", "0 or more", "at most 3".
Bound bound(const std::string& range) {
  Bound b;
  const size_t to = range.find(" to ");
  if (to != std::string::npos)
    b.low = std::stod(range), b.high = std::stod(range.substr(to + 4));
  else if (range.find(" or more") != std::string::npos)
    b.low = std::stod(range);
  else if (range.starts_with("at most "))
    b.high = std::stod(range.substr(8));
  return b;
}

std::vector<std::string> parts(const std::string& range) {
  std::vector<std::string> found;
  std::istringstream stream(range);
  for (std::string part; std::getline(stream, part, '|');) found.push_back(part);
  return found;
}

struct Values {
  std::vector<std::string> good, bad;
};

Values values_of(const OptionInfo& option) {
  Values v{{option.default_value}, {"", "no-such-value", "nan"}};
  if (option.type == "bool") {
    v.good.insert(v.good.end(), {"true", "false"});
    v.bad.push_back("2");
  } else if (option.type == "text") {
    if (option.range == "any") return {{option.default_value}, {}};
    for (const std::string& choice : parts(option.range))
      v.good.push_back(choice), v.bad.push_back(choice + "x");
  } else {
    const Bound b = bound(option.range);
    const auto text = [](double x) { return to_text(x); };
    v.bad.insert(v.bad.end(), {"1x", " 1", "0x1", "1e999"});
    if (option.type == "integer") v.bad.insert(v.bad.end(), {"1.5", "1e2"});
    if (std::isfinite(b.low)) v.good.push_back(text(b.low)), v.bad.push_back(text(b.low - 1));
    if (std::isfinite(b.high)) v.good.push_back(text(b.high)), v.bad.push_back(text(b.high + 1));
    if (!std::isfinite(b.low)) v.bad.push_back("-1e999");
  }
  return v;
}

}  // namespace

TEST_CASE("optimizers: a bad value of any option is a UsageError that names optimizer and option") {
  for (const OptimizerEntry& entry : optimizer_registry()) {
    const auto refused = [&](const std::string& name, const std::string& value) {
      INFO(entry.name << " " << name << "='" << value << "'");
      CHECK_THROWS_AS(entry.canonical({{name, value}}), UsageError);
      CHECK_THROWS_AS(entry.make<float>({{name, value}}), UsageError);
      CHECK_THROWS_AS(entry.make<double>({{name, value}}), UsageError);
      const std::string line = error_of([&] { entry.canonical({{name, value}}); });
      CHECK(contains(line, entry.name));
      CHECK(contains(line, name));
    };
    refused("no-such-option", "1");
    refused("", "1");
    for (const OptionInfo& option : entry.options) {
      CHECK_FALSE(option.help.empty());
      for (const std::string& bad : values_of(option).bad) refused(option.name, bad);
    }
  }
}

TEST_CASE("optimizers: the canonical text says what differs from the defaults, and reads back") {
  for (const OptimizerEntry& entry : optimizer_registry()) {
    CHECK(entry.canonical({}) == "");
    Assignments first, last;
    for (const OptionInfo& option : entry.options) {
      CHECK(entry.canonical({{option.name, option.default_value}}) == "");
      for (const std::string& value : values_of(option).good) {
        const std::string text = entry.canonical({{option.name, value}});
        INFO(entry.name << " " << option.name << "=" << value << " has the canonical text '" << text << "'");
        CHECK(entry.canonical(parse_settings(text)) == text);
        CHECK((text.empty() || text == option.name + "=" + value));
        // Said twice, the last one counts.
        CHECK(entry.canonical({{option.name, value}, {option.name, option.default_value}}) == "");
        CHECK(entry.make<double>(parse_settings(text)) != nullptr);
      }
      first.emplace_back(option.name, values_of(option).good.back());
    }
    // The order in which options are given is not part of the text.
    last.assign(first.rbegin(), first.rend());
    const std::string text = entry.canonical(first);
    CHECK(entry.canonical(last) == text);
    CHECK(entry.canonical(parse_settings(text)) == text);
  }
}

TEST_CASE("optimizers: names are unique, and entries are whole") {
  std::set<std::string> names;
  for (const OptimizerEntry& entry : optimizer_registry()) {
    INFO(entry.name);
    CHECK(names.insert(entry.name).second);
    CHECK_FALSE(entry.title.empty());
    CHECK_FALSE(entry.source.empty());
    for (const Wrapper& wrapper : optimizer_wrappers()) {
      std::set<std::string> options;
      for (const OptionInfo& option : find_optimizer(wrapper.prefix + "+" + entry.name).options) {
        INFO(wrapper.prefix << " " << option.name);
        CHECK(options.insert(option.name).second);  // a name is the wrapper's or the optimizer's
        CHECK_FALSE(option.help.empty());
        CHECK_FALSE(option.source.empty());
        CHECK_FALSE(option.range.empty());
      }
    }
    const auto& kinds = start_kinds();
    CHECK(std::find(kinds.begin(), kinds.end(), entry.start) != kinds.end());
    CHECK(&find_optimizer(entry.name) == &entry);
  }
  CHECK(contains(error_of([] { find_optimizer("b_sgd"); }), "did you mean 'b-sgd'?"));
  CHECK_THROWS_AS(find_optimizer(""), UsageError);
  CHECK(find_optimizer("sgd").start == "gaussian");
  for (const char* name : {"b-sgd", "un", "sm"}) CHECK(find_optimizer(name).start == "balanced");
}

TEST_CASE("optimizers: the example in README is one of those that these tests go through") {
  const auto& entries = optimizer_registry();
  CHECK(std::any_of(entries.begin(), entries.end(),
                    [](const OptimizerEntry& entry) { return entry.name == "normalized-sgd"; }));
  CHECK(find_optimizer("kfac").name == "kfac");
}

TEST_CASE("optimizers: the list says which defaults, and which rules, are not their source's") {
  const auto source = [](const char* name, const char* option) {
    for (const OptionInfo& info : find_optimizer(name).options)
      if (info.name == option) return info.source;
    return std::string("no such option");
  };
  for (const auto& [name, option] :
       {std::pair("kfac", "damping"), {"kfac", "t-cov"}, {"kfac", "t-inv"}, {"kfac", "kl-clip"}}) {
    INFO(name << " " << option);
    CHECK(contains(source(name, option), "the default is not published"));
  }
  for (const auto& [name, option] : {std::pair("adamw", "weight-decay"), {"adagrad", "eps"}}) {
    INFO(name << " " << option);
    CHECK(contains(source(name, option), "the default is PyTorch's"));
  }
  for (const auto& [name, option] :
       {std::pair("momentum", "momentum"), {"nesterov", "momentum"}, {"un-momentum", "momentum"}}) {
    INFO(name << " " << option);
    CHECK(contains(source(name, option), "the default is the customary one"));
  }
  for (const auto& [name, option] :
       {std::pair("ddp-sgd", "alpha"), {"pbwn", "period"}, {"natural", "damping"}}) {
    INFO(name << " " << option);
    CHECK(contains(source(name, option), "the default is ours"));
  }
  for (const char* name : {"path-sgd", "ddp-sgd"}) CHECK(source(name, "scale").starts_with("ours, "));
  CHECK(find_optimizer("ddp-sgd").source.starts_with("ours for alpha > 0, "));
  CHECK(contains(find_optimizer("ddp-sgd").title, "ours"));
  CHECK(contains(find_optimizer("muon").source, "ours on the first layer"));
  CHECK(contains(find_optimizer("sm").source, "our extension"));
  for (const char* name : {"momentum", "nesterov"}) {
    CHECK(contains(find_optimizer(name).source, "the rate outside the velocity"));
    CHECK(contains(find_optimizer(name).title, "v ← μv + g, w ← w − λ"));
  }
  for (const OptionInfo& info : find_optimizer("kfac").options)
    if (info.name == "fisher")
      CHECK(contains(info.help, "with batch normalization by one draw of random signs"));
}

TEST_CASE("optimizers: settings are words of name=value") {
  CHECK(parse_settings("").empty());
  CHECK(parse_settings("  a=1   b=x=y ") == Assignments{{"a", "1"}, {"b", "x=y"}});
  CHECK(parse_settings("a=") == Assignments{{"a", ""}});
  for (const char* bad : {"a", "=1", "a=1 b", "a = 1"}) CHECK_THROWS_AS(parse_settings(bad), UsageError);
}
