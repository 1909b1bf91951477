// plan_detect.cpp — the table of pairs, and where its numbers come from.
#include "experiments/commands/plan_detect.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/options.hpp"
#include "experiments/terminal/standard_output.hpp"
#include "experiments/terminal/tables.hpp"
#include "results/store.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

std::string points(double fraction) {
  return std::isfinite(fraction) ? fmt::format("{:.3g}", 100 * fraction) : "–";
}

std::string trials_text(const std::optional<std::int64_t>& trials) {
  return trials ? fmt::format("{}", *trials) : fmt::format(">{}", kMostPairsNeeded);
}

// Of the pilot's differences: PairedTest has the standard error of their mean.
double deviation_of(const PairedTest& test) {
  return test.standard_error * std::sqrt(static_cast<double>(test.pairs));
}

}  // namespace

std::string power_table(const std::vector<Comparison>& comparisons, double difference,
                        const PowerRule& rule) {
  std::vector<std::vector<std::string>> rows = {{"network", "a", "b", "pairs", "sd", "95 % of the sd",
                                                 "trials", "from – to", "trials, Holm", "pilot sees"}};
  const bool several = std::ranges::any_of(
      comparisons, [&](const Comparison& c) { return c.dataset != comparisons.front().dataset; });
  const auto tested =
      std::ranges::count_if(comparisons, [](const Comparison& c) { return !std::isnan(c.test.p_t); });
  // The smallest of m p-values has to be below level/m, which is the hardest of Holm's steps.
  const PowerRule strict{rule.level / static_cast<double>(std::max<std::ptrdiff_t>(tested, 1)), rule.power};
  std::map<std::string, std::vector<std::string>> untested;  // by reason
  std::int64_t most = 0, most_strict = 0;
  for (const Comparison& c : comparisons) {
    const PairedTest& t = c.test;
    const std::string network = network_place(several, c.dataset, c.network);
    if (const std::string reason = untested_reason(t.pairs, t.p_t); !reason.empty()) {
      untested[reason].push_back(fmt::format("{} − {} on {}", c.a, c.b, network));
      continue;
    }
    const double deviation = deviation_of(t);
    const Interval interval = deviation_interval(deviation, t.pairs);
    const auto needed = pairs_needed(difference, deviation, rule),
               needed_strict = pairs_needed(difference, deviation, strict);
    most = std::max(most, needed.value_or(kMostPairsNeeded));
    most_strict = std::max(most_strict, needed_strict.value_or(kMostPairsNeeded));
    rows.push_back({network, c.a, c.b, fmt::format("{}", t.pairs), points(deviation),
                    fmt::format("{} – {}", points(interval.low), points(interval.high)), trials_text(needed),
                    fmt::format("{} – {}", trials_text(pairs_needed(difference, interval.low, rule)),
                                trials_text(pairs_needed(difference, interval.high, rule))),
                    trials_text(needed_strict), points(detectable_difference(t.pairs, deviation, rule))});
  }
  std::string text = fmt::format(
      "Paired trials that see a difference of {} points of test error: two-sided paired t test at {:g} %, "
      "with "
      "{:g} % power\n",
      points(difference), 100 * rule.level, 100 * rule.power);
  if (rows.size() > 1) {
    text +=
        align(rows, 3) +
        fmt::format(
            "  sd: of the pilot's paired differences, in points; its χ² interval, and the trials that its "
            "ends need\n"
            "  Holm: so that it is seen after the correction over {} pairs of optimizers, at the hardest "
            "step "
            "({:.3g} %)\n"
            "  pilot sees: the smallest difference, in points, that the pilot's own pairs see with this "
            "power\n"
            "  enough for each pair: --trials {}, after Holm {}\n",
            tested, 100 * strict.level, most, most_strict);
  }
  for (const auto& [reason, pairs] : untested)
    text += fmt::format("  no deviation, {}: {}\n", reason, fmt::join(pairs, ", "));
  return text;
}

void plan_detection(const std::string& pilot, double difference, const PowerRule& rule) {
  fs::path folder = pilot;
  if (folder.filename() == "config.ini") folder = folder.has_parent_path() ? folder.parent_path() : ".";
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw UsageError(fmt::format(
        "option '--detect': expected the results folder of a pilot, as in symopt plan out/pilot --detect {}, "
        "found '{}'",
        to_text(100 * difference), pilot));
  const std::vector<Comparison> comparisons = compare_all(group_records(read_records(folder)), {});
  if (std::ranges::none_of(comparisons, [](const Comparison& c) { return !std::isnan(c.test.p_t); }))
    throw UserError("pilot", folder.string(),
                    "two optimizers that completed two trials in common, with differences that vary", "none");
  print_output("pilot: {}\n{}", folder.string(), power_table(comparisons, difference, rule));
}

}  // namespace symopt
