// allocated_bytes.cpp — the replaceable allocation functions ([new.delete]), adding up sizes.
#include "tests/support/allocated_bytes.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> total{0}, largest{0};

}  // namespace

namespace symopt::test {
std::size_t allocated_bytes() { return total; }
std::size_t largest_allocation() { return largest; }
void forget_allocations() { total = largest = 0; }
}  // namespace symopt::test

// Both forms for single objects: a sanitizer's own nothrow form would not match the delete below.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  total += size;
  if (size > largest) largest = size;
  return std::malloc(std::max<std::size_t>(size, 1));
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
