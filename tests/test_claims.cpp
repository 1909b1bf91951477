// test_claims.cpp — each verdict on made-up groups: what decides it and on which side of the bound.
#include <algorithm>
#include <cmath>

#include "experiments/studies/claims.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

Group group(const std::string& network, const std::string& optimizer, std::vector<double> errors) {
  Group g;
  g.dataset = "mnist", g.network = network, g.optimizer = g.optimizer_name = optimizer;
  for (size_t i = 0; i < errors.size(); ++i) {
    g.trial.push_back(static_cast<int>(i));
    g.seed.push_back(1);
  }
  g.trials = g.completed = static_cast<int>(errors.size());
  g.test_error = std::move(errors);
  return g;
}

const StepRatio kSteps{.first = 1e-4, .second = 1e-4, .ratio = 1, .low = 0.99, .high = 1.01, .repeats = 9};

Claim claim(int number, const std::vector<Group>& groups) {
  for (const Claim& c : test_claims(groups, 1, kSteps))
    if (c.number == number) return c;
  throw std::runtime_error(fmt::format("expected claim {} among those tested, found it left out", number));
}

std::vector<int> numbers(const std::vector<Group>& groups) {
  std::vector<int> list;
  for (const Claim& c : test_claims(groups, 1, kSteps)) list.push_back(c.number);
  return list;
}

std::string verdict(int number, const std::vector<Group>& groups) {
  return to_text(claim(number, groups).verdict);
}

// Differences un − b-sgd of −0.001 on average, which vary a little; and b-sgd itself.
const std::vector<double> kLow = {0.0140, 0.0142, 0.0139, 0.0141, 0.0138};
const std::vector<double> kHigh = {0.0151, 0.0150, 0.0148, 0.0152, 0.0149};

}  // namespace

TEST_CASE("claim 1: un below b-sgd with p < 0.05 is supported, the opposite is not") {
  CHECK(verdict(1, {group("archbn-4", "b-sgd", kHigh), group("archbn-4", "un", kLow)}) == "supported");
  CHECK(verdict(1, {group("archbn-4", "b-sgd", kLow), group("archbn-4", "un", kHigh)}) == "not supported");
}

TEST_CASE("claims: an interval says its level and which it is") {
  const std::vector<Group> groups = {group("archbn-4", "b-sgd", kHigh), group("archbn-4", "un", kLow)};
  CHECK(contains(claim(1, groups).numbers, "] (95 %, Student's t), 5 pairs, one-sided p = "));
  const Claim few = test_claims(groups, {1, IntervalKind::bootstrap_t}, kSteps).at(0);
  CHECK(contains(few.numbers, "Student's t instead where there are fewer than 10 values"));
}

TEST_CASE("claim 1: a difference that could be chance is undecided") {
  CHECK(verdict(1, {group("archbn-4", "b-sgd", {0.014, 0.015, 0.016}),
                    group("archbn-4", "un", {0.015, 0.014, 0.0159})}) == "undecided");
}

TEST_CASE("claim 1: the level is 5 % on either side") {
  // Differences −1 ± s in three pairs: t = −sqrt(3)/s with 2 degrees of freedom, whose 5 % quantile is
  // −2.91999 (p = (1 + t/sqrt(2 + t²))/2), so that p = 0.05 at s = 0.593168.
  const auto with_deviation = [](double s, double sign) {
    return std::vector<Group>{group("archbn-4", "b-sgd", {5, 5, 5}),
                              group("archbn-4", "un", {5 - sign * (1 + s), 5 - sign, 5 - sign * (1 - s)})};
  };
  CHECK(verdict(1, with_deviation(0.5930, 1)) == "supported");
  CHECK(verdict(1, with_deviation(0.5933, 1)) == "undecided");
  CHECK(verdict(1, with_deviation(0.5930, -1)) == "not supported");
  CHECK(verdict(1, with_deviation(0.5933, -1)) == "undecided");
}

TEST_CASE("claim 1: no pair, one pair, or differences that do not vary decide nothing, and print no nan") {
  for (size_t pairs : {0, 1, 3}) {
    const Claim c = claim(1, {group("archbn-4", "b-sgd", std::vector<double>(pairs, 0.02)),
                              group("archbn-4", "un", std::vector<double>(pairs, 0.01))});
    CHECK(to_text(c.verdict) == "undecided");
    INFO(c.numbers);
    CHECK_FALSE(contains(c.numbers, "nan"));
    CHECK(contains(c.numbers, pairs == 1 ? "1 pair," : fmt::format("{} pairs,", pairs)));
  }
}

