// dual.cpp — the three products of a layer over dual numbers by three real ones each:
//   (A + A' ε)(B + B' ε) = A B + (A' B + A B') ε.
#include "core/algebra/dual.hpp"

namespace symopt {

namespace {

// Values and derivatives of `count` duals, each in an array of its own.
void take_apart(const Dual<double>* duals, Index count, double* values, double* derivatives) {
  for (Index i = 0; i < count; ++i) values[i] = duals[i].v, derivatives[i] = duals[i].d;
}

// C = A B of a, b and c elements; multiply(A, B, C, scratch) is the product of real matrices of these shapes.
template <class Multiply>
void multiply_duals(Index a, const Dual<double>* A, Index b, const Dual<double>* B, Index c, Dual<double>* C,
                    Scratch<Dual<double>>& scratch, const Multiply& multiply) {
  double* A_v = scratch.parts.reserve(static_cast<std::size_t>(2 * a + 2 * b + 3 * c));
  double *A_d = A_v + a, *B_v = A_d + a, *B_d = B_v + b, *C_v = B_d + b, *C_left = C_v + c,
         *C_right = C_left + c;
  take_apart(A, a, A_v, A_d);
  take_apart(B, b, B_v, B_d);
  multiply(A_v, B_v, C_v, scratch.product);
  multiply(A_d, B_v, C_left, scratch.product);
  multiply(A_v, B_d, C_right, scratch.product);
  for (Index i = 0; i < c; ++i) C[i] = {C_v[i], C_left[i] + C_right[i]};
}

}  // namespace

template <>
void multiply_nt(Index B, Index O, Index I, const Dual<double>* X, const Dual<double>* W, Dual<double>* Z,
                 Scratch<Dual<double>>& scratch) {
  multiply_duals(B * I, X, O * I, W, B * O, Z, scratch,
                 [=](const double* x, const double* w, double* z, Scratch<double>& s) {
                   multiply_nt(B, O, I, x, w, z, s);
                 });
}

template <>
void multiply_tn(Index O, Index I, Index B, const Dual<double>* dZ, const Dual<double>* X, Dual<double>* dW,
                 Scratch<Dual<double>>& scratch) {
  multiply_duals(B * O, dZ, B * I, X, O * I, dW, scratch,
                 [=](const double* dz, const double* x, double* dw, Scratch<double>& s) {
                   multiply_tn(O, I, B, dz, x, dw, s);
                 });
}

template <>
void multiply_nn(Index B, Index I, Index O, const Dual<double>* dZ, const Dual<double>* W, Dual<double>* dX,
                 Scratch<Dual<double>>& scratch) {
  multiply_duals(B * O, dZ, O * I, W, B * I, dX, scratch,
                 [=](const double* dz, const double* w, double* dx, Scratch<double>& s) {
                   multiply_nn(B, I, O, dz, w, dx, s);
                 });
}

}  // namespace symopt
