// test_lit_products.cpp — the products without the values that are zero have the bits of those with all of
// them.
#include <cstring>
#include <limits>

#include "core/algebra/lit_products.hpp"
#include "core/network/batch.hpp"
#include "core/network/network.hpp"
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

namespace {

// Samples of which a share is dark, and one that is all dark, one all lit.
Samples some_samples(size_t count, size_t inputs, double dark, Stream& stream) {
  Samples samples;
  for (size_t i = 0; i < count * inputs; ++i)
    samples.pixels.push_back(stream.uniform() < dark ? 0 : static_cast<std::uint8_t>(1 + stream.below(255)));
  std::fill_n(samples.pixels.begin() + static_cast<std::ptrdiff_t>(inputs), inputs, std::uint8_t(0));
  std::fill_n(samples.pixels.begin() + static_cast<std::ptrdiff_t>(2 * inputs), inputs, std::uint8_t(255));
  for (size_t i = 0; i < count; ++i) samples.labels.push_back(static_cast<std::uint8_t>(stream.below(3)));
  return samples;
}

std::vector<std::uint32_t> drawn(size_t many, size_t count, Stream& stream) {
  std::vector<std::uint32_t> indices = {1, 2};
  while (indices.size() < many) indices.push_back(static_cast<std::uint32_t>(stream.below(count)));
  return indices;
}

}  // namespace

TEMPLATE_TEST_CASE("lit pixels: a batch of a data set's lit pixels has the bits of one of all pixels", "",
                   float, double) {
  Stream stream(137, 0);
  for (size_t inputs : {1u, 7u, 8u, 95u, 96u, 97u, 192u, 200u, 784u}) {
    Samples all = some_samples(50, inputs, 0.8, stream), lit = all;
    lit.lit = find_lit_pixels(all.pixels, inputs);
    REQUIRE(!lit.lit.empty());
    REQUIRE(lit.lit.most == inputs);
    BatchBuffer<TestType> from_all(40, static_cast<Index>(inputs)), from_lit(40, static_cast<Index>(inputs));
    for (size_t many : {2u, 16u, 40u, 3u}) {
      const auto indices = drawn(many, 50, stream);
      const auto expected = from_all.gather(all, indices), found = from_lit.gather(lit, indices);
      REQUIRE(found.X.lit() != nullptr);
      REQUIRE(found.X.rows() == static_cast<Index>(many));
      REQUIRE(found.X.cols() == static_cast<Index>(inputs));
      CHECK(std::memcmp(found.X.data(), expected.X.data(), many * inputs * sizeof(TestType)) == 0);
      CHECK(found.X.data() == found.X.data());  // made once
      CHECK(std::equal(indices.begin(), indices.end(), found.targets.labels,
                       [&](std::uint32_t i, std::uint8_t label) { return all.labels[i] == label; }));
    }
  }
}

TEMPLATE_TEST_CASE("lit pixels: loss, gradient and errors are the same bits with them", "", float, double) {
  Stream stream(138, 0);
  for (const char* text : {"mlp:200-20-3+bias", "archbn:200-20x2-3", "conv:10x20x1-4c3-p2-3/bn"}) {
    CAPTURE(text);
    const NetworkSpec spec = parse_sized_network(text);
    const bool picture = spec.layers.front().filters() == 4;
    Samples all = some_samples(60, 200, 0.75, stream), lit = all;
    lit.lit = find_lit_pixels(all.pixels, 200);
    Network<TestType> one(spec, 40), other(spec, 40);
    std::vector<TestType> theta(static_cast<size_t>(one.layout().size));
    for (TestType& x : theta) x = static_cast<TestType>(stream.normal());
    std::vector<TestType> grad(theta.size()), same(theta.size());
    BatchBuffer<TestType> from_all(40, 200), from_lit(40, 200);
    for (size_t many : {40u, 15u, 16u, 4u, 40u}) {
      const auto indices = drawn(many, 60, stream);
      const auto expected = from_all.gather(all, indices), found = from_lit.gather(lit, indices);
      CHECK(one.gradient(theta, expected, grad) == other.gradient(theta, found, same));
      CHECK(std::memcmp(grad.data(), same.data(), grad.size() * sizeof(TestType)) == 0);
      // Whoever asks for a layer's inputs gets them all.
      CHECK(one.trace(0).inputs.size() == other.trace(0).inputs.size());
      if (!picture) CHECK(one.trace(0).inputs == other.trace(0).inputs);
      CHECK(one.errors(theta, expected) == other.errors(theta, found));
    }
  }
}

TEST_CASE("lit pixels: where too many are lit there are none, and where there is nothing") {
  Stream stream(139, 0);
  CHECK(find_lit_pixels({}, 10).empty());
  for (double dark : {0.5, 0.6}) {
    const Samples samples = some_samples(1500, 100, dark, stream);
    CHECK(find_lit_pixels(samples.pixels, 100).empty() == (dark == 0.5));
  }
  // The first thousand are dark enough, all of them are not.
  std::vector<std::uint8_t> pixels(3000 * 100, 255);
  std::fill_n(pixels.begin(), 1000 * 100, std::uint8_t(0));
  CHECK(find_lit_pixels(pixels, 100).empty());
}

TEST_CASE("lit pixels: a buffer allocates for its first batch only") {
  Stream stream(140, 0);
  Samples samples = some_samples(50, 200, 0.8, stream);
  samples.lit = find_lit_pixels(samples.pixels, 200);
  BatchBuffer<float> buffer(40, 200);
  const auto indices = drawn(40, 50, stream);
  (void)buffer.gather(samples, indices).X.data();
  const auto before = allocations();
  (void)buffer.gather(samples, indices).X.data();
  CHECK(allocations() == before);
}
