// subnormals.hpp — arithmetic without subnormal numbers, on which some processors take a hundred cycles.
#pragma once
#include <cstdint>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace symopt {

/// While it lives, its thread's arithmetic reads subnormal numbers as zero and gives zero for them. Other
/// threads, and this one afterwards, keep the mode that they have. On x86 and 64-bit ARM; elsewhere it does
/// nothing.
class SubnormalsAreZero {
 public:
  SubnormalsAreZero() : before_(mode()) { change(before_ | kFlush); }
  ~SubnormalsAreZero() { change(before_); }
  /// Whether this thread has the mode.
  static bool here() { return kFlush != 0 && (mode() & kFlush) == kFlush; }
  SubnormalsAreZero(const SubnormalsAreZero&) = delete;
  SubnormalsAreZero& operator=(const SubnormalsAreZero&) = delete;

 private:
#if defined(__SSE2__)
  using Mode = unsigned;
  static constexpr Mode kFlush = 0x8040;  // FTZ for results, DAZ for operands
  static Mode mode() { return _mm_getcsr(); }
  static void set(Mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode kFlush = Mode(1) << 24;  // FZ, for both
  static Mode mode() {
    Mode mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set(Mode mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
  using Mode = unsigned;
  static constexpr Mode kFlush = 0;
  static Mode mode() { return 0; }
  static void set(Mode) {}
#endif
  // Compilers do not know that arithmetic depends on the mode: what is in memory before or after stays so.
  static void change(Mode mode) {
    asm volatile("" : : : "memory");
    set(mode);
    asm volatile("" : : : "memory");
  }
  const Mode before_;
};

}  // namespace symopt
