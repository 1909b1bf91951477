// test_gemm.cpp — the layers' matrix products against a triple loop; bits, tails, non-finite values,
// allocation.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "core/algebra/gemm.hpp"
#include "core/random.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

enum class Product { nt, tn, nn };
constexpr Product kProducts[] = {Product::nt, Product::tn, Product::nn};

// C (M×N) = A (M×K) B (K×N) in the products' own storage: nt keeps Bᵀ, tn keeps Aᵀ.
struct Shape {
  Product product;
  Index M, N, K;
  std::size_t a(Index i, Index k) const {
    return static_cast<std::size_t>(product == Product::tn ? k * M + i : i * K + k);
  }
  std::size_t b(Index k, Index j) const {
    return static_cast<std::size_t>(product == Product::nt ? j * K + k : k * N + j);
  }
  std::size_t c(Index i, Index j) const { return static_cast<std::size_t>(i * N + j); }
};

template <class Real>
void multiply(const Shape& s, const Real* A, const Real* B, Real* C, Scratch<Real>& scratch) {
  if (s.product == Product::nt) multiply_nt(s.M, s.N, s.K, A, B, C, scratch);
  if (s.product == Product::tn) multiply_tn(s.M, s.N, s.K, A, B, C, scratch);
  if (s.product == Product::nn) multiply_nn(s.M, s.N, s.K, A, B, C, scratch);
}

// Operands of exactly their size, so that an address sanitizer sees a read beyond them, and a result that
// nothing was written to yet, between guards.
template <class Real>
struct Problem {
  static constexpr Real guard = Real(12345);
  Shape shape;
  std::vector<Real> A, B, C;

  Problem(const Shape& s, Stream& stream)
      : shape(s),
        A(static_cast<std::size_t>(s.M * s.K)),
        B(static_cast<std::size_t>(s.K * s.N)),
        C(static_cast<std::size_t>(s.M * s.N) + 2, std::numeric_limits<Real>::quiet_NaN()) {
    for (Real& x : A) x = static_cast<Real>(stream.normal());
    for (Real& x : B) x = static_cast<Real>(stream.normal());
    C.front() = C.back() = guard;
  }
  void run(Scratch<Real>& scratch) { multiply(shape, A.data(), B.data(), C.data() + 1, scratch); }
  Real result(Index i, Index j) const { return C[shape.c(i, j) + 1]; }
};

template <class Real>
bool same_bits(const std::vector<Real>& x, const std::vector<Real>& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(Real)) == 0;
}

// |C − AB| ≤ γ_K |A||B|, γ_K = K u / (1 − K u), holds for a sum of K products in any order (Higham 2002,
// §3.5); the reference's own rounding, in long double, is added.
template <class Real>
void check_against_triple_loop(const Shape& s, Stream& stream, Scratch<Real>& scratch) {
  Problem<Real> p(s, stream);
  p.run(scratch);
  const auto gamma = [&](long double epsilon) {
    const long double Ku = static_cast<long double>(s.K) * epsilon / 2;
    return Ku / (1 - Ku);
  };
  const long double bound =
      gamma(std::numeric_limits<Real>::epsilon()) + gamma(std::numeric_limits<long double>::epsilon());
  int wrong = 0;
  for (Index i = 0; i < s.M; ++i) {
    for (Index j = 0; j < s.N; ++j) {
      long double expected = 0, size = 0;
      for (Index k = 0; k < s.K; ++k) {
        const long double term = static_cast<long double>(p.A[s.a(i, k)]) * p.B[s.b(k, j)];
        expected += term;
        size += std::abs(term);
      }
      const long double error = std::abs(p.result(i, j) - expected);
      if (error <= bound * size) continue;
      if (++wrong > 1) continue;
      UNSCOPED_INFO("element (" << i << ", " << j << "): expected " << expected << ", actual "
                                << p.result(i, j) << ", difference " << error << ", bound " << bound * size);
    }
  }
  INFO("product " << static_cast<int>(s.product) << ", M " << s.M << ", N " << s.N << ", K " << s.K);
  CHECK(wrong == 0);
  CHECK(p.C.front() == Problem<Real>::guard);
  CHECK(p.C.back() == Problem<Real>::guard);
}

// Around the tiles' and panels' edges, and a sum cut into several panels.
const Shape kEdges[] = {
    {Product::nt, 1, 1, 1},     {Product::nt, 7, 17, 15},   {Product::nt, 13, 65, 145},
    {Product::nt, 9, 130, 311}, {Product::tn, 1, 1, 1},     {Product::tn, 7, 17, 15},
    {Product::tn, 13, 65, 145}, {Product::tn, 9, 130, 311}, {Product::nn, 1, 1, 1},
    {Product::nn, 7, 17, 15},   {Product::nn, 13, 65, 145}, {Product::nn, 9, 130, 311},
    {Product::nt, 100, 10, 64}, {Product::tn, 10, 64, 100}, {Product::nn, 100, 64, 10},
};

}  // namespace

TEMPLATE_TEST_CASE("gemm: the products of the layers' shapes are those of a triple loop", "", float, double) {
  Stream stream(1, 0);
  Scratch<TestType> scratch;
  for (Index O : {128, 10})
    for (Index I : {784, 64}) {
      check_against_triple_loop<TestType>({Product::nt, 100, O, I}, stream, scratch);
      check_against_triple_loop<TestType>({Product::tn, O, I, 100}, stream, scratch);
      check_against_triple_loop<TestType>({Product::nn, 100, I, O}, stream, scratch);
    }
  check_against_triple_loop<TestType>({Product::nt, 500, 128, 784}, stream, scratch);
}

