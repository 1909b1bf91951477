// start.hpp — starting values of a network's parameters, and the list of their kinds.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "core/network/params.hpp"
#include "core/random.hpp"

namespace symopt {

/// `description` speaks of weights (filters and class vectors): biases and β start at 0, γ at 1 in every
/// kind.
struct StartEntry {
  std::string name, description, source;
};
const std::vector<StartEntry>& start_registry();
/// Their names.
const std::vector<std::string>& start_kinds();

/// Starting values of one of start_kinds(). The raw draws depend on `stream` and the layout only, so every
/// kind scales the same ones. UsageError on an unknown kind.
template <class Real>
void fill_start(const std::string& kind, const ParamLayout& layout, Stream stream, std::span<Real> theta);

/// Every row of every block with one of `roles` divided by its Euclidean norm; rows of zeros stay.
template <class Real>
void normalize_rows(const ParamLayout& layout, std::initializer_list<Role> roles, std::span<Real> theta);

}  // namespace symopt
