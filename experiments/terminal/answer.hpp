// answer.hpp — what a run comes to, in the lines that are worth reading first.
#pragma once
#include "results/summary.hpp"

namespace symopt {

/// For each data set and network: who is best, chosen on validation errors, by how much it is ahead of the
/// next one on the tests, and how sure that is. "" without groups.
std::string answer(const std::vector<Group>& groups, const IntervalRule& rule);

}  // namespace symopt
