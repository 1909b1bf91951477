// start.hpp — the kinds of starting values as lists show them.
#pragma once
#include <string>
#include <vector>

namespace symopt {

/// `description` speaks of weights (filters and class vectors): biases and β start at 0, γ at 1 in every
/// kind.
struct StartEntry {
  std::string name, description, source;
};
const std::vector<StartEntry>& start_registry();

}  // namespace symopt