TEST_CASE("claim 1: a pair is a trial that both completed") {
  Group un = group("archbn-4", "un", kLow), b_sgd = group("archbn-4", "b-sgd", kHigh);
  for (int& trial : b_sgd.trial) trial += 4;  // only trial 4 in common
  CHECK(contains(claim(1, {un, b_sgd}).numbers, "1 pair,"));
}

TEST_CASE("claims 1 to 4: a table without the networks and optimizers that one speaks of leaves it out") {
  using Numbers = std::vector<int>;
  const Group un = group("archbn-4", "un", kLow), b_sgd = group("archbn-4", "b-sgd", kHigh),
              sgd = group("archbn-4", "sgd", kHigh), un_2 = group("archbn-2", "un", kLow),
              exp = group("archbn-4", "un(retraction=exp)", kLow);
  CHECK(numbers({}).empty());
  CHECK(numbers({un_2, group("archbn-2", "b-sgd", kHigh)}).empty());
  CHECK(numbers({un}).empty());
  CHECK(numbers({b_sgd, sgd}).empty());
  CHECK(numbers({exp, b_sgd}).empty());
  CHECK(numbers({un, sgd}) == Numbers{2});
  CHECK(numbers({un_2, un}) == Numbers{3});
  CHECK(numbers({un_2, un, exp}) == Numbers{2, 3});
  CHECK(numbers({b_sgd, un}) == Numbers{1, 2, 4});
  CHECK(numbers({un_2, sgd, b_sgd, un}) == Numbers{1, 2, 3, 4});
}

TEST_CASE("claim 2: un must have both the lowest mean and the lowest variance") {
  const Group un = group("archbn-4", "un", {0.010, 0.011, 0.012});
  const Group worse = group("archbn-4", "sgd", {0.020, 0.022, 0.024});
  const Group lower_mean = group("archbn-4", "sm", {0.005, 0.009, 0.012});
  const Group steadier = group("archbn-4", "b-sgd", {0.0200, 0.0201, 0.0202});
  const Group elsewhere = group("archbn-2", "sm", {0.001, 0.001, 0.001});
  CHECK(verdict(2, {worse, un, elsewhere}) == "supported");
  CHECK(verdict(2, {un, worse}) == "supported");
  CHECK(verdict(2, {un, worse, lower_mean}) == "not supported");
  CHECK(verdict(2, {steadier, un, worse}) == "not supported");
  CHECK(contains(claim(2, {un, worse, lower_mean}).numbers, "lowest mean: sm"));
  CHECK(contains(claim(2, {un, worse, steadier}).numbers, "lowest variance: b-sgd"));
}

TEST_CASE("claim 2: as low as another is not the lowest, in whichever order they stand") {
  const Group un = group("archbn-4", "un", {0.010, 0.011, 0.012});
  const Group same = group("archbn-4", "sm", {0.010, 0.011, 0.012});
  CHECK(verdict(2, {un, same}) == "not supported");
  CHECK(verdict(2, {same, un}) == "not supported");
  CHECK(contains(claim(2, {un, same}).numbers, "lowest mean: sm"));
}

TEST_CASE("claim 2: fewer than two completed trials of any optimizer decide nothing") {
  const Group un = group("archbn-4", "un", {0.010, 0.011});
  CHECK(verdict(2, {un, group("archbn-4", "sgd", {0.02})}) == "undecided");
  CHECK(verdict(2, {un, group("archbn-4", "sgd", {})}) == "undecided");
  CHECK(verdict(2, {group("archbn-4", "un", {0.01}), group("archbn-4", "sgd", {0.02, 0.03})}) == "undecided");
}

