// search.cpp — phase 1 of the protocol of Badrinarayanan, Mishra and Cipolla 2015: λ = 10^-η.
#include "protocols/search.hpp"

#include <cmath>

namespace symopt {

std::vector<double> search_grid(const ProtocolSettings& p) {
  // Counted in whole steps, so that the last η is not lost to rounding.
  const int steps =
      static_cast<int>(std::floor((p.search_eta_max - p.search_eta_min) / p.search_eta_step + 1e-9));
  std::vector<double> grid;
  for (int i = 0; i <= steps; ++i)
    grid.push_back(std::pow(10.0, -(p.search_eta_min + i * p.search_eta_step)));
  return grid;
}

int best_candidate(const std::vector<SearchPoint>& search) {
  int best = -1;
  for (size_t i = 0; i < search.size(); ++i)
    if (search[i].status == Status::completed &&
        (best < 0 || search[i].validation_error < search[static_cast<size_t>(best)].validation_error))
      best = static_cast<int>(i);
  return best;
}

}  // namespace symopt
