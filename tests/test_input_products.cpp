// test_input_products.cpp — the products without the inputs that are zero throughout the batch have the bits
// of those with all inputs.
#include <cstring>
#include <limits>

#include "core/algebra/input_products.hpp"
#include "core/random.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

// What a product of all inputs gives, and what this one gives: into memory that held something else.
template <class Real>
struct Both {
  Index B, O, I;
  std::vector<Real> X, W, dZ;
  Scratch<Real> scratch;
  InputProducts<Real> products;

  Both(Index batch, Index outputs, Index inputs, Index max_batch, Stream& stream)
      : B(batch),
        O(outputs),
        I(inputs),
        X(size(B, I)),
        W(size(O, I)),
        dZ(size(B, O)),
        products(max_batch, outputs, inputs) {
    for (auto* values : {&X, &W, &dZ})
      for (Real& x : *values) x = static_cast<Real>(stream.normal());
  }
  static size_t size(Index rows, Index columns) { return static_cast<size_t>(rows * columns); }
  Real& x(Index b, Index i) { return X[size(b, I) + static_cast<size_t>(i)]; }
  void darken(Index column, Real zero = 0) {
    for (Index b = 0; b < B; ++b) x(b, column) = zero;
  }
  void check() {
    const Real other = std::numeric_limits<Real>::quiet_NaN();
    std::vector<Real> Z(size(B, O), other), dW(size(O, I), other), Z_all = Z, dW_all = dW;
    products.forward(B, X.data(), W.data(), Z.data(), scratch);
    products.weight_gradient(B, dZ.data(), X.data(), dW.data(), scratch);
    multiply_nt(B, O, I, X.data(), W.data(), Z_all.data(), scratch);
    multiply_tn(O, I, B, dZ.data(), X.data(), dW_all.data(), scratch);
    INFO("B " << B << ", O " << O << ", I " << I << ", used " << products.used());
    CHECK(std::memcmp(Z.data(), Z_all.data(), Z.size() * sizeof(Real)) == 0);
    CHECK(std::memcmp(dW.data(), dW_all.data(), dW.size() * sizeof(Real)) == 0);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("input products: any inputs may be zero throughout, and no bit differs", "", float,
                   double) {
  Stream stream(131, 0);
  for (Index I : {1, 2, 7, 8, 15, 16, 17, 33, 64, 100, 784})
    for (Index O : {1, 6, 20})
      for (double dark : {0.0, 0.05, 0.3, 0.7, 0.97, 1.0}) {
        Both<TestType> both(40, O, I, 50, stream);
        Index lit = I;
        for (Index i = 0; i < I; ++i)
          if (stream.uniform() < dark) both.darken(i), --lit;
        both.check();
        const bool worthwhile = lit > 0 && lit <= I * 9 / 10;
        CHECK(both.products.used() == (worthwhile ? lit : I));
      }
}

TEMPLATE_TEST_CASE("input products: each batch leaves out inputs of its own", "", float, double) {
  Stream stream(132, 0);
  Both<TestType> both(64, 12, 90, 64, stream);
  const std::vector<TestType> whole = both.X;
  for (int batch = 0; batch < 20; ++batch) {
    both.X = whole;
    const Index first = static_cast<Index>(stream.below(60)), many = static_cast<Index>(stream.below(31));
    for (Index i = first; i < first + many; ++i) both.darken(i);
    both.check();
    CHECK(both.products.used() == (many >= 9 ? 90 - many : 90));
  }
}

TEMPLATE_TEST_CASE(
    "input products: one sample's value lights an input, and so does NaN, but not a negative zero", "", float,
    double) {
  Stream stream(133, 0);
  Both<TestType> both(33, 5, 40, 33, stream);
  for (Index i = 10; i < 30; ++i) both.darken(i, i % 2 == 0 ? TestType(0) : TestType(-0.0));
  both.check();
  CHECK(both.products.used() == 20);
  both.x(32, 17) = std::numeric_limits<TestType>::denorm_min();
  both.check();
  CHECK(both.products.used() == 21);
  both.x(0, 18) = std::numeric_limits<TestType>::quiet_NaN();
  std::vector<TestType> Z(33 * 5);
  both.products.forward(33, both.X.data(), both.W.data(), Z.data(), both.scratch);
  CHECK(both.products.used() == 22);
  for (Index o = 0; o < 5; ++o) CHECK(Z[static_cast<size_t>(o)] != Z[static_cast<size_t>(o)]);
}

TEMPLATE_TEST_CASE("input products: few samples are multiplied with all inputs", "", float, double) {
  Stream stream(134, 0);
  for (Index max_batch : {31, 100}) {
    Both<TestType> both(31, 4, 50, max_batch, stream);
    for (Index i = 0; i < 40; ++i) both.darken(i);
    both.check();
    CHECK(both.products.used() == 50);
  }
}

TEMPLATE_TEST_CASE("input products: nothing is allocated after construction but what the products need", "",
                   float, double) {
  Stream stream(135, 0);
  Both<TestType> both(50, 6, 64, 50, stream);
  both.check();
  for (Index i = 20; i < 60; ++i) both.darken(i);
  std::vector<TestType> Z(50 * 6), dW(6 * 64);
  const auto before = allocations();
  both.products.forward(50, both.X.data(), both.W.data(), Z.data(), both.scratch);
  both.products.weight_gradient(50, both.dZ.data(), both.X.data(), dW.data(), both.scratch);
  CHECK(allocations() == before);
  CHECK(both.products.used() == 24);
}
