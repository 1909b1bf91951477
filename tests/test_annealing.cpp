// test_annealing.cpp — schedules against rates worked out by hand (Badrinarayanan, Mishra, Cipolla 2015).
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/random.hpp"
#include "protocols/annealing.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// The rates of epochs 1 … n + 1 when epochs 1 … n have `costs`.
std::vector<double> rates(const std::string& name, double base, const std::vector<double>& costs,
                          const ProtocolSettings& protocol = {}) {
  std::vector<double> all = {base};
  for (size_t e = 1; e <= costs.size(); ++e)
    all.push_back(find_schedule(name).next(protocol, base, all.back(), std::span(costs).first(e)));
  return all;
}

void check_rates(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  // Each epoch multiplies once, so its rounding is at most half an ulp more than that of the epoch before.
  for (size_t i = 0; i < found.size(); ++i) {
    INFO("epoch " << i + 1 << ": expected " << expected[i] << ", found " << found[i]);
    CHECK(std::abs(found[i] - expected[i]) <=
          static_cast<double>(i) * std::numeric_limits<double>::epsilon() * expected[i]);
  }
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("bold driver: one cost cannot have risen, so the second epoch has the first one's rate") {
  check_rates(rates("bold-driver", 0.1, {2.3}), {0.1, 0.1});
}

TEST_CASE("bold driver: a cost that rose halves the rate, every other one raises it by a tenth") {
  check_rates(rates("bold-driver", 1, {2, 1, 1.5, 1.4, 1.4, 1.41, 1.42, 0.3}),
              {1, 1, 1.1, 0.55, 0.605, 0.6655, 0.33275, 0.166375, 0.1830125});
}

TEST_CASE("bold driver: the comparison is with the epoch before, not with the lowest cost so far") {
  check_rates(rates("bold-driver", 1, {1, 5, 4}), {1, 1, 0.5, 0.55});
}

TEST_CASE("bold driver: a cost that is not finite halves the rate") {
  check_rates(rates("bold-driver", 1, {1, kNaN}), {1, 1, 0.5});
  check_rates(rates("bold-driver", 1, {1, kInfinity}), {1, 1, 0.5});
  check_rates(rates("bold-driver", 1, {kInfinity, kInfinity}), {1, 1, 0.5});
  check_rates(rates("bold-driver", 1, {1, -kInfinity}), {1, 1, 0.5});
}

TEST_CASE("bold driver: both factors are options") {
  ProtocolSettings protocol;
  protocol.bold_up = 1.5, protocol.bold_down = 0.25;
  check_rates(rates("bold-driver", 2, {3, 2, 4}, protocol), {2, 2, 3, 0.75});
}

TEST_CASE("exponential: 0.95 after every epoch, the first too, whatever the cost") {
  check_rates(rates("exponential", 1, {2, kNaN, 1}), {1, 0.95, 0.9025, 0.857375});
}

TEST_CASE("constant: no change, to the bit") {
  for (double rate : rates("constant", 0.3, {2, 3, kNaN})) CHECK(rate == 0.3);
}

TEST_CASE("step: decay after every decay-every epochs and only then") {
  ProtocolSettings protocol;
  protocol.decay = 0.1, protocol.decay_every = 3;
  check_rates(rates("step", 1, std::vector<double>(7, 1.0), protocol), {1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01});
}

TEST_CASE("cosine: falls from the base rate along half a cosine to 0 after max-epochs") {
  ProtocolSettings protocol;
  protocol.max_epochs = 4;
  const auto found = rates("cosine", 2, {1, 1, 1, 1}, protocol);
  const double half = std::numbers::sqrt2 / 2;
  const std::vector<double> expected = {2, 1 + half, 1, 1 - half, 0};
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO("epoch " << i + 1 << ": expected " << expected[i] << ", found " << found[i]);
    CHECK(std::abs(found[i] - expected[i]) <= 8 * std::numeric_limits<double>::epsilon());
  }
}

