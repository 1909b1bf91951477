// search.hpp — the learning rates that a trial tries, and which of them wins.
#pragma once
#include <vector>

#include "results/trial.hpp"

namespace symopt {

/// Candidates 10^-η of the learning-rate search, largest first.
std::vector<double> search_grid(const ProtocolSettings& protocol);

/// The index of the winner: lowest validation error, ties to the larger rate (the earlier one); −1 where all
/// diverged.
int best_candidate(const std::vector<SearchPoint>& search);

}  // namespace symopt
