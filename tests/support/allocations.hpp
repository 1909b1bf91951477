// allocations.hpp — counts the calls of operator new, and of malloc, which Eigen uses, in the one test that
// includes it. Replaces every form of the allocation functions ([new.delete]): with a sanitizer those left
// out would not come in pairs with these. Defined here, not in the support library, so that only a test that
// asks for it has them. malloc is seen with the GNU C library and without an address sanitizer, which has its
// own.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "tests/support/sanitizers.hpp"

#if defined(__GLIBC__) && !defined(SYMOPT_ADDRESS_SANITIZER)
#define SYMOPT_COUNTS_MALLOC
extern "C" void* __libc_malloc(std::size_t);
#endif

namespace symopt {
namespace {

using std::align_val_t, std::nothrow_t, std::size_t;

std::atomic<long> allocation_count{0};

void* allocate(size_t size, size_t alignment) noexcept {
  ++allocation_count;
  return std::aligned_alloc(alignment, (std::max<size_t>(size, 1) + alignment - 1) / alignment * alignment);
}

void* allocate_or_throw(size_t size, size_t alignment) {
  if (void* memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}

// Not inlined: where g++ inlines a delete but not its new, it takes the free in it for a mismatch.
[[gnu::noinline]] void release(void* p) noexcept { std::free(p); }

constexpr size_t kDefault = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
size_t bytes(align_val_t alignment) { return static_cast<size_t>(alignment); }

/// Calls of operator new and malloc in this process so far.
long allocations() { return allocation_count; }

}  // namespace
}  // namespace symopt

#ifdef SYMOPT_COUNTS_MALLOC
extern "C" void* malloc(std::size_t n) noexcept {
  ++symopt::allocation_count;
  return __libc_malloc(n);
}
#endif

void* operator new(std::size_t n) { return symopt::allocate_or_throw(n, symopt::kDefault); }
void* operator new[](std::size_t n) { return symopt::allocate_or_throw(n, symopt::kDefault); }
void* operator new(std::size_t n, std::align_val_t a) {
  return symopt::allocate_or_throw(n, symopt::bytes(a));
}
void* operator new[](std::size_t n, std::align_val_t a) {
  return symopt::allocate_or_throw(n, symopt::bytes(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return symopt::allocate(n, symopt::kDefault);
}
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept {
  return symopt::allocate(n, symopt::kDefault);
}
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return symopt::allocate(n, symopt::bytes(a));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return symopt::allocate(n, symopt::bytes(a));
}

void operator delete(void* p) noexcept { symopt::release(p); }
void operator delete[](void* p) noexcept { symopt::release(p); }
void operator delete(void* p, std::size_t) noexcept { symopt::release(p); }
void operator delete[](void* p, std::size_t) noexcept { symopt::release(p); }
void operator delete(void* p, std::align_val_t) noexcept { symopt::release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { symopt::release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { symopt::release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { symopt::release(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { symopt::release(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { symopt::release(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { symopt::release(p); }
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { symopt::release(p); }
