// claims.cpp — each claim comes out as supported, not supported or undecided, with its numbers.
#include "experiments/studies/claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/rows.hpp"
#include "results/table.hpp"

namespace symopt {

namespace {

constexpr double kLevel = 0.05;
constexpr double kLittle = 0.0025;  // claim 3: 25 of 10,000 test images
constexpr double kAbout = 1.10, kNotAbout = 1.25;

std::string percent(double fraction) {
  return std::isnan(fraction) ? "–" : fmt::format("{:.3f} %", 100 * fraction);
}

std::string p_text(double p) { return std::isnan(p) ? "–" : fmt::format("{:.4g}", p); }

// "-0.211 % [-0.289 %, -0.133 %] (95 %, Student's t), 10 pairs", or why there is no interval.
std::string difference(const PairedTest& test, const Interval& interval, double level) {
  const std::string reason = untested_reason(test.pairs, test.p_t);
  return fmt::format(
      "{} {}, {} {}", percent(test.mean_difference),
      reason.empty() ? fmt::format("[{}, {}] ({:.0f} %, {})", percent(interval.low), percent(interval.high),
                                   100 * level, interval_words({to_text(interval.kind)}))
                     : fmt::format("({})", reason),
      test.pairs, test.pairs == 1 ? "pair" : "pairs");
}

Claim below(const Group& un, const Group& b_sgd, const IntervalRule& rule) {
  Claim claim{1,
              "depth 4: the mean test error of un is below that of b-sgd",
              "supported: one-sided paired t test p < 0.05; not supported: the opposite has p < 0.05",
              "",
              {},
              false};
  const PairedTest test = compare(un, b_sgd, rule);
  // Without a p-value (fewer than 2 pairs, or differences that do not vary) neither comparison holds.
  claim.verdict = test.p_t_less < kLevel       ? Verdict::supported
                  : 1 - test.p_t_less < kLevel ? Verdict::not_supported
                                               : Verdict::undecided;
  claim.numbers = fmt::format("un − b-sgd = {}, one-sided p = {}", difference(test, test.interval, 0.95),
                              p_text(test.p_t_less));
  return claim;
}

Claim lowest(const Group& un, const std::vector<Group>& groups) {
  Claim claim{
      2,
      "depth 4: un has the lowest mean and the lowest variance of all optimizers in the table",
      "supported: both are so; not supported: one is not; undecided: fewer than 2 completed trials somewhere",
      "",
      {},
      false};
  const Group *mean_of = nullptr, *variance_of = nullptr;
  const auto is_lower = [&](double value, const Group* best, double best_value) {
    // One that ties with un is named, so that un counts only where it is below all others.
    return best == nullptr || value < best_value || (value == best_value && best == &un);
  };
  bool enough = true;
  for (const Group& g : groups) {
    if (g.network != un.network) continue;
    if (g.completed < 2) {
      enough = false;
      continue;
    }
    if (is_lower(mean(g.test_error), mean_of, mean_of ? mean(mean_of->test_error) : 0)) mean_of = &g;
    if (is_lower(variance(g.test_error), variance_of, variance_of ? variance(variance_of->test_error) : 0))
      variance_of = &g;
  }
  if (!enough) {
    claim.verdict = Verdict::undecided;
    claim.numbers = "an optimizer completed fewer than 2 trials";
    return claim;
  }
  claim.verdict = mean_of == &un && variance_of == &un ? Verdict::supported : Verdict::not_supported;
  claim.numbers = fmt::format("lowest mean: {} ({}; un {}); lowest variance: {} ({:.3g} %²; un {:.3g} %²)",
                              mean_of->optimizer, percent(mean(mean_of->test_error)),
                              percent(mean(un.test_error)), variance_of->optimizer,
                              1e4 * variance(variance_of->test_error), 1e4 * variance(un.test_error));
  return claim;
}

Claim same_at_both_depths(const Group& two, const Group& four, const IntervalRule& rule) {
  Claim claim{
      3,
      "the error of un at depth 2 and at depth 4 differs little",
      fmt::format("supported: two one-sided paired t tests against ±{} both have p < {:.2f}; not supported: "
                  "the opposite of one has",
                  percent(kLittle), kLevel),
      "",
      {},
      false};
  const PairedTest test = compare(two, four, rule);
  const Equivalence result = equivalence(test, kLittle, kLevel);
  claim.numbers = fmt::format("depth 2 − depth 4 = {}, the larger p = {}",
                              difference(test, result.interval, 1 - 2 * kLevel), p_text(result.p_within));
  claim.verdict = result.p_within < kLevel   ? Verdict::supported
                  : result.p_beyond < kLevel ? Verdict::not_supported
                                             : Verdict::undecided;
  return claim;
}

Claim cheap(const std::optional<StepRatio>& steps) {
  Claim claim{
      4,
      "the un update costs about what the Euclidean one does",
      fmt::format(
          "ratio of median step times at depth 4, in turns: supported where it is up to {:.2f} in all "
          "repeats, not supported where from {:.2f} in all",
          kAbout, kNotAbout),
      "",
      Verdict::undecided,
      true};
  if (!steps) {
    claim.numbers = "not timed in a run as short as that of --quick";
    return claim;
  }
  claim.numbers = fmt::format(
      "un {:.1f} µs, b-sgd {:.1f} µs a step (gradient and update): ratio {:.3f}, {:.3f} to {:.3f} in {} "
      "repeats",
      1e6 * steps->first, 1e6 * steps->second, steps->ratio, steps->low, steps->high, steps->repeats);
  if (steps->high <= kAbout) claim.verdict = Verdict::supported;
  if (steps->low >= kNotAbout) claim.verdict = Verdict::not_supported;
  return claim;
}

}  // namespace

std::string to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::supported:
      return "supported";
    case Verdict::not_supported:
      return "not supported";
    case Verdict::undecided:
      return "undecided";
  }
  return "";
}

std::vector<Claim> test_claims(const std::vector<Group>& groups, const IntervalRule& rule,
                               const std::optional<StepRatio>& steps) {
  const auto find = [&](const char* network, const char* optimizer) -> const Group* {
    for (const Group& g : groups)
      if (g.network == network && g.optimizer == optimizer) return &g;
    return nullptr;
  };
  const Group *un = find("archbn-4", "un"), *b_sgd = find("archbn-4", "b-sgd"),
              *un_2 = find("archbn-2", "un");
  std::vector<Claim> claims;
  if (un == nullptr) return claims;
  const auto at_depth_4 = [](const Group& g) { return g.network == "archbn-4"; };
  if (b_sgd != nullptr) claims.push_back(below(*un, *b_sgd, rule));
  if (std::ranges::count_if(groups, at_depth_4) > 1) claims.push_back(lowest(*un, groups));
  if (un_2 != nullptr) claims.push_back(same_at_both_depths(*un_2, *un, rule));
  if (b_sgd != nullptr) claims.push_back(cheap(steps));
  return claims;
}

std::string claims_csv(const std::vector<Claim>& claims) {
  std::vector<ClaimRow> rows;
  for (const Claim& c : claims)
    if (!c.of_timings) rows.push_back({c.number, to_text(c.verdict), c.statement, c.rule, c.numbers});
  return table_text(rows);
}

}  // namespace symopt