TEST_CASE("claim 3: decided by two one-sided t tests against ±0.25 percentage points") {
  const auto shifted = [](double shift, double spread) {
    return std::vector<Group>{
        group("archbn-2", "un", {0.02 + shift - spread, 0.02 + shift, 0.02 + shift + spread}),
        group("archbn-4", "un", {0.02, 0.02, 0.02})};
  };
  for (double sign : {-1.0, 1.0}) {
    CHECK(verdict(3, shifted(sign * 0.001, 0.0005)) == "supported");
    CHECK(verdict(3, shifted(sign * 0.004, 0.0005)) == "not supported");
    CHECK(verdict(3, shifted(sign * 0.0025, 0.0005)) == "undecided");  // reaches over the margin
    // Differences m ± s in three pairs: the 5 % quantile of t with 2 degrees of freedom is −2.91999, so each
    // test has p = 0.05 where the margin is 2.91999 s/√3 away from m.
    for (const double m : {0.0005, 0.0045}) {
      const double s = std::abs(m - 0.0025) * std::sqrt(3.0) / 2.91999;
      CHECK(verdict(3, shifted(sign * m, 0.999 * s)) == (m < 0.0025 ? "supported" : "not supported"));
      CHECK(verdict(3, shifted(sign * m, 1.001 * s)) == "undecided");
    }
  }
  CHECK(verdict(3, shifted(0, 0.01)) == "undecided");
  const Claim c = claim(3, shifted(0.001, 0.0005));
  CHECK(contains(c.numbers, "(90 %, Student's t), 3 pairs, the larger p = "));
}

TEST_CASE("claim 3: the percentile bootstrap's false certainty is gone") {
  // Two pairs, 0.0 and 0.2 points apart: resampling their mean never leaves [0, 0.2]; t with one degree of
  // freedom reaches 6.31 · 0.1 to either side at 90 %.
  CHECK(verdict(3, {group("archbn-2", "un", {0.020, 0.022}), group("archbn-4", "un", {0.020, 0.020})}) ==
        "undecided");
}

TEST_CASE("claim 3: no pair, one pair, or differences that do not vary decide nothing, and print no nan") {
  for (size_t pairs : {0, 1, 3}) {
    const Claim c = claim(3, {group("archbn-2", "un", std::vector<double>(pairs, 0.02)),
                              group("archbn-4", "un", std::vector<double>(pairs, 0.02))});
    CHECK(to_text(c.verdict) == "undecided");
    CHECK_FALSE(contains(c.numbers, "nan"));
  }
}

TEST_CASE("claim 4: decided by all of the repeats' ratios against 1.10 and 1.25") {
  const std::vector<Group> groups = {group("archbn-4", "b-sgd", kHigh), group("archbn-4", "un", kLow)};
  const auto with = [&](double low, double ratio, double high) {
    for (const Claim& c : test_claims(groups, 1, StepRatio{ratio * 1e-4, 1e-4, ratio, low, high, 9}))
      if (c.number == 4) return c;
    throw std::runtime_error("claim 4 is left out");
  };
  const auto verdict_of = [&](double low, double ratio, double high) {
    return to_text(with(low, ratio, high).verdict);
  };
  CHECK(verdict_of(0.89, 0.9, 0.91) == "supported");
  CHECK(verdict_of(1.08, 1.09, 1.10) == "supported");
  CHECK(verdict_of(1.03, 1.05, 1.11) == "undecided");  // the spread covers the bound
  CHECK(verdict_of(1.15, 1.17, 1.19) == "undecided");
  CHECK(verdict_of(1.24, 1.30, 1.40) == "undecided");
  CHECK(verdict_of(1.25, 1.30, 1.40) == "not supported");
  CHECK(contains(with(1.4, 1.5, 1.6).numbers, "ratio 1.500, 1.400 to 1.600 in 9 repeats"));
}

TEST_CASE("claim 4: what was not timed decides nothing") {
  for (const Claim& c :
       test_claims({group("archbn-4", "b-sgd", kHigh), group("archbn-4", "un", kLow)}, 1, std::nullopt))
    if (c.number == 4) {
      CHECK(to_text(c.verdict) == "undecided");
      CHECK(contains(c.numbers, "--quick"));
      CHECK(c.of_timings);
      return;
    }
  FAIL("claim 4 is left out");
}

TEST_CASE("claims.csv: leaves out what rests on seconds, quotes what holds commas") {
  const std::vector<Claim> claims =
      test_claims({group("archbn-4", "b-sgd", kHigh), group("archbn-4", "un", kLow)}, 1, kSteps);
  const std::string csv = claims_csv(claims);
  CHECK(csv.starts_with("claim,verdict,statement,rule,numbers\n1,supported,"));
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 3);  // header and claims 1 and 2
  CHECK_FALSE(contains(csv, "\n4,"));
  CHECK_FALSE(contains(csv, "µs"));
  CHECK(contains(csv, ",\"" + claims[0].numbers + "\"\n"));
  for (const Claim& c : claims) CHECK(c.of_timings == (c.number == 4));
}
