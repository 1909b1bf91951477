// simd.hpp — vectors of the machine's width, by the compiler's vector extensions: loads and stores at any
// address.
#pragma once
#include <cstddef>
#include <cstring>

namespace symopt::simd {

#if defined(__AVX512F__)
inline constexpr int kBytes = 64;
#elif defined(__AVX__)
inline constexpr int kBytes = 32;
#else
inline constexpr int kBytes = 16;
#endif

template <class Real>
inline constexpr int lanes = kBytes / static_cast<int>(sizeof(Real));

template <class Real>
struct Types {
  typedef Real Vector __attribute__((vector_size(kBytes)));
  typedef Real Unaligned __attribute__((vector_size(kBytes), aligned(alignof(Real)), may_alias));
};
template <class Real>
using Vector = typename Types<Real>::Vector;

template <class Real>
Vector<Real> load(const Real* p) {
  return *reinterpret_cast<const typename Types<Real>::Unaligned*>(p);
}
template <class Real>
void store(Real* p, Vector<Real> v) {
  *reinterpret_cast<typename Types<Real>::Unaligned*>(p) = v;
}

// The first `count` lanes of a vector, the end of a row.
template <class Real>
Vector<Real> load(const Real* p, int count) {
  if (count == lanes<Real>) return load(p);
  Vector<Real> v = {};
  std::memcpy(&v, p, static_cast<std::size_t>(count) * sizeof(Real));
  return v;
}
template <class Real>
void store(Real* p, Vector<Real> v, int count) {
  if (count == lanes<Real>)
    store(p, v);
  else
    std::memcpy(p, &v, static_cast<std::size_t>(count) * sizeof(Real));
}

// v's lanes in the order of `from`, integers of their size in [0, lanes).
template <class Real, class Lanes>
Vector<Real> permute(Vector<Real> v, Lanes from) {
#if __has_builtin(__builtin_shuffle)
  return __builtin_shuffle(v, from);
#else
  Vector<Real> moved;
  for (int l = 0; l < lanes<Real>; ++l) moved[l] = v[from[l]];
  return moved;
#endif
}

}  // namespace symopt::simd