TEMPLATE_TEST_CASE("gemm: every size from 1 to 40 is right in every dimension", "", float, double) {
  Stream stream(2, 0);
  Scratch<TestType> scratch;
  const auto any = [&] { return static_cast<Index>(1 + stream.below(40)); };
  for (Product product : kProducts)
    for (Index n = 1; n <= 40; ++n)
      for (int repetition = 0; repetition < 4; ++repetition) {
        check_against_triple_loop<TestType>({product, n, any(), any()}, stream, scratch);
        check_against_triple_loop<TestType>({product, any(), n, any()}, stream, scratch);
        check_against_triple_loop<TestType>({product, any(), any(), n}, stream, scratch);
      }
  for (const Shape& s : kEdges) check_against_triple_loop<TestType>(s, stream, scratch);
}

TEMPLATE_TEST_CASE("gemm: the same operands give the same bits at every address, with any scratch", "", float,
                   double) {
  Stream stream(3, 0);
  for (const Shape& s : kEdges) {
    Problem<TestType> p(s, stream);
    Scratch<TestType> fresh;
    p.run(fresh);
    const std::vector<TestType> first = p.C;

    Scratch<TestType> used;
    TestType* dirt = used.reserve(100000);
    std::fill(dirt, dirt + 100000, std::numeric_limits<TestType>::quiet_NaN());
    p.run(used);
    CHECK(same_bits(p.C, first));

    for (std::size_t offset : {1, 3, 7}) {
      std::vector<TestType> A(offset), B(offset);
      A.insert(A.end(), p.A.begin(), p.A.end());
      B.insert(B.end(), p.B.begin(), p.B.end());
      multiply(s, A.data() + offset, B.data() + offset, p.C.data() + 1, used);
      CHECK(same_bits(p.C, first));
    }
  }
}

TEMPLATE_TEST_CASE("gemm: an element's bits do not depend on how many rows and columns are computed with it",
                   "", float, double) {
  Stream stream(4, 0);
  Scratch<TestType> scratch;
  for (const Shape& s : kEdges) {
    Problem<TestType> whole(s, stream);
    whole.run(scratch);
    Problem<TestType> part({s.product, (s.M + 1) / 2, (s.N + 1) / 2, s.K}, stream);
    const Index first_row = s.M - part.shape.M, first_column = s.N - part.shape.N;
    for (Index k = 0; k < s.K; ++k) {
      for (Index i = 0; i < part.shape.M; ++i) part.A[part.shape.a(i, k)] = whole.A[s.a(first_row + i, k)];
      for (Index j = 0; j < part.shape.N; ++j) part.B[part.shape.b(k, j)] = whole.B[s.b(k, first_column + j)];
    }
    part.run(scratch);
    int different = 0;
    for (Index i = 0; i < part.shape.M; ++i)
      for (Index j = 0; j < part.shape.N; ++j)
        different += part.result(i, j) != whole.result(first_row + i, first_column + j);
    INFO("product " << static_cast<int>(s.product) << ", M " << s.M << ", N " << s.N << ", K " << s.K);
    CHECK(different == 0);
  }
}

TEMPLATE_TEST_CASE("gemm: NaN and infinity reach the row or column they stand in, and nothing else", "",
                   float, double) {
  Stream stream(5, 0);
  Scratch<TestType> scratch;
  const TestType infinity = std::numeric_limits<TestType>::infinity();
  for (const Shape& s : kEdges) {
    // The last row or column lies next to the padding of the panels; one in the middle next to other sums.
    for (TestType bad : {std::numeric_limits<TestType>::quiet_NaN(), infinity, -infinity}) {
      for (Index i : {s.M - 1, s.M / 2})
        for (Index k : {s.K - 1, s.K / 2}) {
          Problem<TestType> p(s, stream);
          p.A[s.a(i, k)] = bad;
          p.run(scratch);
          int wrong = 0;
          for (Index r = 0; r < s.M; ++r)
            for (Index j = 0; j < s.N; ++j) wrong += std::isfinite(p.result(r, j)) != (r != i);
          CHECK(wrong == 0);
        }
      for (Index j : {s.N - 1, s.N / 2})
        for (Index k : {s.K - 1, s.K / 2}) {
          Problem<TestType> p(s, stream);
          p.B[s.b(k, j)] = bad;
          p.run(scratch);
          int wrong = 0;
          for (Index i = 0; i < s.M; ++i)
            for (Index c = 0; c < s.N; ++c) wrong += std::isfinite(p.result(i, c)) != (c != j);
          CHECK(wrong == 0);
        }
    }
  }
}

TEMPLATE_TEST_CASE("gemm: after its first call a product allocates nothing", "", float, double) {
  Stream stream(6, 0);
  Scratch<TestType> scratch;
  Problem<TestType>({Product::nt, 1, 1, 1}, stream).run(scratch);
  for (Product product : kProducts) {
    Problem<TestType> p({product, 100, 130, 300}, stream);
    const long before = allocations();
    p.run(scratch);
    CHECK(allocations() == before);
  }
  const long before = allocations();
  scratch.reserve(1000000);
  CHECK(allocations() == before + 1);
}
