// dual.hpp — dual numbers v + d ε, ε² = 0: forward-mode derivatives (Pearlmutter 1994 for the product of a
// Hessian with a vector). A Network<Dual<Real>> runs the same code as a Network<Real> and carries one
// directional derivative along.
#pragma once
#include <cmath>

#include "core/algebra/gemm.hpp"

namespace symopt {

template <class Real>
struct Dual {
  Real v = 0, d = 0;
  Dual() = default;
  Dual(Real value) : v(value) {}
  Dual(Real value, Real derivative) : v(value), d(derivative) {}

  Dual& operator+=(const Dual& o) { return v += o.v, d += o.d, *this; }
  Dual& operator-=(const Dual& o) { return v -= o.v, d -= o.d, *this; }
  Dual& operator*=(const Dual& o) { return *this = *this * o; }
  Dual& operator/=(const Dual& o) { return *this = *this / o; }
  Dual operator-() const { return {-v, -d}; }
  friend Dual operator+(Dual a, const Dual& b) { return a += b; }
  friend Dual operator-(Dual a, const Dual& b) { return a -= b; }
  friend Dual operator*(const Dual& a, const Dual& b) { return {a.v * b.v, a.d * b.v + a.v * b.d}; }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const Real q = a.v / b.v;
    return {q, (a.d - q * b.d) / b.v};
  }
  // Order is that of the values: branches are taken as without derivatives.
  friend bool operator<(const Dual& a, const Dual& b) { return a.v < b.v; }
  friend bool operator>(const Dual& a, const Dual& b) { return a.v > b.v; }
  friend bool operator<=(const Dual& a, const Dual& b) { return a.v <= b.v; }
  friend bool operator>=(const Dual& a, const Dual& b) { return a.v >= b.v; }
  friend bool operator==(const Dual& a, const Dual& b) { return a.v == b.v; }
  friend bool operator!=(const Dual& a, const Dual& b) { return a.v != b.v; }

  friend Dual exp(const Dual& a) {
    const Real e = std::exp(a.v);
    return {e, e * a.d};
  }
  friend Dual log(const Dual& a) { return {std::log(a.v), a.d / a.v}; }
  friend Dual tanh(const Dual& a) {
    const Real t = std::tanh(a.v);
    return {t, (1 - t * t) * a.d};
  }
  friend Dual sqrt(const Dual& a) {
    const Real s = std::sqrt(a.v);
    return {s, a.d / (2 * s)};
  }
};

/// For products of duals, which are taken apart into values and derivatives.
template <class Real>
class Scratch<Dual<Real>> {
 public:
  Scratch<Real> parts, product;
};

// Known before anything instantiates a product of duals.
template <>
void multiply_nt(Index B, Index O, Index I, const Dual<double>* X, const Dual<double>* W, Dual<double>* Z,
                 Scratch<Dual<double>>& scratch);
template <>
void multiply_tn(Index O, Index I, Index B, const Dual<double>* dZ, const Dual<double>* X, Dual<double>* dW,
                 Scratch<Dual<double>>& scratch);
template <>
void multiply_nn(Index B, Index I, Index O, const Dual<double>* dZ, const Dual<double>* W, Dual<double>* dX,
                 Scratch<Dual<double>>& scratch);

}  // namespace symopt

namespace Eigen {
template <class Real>
struct NumTraits<symopt::Dual<Real>> : NumTraits<Real> {
  using NonInteger = symopt::Dual<Real>;
  using Nested = symopt::Dual<Real>;
  enum {
    IsComplex = 0,
    IsInteger = 0,
    IsSigned = 1,
    RequireInitialization = 1,
    ReadCost = 2,
    AddCost = 2,
    MulCost = 4
  };
};
}  // namespace Eigen
