// test_lit_products.cpp — the products without the values that are zero have the bits of those with all of
// them.
#include <cstring>
#include <limits>

#include "core/algebra/lit_products.hpp"
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
  LitProducts<Real> products;

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

TEMPLATE_TEST_CASE("lit products: any values may be zero, and no bit differs", "", float, double) {
  Stream stream(131, 0);
  for (Index I : {1, 2, 7, 8, 15, 16, 17, 33, 95, 96, 97, 200, 784})
    for (Index O : {1, 6, 20, 64, 128, 130, 257})
      for (double dark : {0.0, 0.3, 0.56, 0.7, 0.97, 1.0}) {
        Both<TestType> both(40, O, I, 50, stream);
        Index lit = 0;
        for (TestType& x : both.X) {
          if (stream.uniform() < dark) x = 0;
          lit += x != 0;
        }
        both.check();
        if (dark == 0) CHECK(both.products.used() == 40 * I);
        if (dark >= 0.7 && I >= 95) CHECK(both.products.used() == lit);
      }
}

TEMPLATE_TEST_CASE("lit products: a batch is judged by its own values", "", float, double) {
  Stream stream(132, 0);
  Both<TestType> both(64, 12, 90, 64, stream);
  const std::vector<TestType> whole = both.X;
  for (int batch = 0; batch < 20; ++batch) {
    both.X = whole;
    const Index first = static_cast<Index>(stream.below(30)),
                many = 30 + static_cast<Index>(stream.below(31));
    for (Index i = first; i < first + many; ++i) both.darken(i);
    both.check();
    const Index lit = 90 - many, most = 90 * 45 / 100;
    CHECK(both.products.used() == 64 * (lit <= most ? lit : 90));
  }
}

TEMPLATE_TEST_CASE("lit products: samples that are all lit come first, or last, or are few", "", float,
                   double) {
  Stream stream(136, 0);
  for (Index bright : {1, 3, 4, 8, 20, 40})
    for (bool last : {false, true}) {
      Both<TestType> both(40, 9, 100, 40, stream);
      for (Index b = 0; b < 40; ++b)
        if (last ? b < 40 - bright : b >= bright)
          for (Index i = 0; i < 100; ++i)
            if (i % 10 != b % 10) both.x(b, i) = 0;
      both.check();
    }
}

TEMPLATE_TEST_CASE(
    "lit products: a value is lit if it is as small as can be, or NaN, but not if it is a negative zero", "",
    float, double) {
  Stream stream(133, 0);
  Both<TestType> both(33, 5, 40, 33, stream);
  for (Index i = 10; i < 40; ++i) both.darken(i, i % 2 == 0 ? TestType(0) : TestType(-0.0));
  both.check();
  CHECK(both.products.used() == 330);
  both.x(32, 17) = std::numeric_limits<TestType>::denorm_min();
  both.check();
  CHECK(both.products.used() == 331);
  both.x(0, 18) = std::numeric_limits<TestType>::quiet_NaN();
  std::vector<TestType> Z(33 * 5);
  both.products.forward(33, both.X.data(), both.W.data(), Z.data(), both.scratch);
  CHECK(both.products.used() == 332);
  for (Index o = 0; o < 5; ++o) CHECK(Z[static_cast<size_t>(o)] != Z[static_cast<size_t>(o)]);
}

TEMPLATE_TEST_CASE("lit products: few samples are multiplied with all values", "", float, double) {
  Stream stream(134, 0);
  for (Index max_batch : {15, 100}) {
    Both<TestType> both(15, 4, 50, max_batch, stream);
    for (Index i = 0; i < 40; ++i) both.darken(i);
    both.check();
    CHECK(both.products.used() == 15 * 50);
  }
}

TEMPLATE_TEST_CASE("lit products: nothing is allocated after construction but what the products need", "",
                   float, double) {
  Stream stream(135, 0);
  Both<TestType> both(50, 6, 64, 50, stream);
  both.check();
  for (Index i = 20; i < 60; ++i) both.darken(i);
  both.check();
  std::vector<TestType> Z(50 * 6), dW(6 * 64);
  const auto before = allocations();
  both.products.forward(50, both.X.data(), both.W.data(), Z.data(), both.scratch);
  both.products.weight_gradient(50, both.dZ.data(), both.X.data(), dW.data(), both.scratch);
  CHECK(allocations() == before);
  CHECK(both.products.used() == 50 * 24);
}
