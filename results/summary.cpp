// summary.cpp — records into groups, groups into means and paired comparisons.
#include "results/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "core/data/sha256.hpp"
#include "core/parallel.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace {

// 64 bits of the SHA-256 of a text: the same on every machine.
std::uint64_t named_seed(const std::string& text) {
  return std::stoull(sha256(text).substr(0, 16), nullptr, 16);
}

double training_seconds(const TrialRecord& record) {
  double seconds = 0;
  for (const EpochTiming& t : record.timings) seconds += t.train_seconds;
  return seconds;
}

void add(Group& group, const TrialRecord& record) {
  ++group.trials;
  switch (record.status) {
    case Status::diverged:
      ++group.diverged;
      return;
    case Status::failed:
      ++group.failed;
      return;
    case Status::timed_out:
      ++group.timed_out;
      return;
    case Status::completed:
      ++group.completed;
      group.unchanged += record.message.find(kUnchanged) != std::string::npos;
      break;
  }
  const Outcome o = outcome(record);
  if (record.spec.protocol.test) {
    group.trial.push_back(record.spec.trial);
    group.seed.push_back(record.spec.seed);
    group.test_error.push_back(o.test_error);
    group.best_test_error.push_back(o.best_test_error);
  }
  group.validation_error.push_back(o.validation_error);
  group.best_validation_error.push_back(o.best_validation_error);
  group.seconds.push_back(training_seconds(record));
}

}  // namespace

std::string failed_text(int failed, int timed_out) {
  const std::string all = fmt::format("{}", failed + timed_out);
  return timed_out == 0 ? all : fmt::format("{} ({} timed out)", all, timed_out);
}

std::vector<Group> group_records(const std::vector<TrialRecord>& records) {
  std::vector<Group> groups;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::size_t> places;
  const std::vector<std::string> settings = settings_texts(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TrialSpec& s = records[i].spec;
    const auto [place, is_new] =
        places.emplace(std::tuple(s.dataset, s.network, s.optimizer, settings[i]), groups.size());
    if (is_new) {
      Group& group = groups.emplace_back();
      group.dataset = s.dataset, group.network = s.network;
      group.optimizer = optimizer_label(s.optimizer, settings[i]);
      group.optimizer_name = s.optimizer, group.settings = settings[i];
    }
    add(groups[place->second], records[i]);
  }
  return groups;
}

IntervalRule rule_of(const Group& g, const IntervalRule& rule) {
  return {named_seed(fmt::format("group\n{}\n{}\n{}\n{}", rule.seed, g.dataset, g.network, g.optimizer)),
          rule.kind};
}

GroupSummary summarize(const std::vector<double>& values, const IntervalRule& rule) {
  const double v = variance(values);
  return {.mean = mean(values),
          .variance = v,
          .deviation = std::sqrt(v),
          .median = median(values),
          .q1 = quantile(values, 0.25),
          .q3 = quantile(values, 0.75),
          .min = quantile(values, 0),
          .max = quantile(values, 1),
          .interval = mean_interval(values, rule)};
}

PairedTest compare(const Group& a, const Group& b, const IntervalRule& rule) {
  // Groups made by hand may leave out the seeds where there is only one.
  const auto key = [](const Group& g, std::size_t i) {
    return std::pair(i < g.seed.size() ? g.seed[i] : 0, g.trial[i]);
  };
  std::map<std::pair<std::uint64_t, int>, double> errors_b;
  for (std::size_t i = 0; i < b.trial.size(); ++i) errors_b.emplace(key(b, i), b.test_error[i]);
  std::vector<double> x, y;
  for (std::size_t i = 0; i < a.trial.size(); ++i)
    if (const auto pair = errors_b.find(key(a, i)); pair != errors_b.end()) {
      x.push_back(a.test_error[i]);
      y.push_back(pair->second);
    }
  const auto [first, second] = std::minmax(a.optimizer, b.optimizer);
  const std::string names =
      fmt::format("pair\n{}\n{}\n{}\n{}\n{}", rule.seed, a.dataset, a.network, first, second);
  return paired_test(x, y, {named_seed(names), rule.kind});
}

std::size_t reference_group(const std::vector<Group>& groups, const std::vector<std::size_t>& members) {
  std::size_t best = members.front();
  double lowest = std::numeric_limits<double>::infinity();
  for (const std::size_t i : members) {
    const double error = mean(groups[i].best_validation_error);
    const bool more = groups[i].completed > groups[best].completed;
    if (more || (groups[i].completed == groups[best].completed && error < lowest)) best = i, lowest = error;
  }
  return best;
}

namespace {

// Rising by the first, then by the second.
std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const std::vector<Group>& groups) {
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> networks;
  for (std::size_t i = 0; i < groups.size(); ++i)
    networks[{groups[i].dataset, groups[i].network}].push_back(i);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& [network, members] : networks) {
    const bool all = members.size() <= kMostPairwise;
    const std::size_t reference = all ? 0 : reference_group(groups, members);
    for (std::size_t i = 0; i < members.size(); ++i)
      for (std::size_t j = i + 1; j < members.size(); ++j)
        if (all || members[i] == reference || members[j] == reference)
          pairs.emplace_back(members[i], members[j]);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace

std::vector<Comparison> compare_all(const std::vector<Group>& groups, const IntervalRule& rule) {
  const std::vector<std::pair<std::size_t, std::size_t>> pairs = pairs_of(groups);
  std::vector<Comparison> comparisons(pairs.size());
  parallel_for(pairs.size(), [&](std::size_t k) {
    const Group &a = groups[pairs[k].first], &b = groups[pairs[k].second];
    comparisons[k] = {a.dataset, a.network, a.optimizer, b.optimizer, compare(a, b, rule)};
  });
  std::vector<double> p_t, p_wilcoxon;
  for (const Comparison& c : comparisons) p_t.push_back(c.test.p_t), p_wilcoxon.push_back(c.test.p_wilcoxon);
  p_t = holm(p_t), p_wilcoxon = holm(p_wilcoxon);
  for (std::size_t i = 0; i < comparisons.size(); ++i)
    comparisons[i].p_t_holm = p_t[i], comparisons[i].p_wilcoxon_holm = p_wilcoxon[i];
  return comparisons;
}

}  // namespace symopt
