// allocated_bytes.hpp — how much memory a test asks for by operator new. Not together with allocations.hpp,
// which replaces the same functions to count calls.
#pragma once
#include <cstddef>

namespace symopt::test {

/// Since the last forget_allocations(): all bytes asked for, and the largest single piece.
std::size_t allocated_bytes();
std::size_t largest_allocation();
void forget_allocations();

}  // namespace symopt::test
