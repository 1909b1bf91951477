// error.cpp — one-line errors and the nearest valid name.
#include "core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace symopt {

UserError::UserError(std::string_view what, std::string_view where, std::string_view expected,
                     std::string_view found)
    : std::runtime_error(fmt::format("{}: {}: expected {}, found {}", what, where, expected, found)) {}

namespace {

// Levenshtein's distance, one row at a time.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  constexpr size_t telling = 3;  // fewer characters begin too many names by chance
  std::string best;
  if (name.size() >= telling)
    for (const std::string& candidate : candidates)
      if (candidate.starts_with(name) && (best.empty() || candidate.size() < best.size())) best = candidate;
  if (!best.empty()) return best;
  size_t best_distance = std::max<size_t>(2, name.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return best;
}

UsageError unknown_name(std::string_view kind, std::string_view name,
                        const std::vector<std::string>& candidates) {
  const std::string near = nearest(name, candidates);
  if (!near.empty()) return UsageError(fmt::format("unknown {} '{}'; did you mean '{}'?", kind, name, near));
  return UsageError(fmt::format("unknown {} '{}'; there are: {}", kind, name, fmt::join(candidates, ", ")));
}

UsageError unknown_value(std::string_view option, std::string_view value,
                         const std::vector<std::string>& choices) {
  std::string line =
      fmt::format("option '{}': expected {}, found '{}'", option, fmt::join(choices, "|"), value);
  if (const std::string near = nearest(value, choices); !near.empty())
    line += fmt::format("; did you mean '{}'?", near);
  return UsageError(line);
}

}  // namespace symopt