// Worked out by hand: 1 − e/8 of what lies above the end, over 0.8 of ten epochs.
TEST_CASE("polynomial: to decay-end of the rate by the power of what is left, and there it stays") {
  ProtocolSettings p;
  p.max_epochs = 10, p.decay_share = 0.8, p.decay_end = 0.2;
  const std::vector<double> costs(9, 1.0);
  const auto check = [&](const std::vector<double>& expected) {
    const std::vector<double> found = rates("polynomial", 2, costs, p);
    REQUIRE(found.size() == expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      CAPTURE(i, found[i], expected[i]);
      CHECK(std::abs(found[i] - expected[i]) < 1e-14);
    }
  };
  check({2, 1.8, 1.6, 1.4, 1.2, 1.0, 0.8, 0.6, 0.4, 0.4});
  p.decay_power = 2;
  check({2, 1.625, 1.3, 1.025, 0.8, 0.625, 0.5, 0.425, 0.4, 0.4});
  p = {};
  p.max_epochs = 4;
  check_rates(rates("polynomial", 1, {1, 1, 1}, p), {1, 0.75, 0.5, 0.25});
}

TEST_CASE("warm-up: W epochs at k/(W + 1) of the rate, then the schedule as if it began there") {
  ProtocolSettings p;
  p.annealing = "cosine", p.warmup = 3, p.max_epochs = 7;
  const std::vector<double> costs = {5, 4, 3, 2, 1, 3, 2};
  const auto all = [&](double base) {
    std::vector<double> list;
    for (size_t e = 0; e < costs.size(); ++e)
      list.push_back(rate_after(p, base, e == 0 ? base : list.back(), std::span(costs).first(e)));
    return list;
  };
  const std::vector<double> found = all(0.8);
  for (size_t e = 0; e < 3; ++e) CHECK(found[e] == 0.8 * static_cast<double>(e + 1) / 4);
  ProtocolSettings after;
  after.annealing = "cosine", after.max_epochs = 4;
  const std::vector<double> plain = rates("cosine", 0.8, {1, 1, 1}, after);
  for (size_t e = 0; e < 4; ++e) CHECK(found[3 + e] == plain[e]);
  // The bold driver looks at no cost of the warm-up: the rate begins at the base, and one cost has not risen.
  p.annealing = "bold-driver";
  CHECK(all(1) == std::vector<double>{0.25, 0.5, 0.75, 1, 1, 1.1, 0.55});
  // Fewer epochs than the warm-up has: all of them warm up.
  p.max_epochs = 2;
  CHECK(rate_after(p, 1, 0.25, std::vector<double>{1}) == 0.5);
}

TEST_CASE("warm-up: without one the rates are the schedule's, to the bit, over the whole registry") {
  ProtocolSettings p;
  for (const Schedule& schedule : schedule_registry()) {
    p.annealing = schedule.name;
    const std::vector<double> costs = {3, 2, 2.5, 1, 4}, expected = rates(schedule.name, 0.3, costs, p);
    double rate = 0.3;
    for (size_t e = 0; e <= costs.size(); ++e) {
      rate = rate_after(p, 0.3, rate, std::span(costs).first(e));
      CHECK(rate == expected[e]);
    }
  }
}

TEST_CASE("schedules: every rate that a training uses is positive and finite, over the whole registry") {
  const ProtocolSettings protocol;
  for (const Schedule& schedule : schedule_registry())
    for (double base : {1.0, std::pow(10, -0.5), 1e-5})
      for (int pattern = 0; pattern < 4; ++pattern) {
        Stream stream(static_cast<std::uint64_t>(pattern));
        std::vector<double> costs;
        double rate = base;
        for (int epoch = 1; epoch < protocol.max_epochs; ++epoch) {
          const double e = epoch;
          costs.push_back(pattern == 0 ? 1 / e : pattern == 1 ? e : pattern == 2 ? kNaN : stream.uniform());
          rate = schedule.next(protocol, base, rate, costs);
          INFO(schedule.name << " from " << base << ", rate of epoch " << epoch + 1 << ": " << rate);
          CHECK((rate > 0 && std::isfinite(rate)));
        }
      }
}

TEST_CASE("schedules: the registry and the option annealing hold the same names") {
  std::string names;
  for (const Schedule& schedule : schedule_registry()) names += (names.empty() ? "" : "|") + schedule.name;
  for (const OptionInfo& option : protocol_options().infos())
    if (option.name == "annealing") CHECK(option.range == names);
  CHECK(find_schedule(ProtocolSettings{}.annealing).name == "bold-driver");
}

TEST_CASE("schedules: an unknown name is refused with the nearest one") {
  CHECK(contains(error_of([] { find_schedule("cosin"); }), "'cosine'"));
}
