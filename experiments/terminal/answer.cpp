// answer.cpp — best, ahead of whom, and how sure.
#include "experiments/terminal/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/statistics.hpp"

namespace symopt {

namespace {

constexpr std::size_t kMostProblems = 6;

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string tested(const Group& group, const IntervalRule& rule) {
  if (group.test_error.empty()) return fmt::format("{}, not tested", group.optimizer);
  const GroupSummary s = summarize(group.test_error, rule_of(group, rule));
  const std::string interval =
      std::isfinite(s.interval.low)
          ? fmt::format(" [{:.2f}, {:.2f}]", 100 * s.interval.low, 100 * s.interval.high)
          : "";
  return fmt::format("{}, {}{} test error in {} of {} trials", group.optimizer, percent(s.mean), interval,
                     group.completed, group.trials);
}

// How sure the difference between two groups is; `b` is the next one.
std::string certainty(const Comparison& c, bool turned) {
  const PairedTest& t = c.test;
  if (const std::string reason = untested_reason(t.pairs, t.p_t); !reason.empty())
    return fmt::format("not tested: {}", reason);
  const double low = turned ? t.interval.low : -t.interval.high,
               high = turned ? t.interval.high : -t.interval.low;
  const std::string interval =
      fmt::format("95 % [{:.2f}, {:.2f}] over {} pairs", 100 * low, 100 * high, t.pairs);
  const std::string p = c.p_t_holm < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", c.p_t_holm);
  return fmt::format("{}, {} after Holm: {}", interval, p,
                     c.p_t_holm < 0.05 ? "significant" : "not significant at these trials");
}

}  // namespace

std::string answer(const std::vector<Group>& groups, const IntervalRule& rule) {
  std::vector<std::pair<std::string, std::string>> problems;
  for (const Group& group : groups) {
    const std::pair problem(group.dataset, group.network);
    if (std::ranges::find(problems, problem) == problems.end()) problems.push_back(problem);
  }
  const std::vector<Comparison> comparisons = compare_all(groups, rule);
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kMostProblems); ++i) {
    const auto& [dataset, network] = problems[i];
    std::vector<std::size_t> members;
    for (std::size_t g = 0; g < groups.size(); ++g)
      if (groups[g].dataset == dataset && groups[g].network == network) members.push_back(g);
    const std::size_t best = reference_group(groups, members);
    const std::string place =
        problems.front().first == problems.back().first ? network : dataset + ", " + network;
    if (groups[best].completed == 0) {
      text += fmt::format("{}: no optimizer completed a trial\n", place);
      continue;
    }
    const bool equal = std::ranges::all_of(
        members, [&](std::size_t g) { return groups[g].completed == groups[best].completed; });
    text += fmt::format("{}: best by validation error{} is {}\n", place,
                        equal ? "" : ", of those that completed most trials,", tested(groups[best], rule));
    std::erase(members, best);
    std::erase_if(members, [&](std::size_t g) { return groups[g].completed == 0; });
    if (members.empty()) continue;
    const std::size_t next = reference_group(groups, members);
    if (groups[best].test_error.empty() || groups[next].test_error.empty()) {
      text += fmt::format("  next is {}\n", groups[next].optimizer);
      continue;
    }
    const double ahead = mean(groups[next].test_error) - mean(groups[best].test_error);
    text += fmt::format("  next is {}, {:.2f} points {}\n", groups[next].optimizer, 100 * std::abs(ahead),
                        ahead >= 0 ? "more" : "less on the tests");
    for (const Comparison& c : comparisons) {
      const bool turned = c.a == groups[next].optimizer && c.b == groups[best].optimizer;
      if (c.dataset == dataset && c.network == network &&
          (turned || (c.a == groups[best].optimizer && c.b == groups[next].optimizer)))
        text += fmt::format("  {}\n", certainty(c, turned));
    }
  }
  if (problems.size() > kMostProblems)
    text += fmt::format("and {} more networks in the tables\n", problems.size() - kMostProblems);
  return text;
}

}  // namespace symopt
