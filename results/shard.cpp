// shard.cpp — parsing and dealing.
#include "results/shard.hpp"

#include "results/text.hpp"

namespace symopt {

Shard parse_shard(const std::string& text) {
  constexpr std::int64_t kMost = 10'000'000;
  const size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto index = exact_integer(text.substr(0, slash)), count = exact_integer(text.substr(slash + 1));
    if (index && count && *index >= 1 && *index <= *count && *count <= kMost)
      return {static_cast<int>(*index), static_cast<int>(*count)};
  }
  throw UsageError(
      fmt::format("option 'shard': expected i/n with i from 1 to n, as 2/4, found '{}'", escaped(text)));
}

std::vector<TrialSpec> part_of(const std::vector<TrialSpec>& planned, const Shard& shard) {
  std::vector<TrialSpec> part;
  const size_t n = static_cast<size_t>(shard.count);
  for (size_t i = static_cast<size_t>(shard.index - 1); i < planned.size(); i += n)
    part.push_back(planned[i]);
  return part;
}

}  // namespace symopt
