// class_weights.cpp — counting labels.
#include "core/data/class_weights.hpp"

#include <algorithm>

namespace symopt {

std::vector<double> median_frequency_weights(const Samples& samples, std::size_t count, int classes,
                                             int ignored) {
  const auto K = static_cast<std::size_t>(classes);
  std::vector<std::uint64_t> own(K, 0), around(K, 0), here(K);  // labels of the class; all where it is
  for (std::size_t i = 0; i < count; ++i) {
    std::ranges::fill(here, 0);
    std::uint64_t all = 0;
    for (std::size_t p = 0; p < samples.labels_each; ++p) {
      const std::uint8_t label = samples.labels[i * samples.labels_each + p];
      if (label == ignored) continue;
      ++here[label], ++all;
    }
    for (std::size_t k = 0; k < K; ++k)
      if (here[k] > 0) own[k] += here[k], around[k] += all;
  }
  std::vector<double> share, sorted;
  for (std::size_t k = 0; k < K; ++k) {
    share.push_back(own[k] == 0 ? 0 : static_cast<double>(own[k]) / static_cast<double>(around[k]));
    if (own[k] > 0) sorted.push_back(share[k]);
  }
  if (sorted.empty()) return share;
  std::ranges::sort(sorted);
  const std::size_t middle = sorted.size() / 2;
  const double median = sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  std::vector<double> weights;
  for (const double s : share) weights.push_back(s > 0 ? median / s : 0);
  return weights;
}

}  // namespace symopt
