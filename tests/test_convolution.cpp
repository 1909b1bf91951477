// test_convolution.cpp — a convolution's three products against loops over every pixel, filter and weight;
// bits that do not depend on threads; allocation.
#include <cmath>
#include <cstring>
#include <limits>

#include "core/algebra/convolution.hpp"
#include "core/algebra/dual.hpp"
#include "core/random.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

// Small shapes go by patches; the last ones, in float, without them: with and without padding, odd widths and
// strides.
std::vector<ConvolutionShape> shapes() {
  std::vector<ConvolutionShape> all;
  for (const Padding padding : {Padding::same, Padding::valid})
    for (const Index kernel : {1, 2, 3, 5})
      for (const Index stride : {1, 2, 3}) all.push_back({{7, 6, 3}, 4, kernel, stride, padding});
  all.push_back({{1, 1, 9}, 5, 1, 1, Padding::same});
  all.push_back({{5, 5, 2}, 3, 5, 1, Padding::valid});
  for (const Padding padding : {Padding::same, Padding::valid}) {
    all.push_back({{9, 17, 16}, 19, 3, 1, padding});
    all.push_back({{8, 30, 24}, 16, 4, 1, padding});
    all.push_back({{11, 33, 24}, 7, 3, 2, padding});
  }
  return all;
}

struct Operands {
  ConvolutionShape shape;
  Index B;
  std::vector<double> X, W, dZ;  // floats, so that both precisions see the same numbers
  Operands(const ConvolutionShape& s, Index batch, Stream stream) : shape(s), B(batch) {
    X.resize(static_cast<size_t>(B * s.input.size()));
    W.resize(static_cast<size_t>(s.filters * s.depth()));
    dZ.resize(static_cast<size_t>(B * s.output().size()));
    for (auto* values : {&X, &W, &dZ})
      for (double& v : *values) v = static_cast<double>(static_cast<float>(stream.normal()));
  }
};

// Sums of products and of their absolute values, and the number of terms.
struct Sums {
  std::vector<double> value, absolute;
  std::vector<int> terms;
  explicit Sums(size_t n) : value(n, 0), absolute(n, 0), terms(n, 0) {}
  void add(Index at, double product) {
    const auto i = static_cast<size_t>(at);
    value[i] += product, absolute[i] += std::abs(product), ++terms[i];
  }
};

struct Naive {
  Sums Z, dW, dX;
};

Naive naive(const Operands& p) {
  const ConvolutionShape& s = p.shape;
  const PictureShape in = s.input, out = s.output();
  Naive n{Sums(p.dZ.size()), Sums(p.W.size()), Sums(p.X.size())};
  for (Index b = 0; b < p.B; ++b)
    for (Index y = 0; y < out.height; ++y)
      for (Index x = 0; x < out.width; ++x)
        for (Index o = 0; o < s.filters; ++o)
          for (Index ky = 0; ky < s.kernel; ++ky)
            for (Index kx = 0; kx < s.kernel; ++kx) {
              const Index row = y * s.stride + ky - s.rows().before,
                          column = x * s.stride + kx - s.columns().before;
              if (row < 0 || row >= in.height || column < 0 || column >= in.width) continue;
              for (Index c = 0; c < in.channels; ++c) {
                const Index i = ((b * in.height + row) * in.width + column) * in.channels + c;
                const Index w = ((o * s.kernel + ky) * s.kernel + kx) * in.channels + c;
                const Index z = ((b * out.height + y) * out.width + x) * s.filters + o;
                const auto at = [](const std::vector<double>& v, Index k) {
                  return v[static_cast<size_t>(k)];
                };
                n.Z.add(z, at(p.X, i) * at(p.W, w));
                n.dW.add(w, at(p.dZ, z) * at(p.X, i));
                n.dX.add(i, at(p.dZ, z) * at(p.W, w));
              }
            }
  return n;
}

template <class Real>
struct Computed {
  Buffer<Real> Z, dW, dX;
};

template <class Real>
Computed<Real> compute(const Operands& p, Team& team) {
  const auto cast = [](const std::vector<double>& v) {
    Buffer<Real> c(v.size());
    for (size_t i = 0; i < v.size(); ++i) c[i] = Real(static_cast<Real>(v[i]));
    return c;
  };
  const Buffer<Real> X = cast(p.X), W = cast(p.W), dZ = cast(p.dZ);
  const Real nothing = std::numeric_limits<double>::quiet_NaN();
  Computed<Real> c{Buffer<Real>(p.dZ.size(), nothing), Buffer<Real>(p.W.size(), nothing),
                   Buffer<Real>(p.X.size(), nothing)};
  Convolution<Real> convolution(p.shape);
  convolution.forward(p.B, X.data(), W.data(), c.Z.data(), team);
  convolution.weight_gradient(p.B, dZ.data(), X.data(), c.dW.data(), team);
  convolution.input_gradient(p.B, dZ.data(), W.data(), c.dX.data(), team);
  return c;
}

// |sum − exact| ≤ γ_n Σ|terms| in any order (Higham 2002, §3.5), γ_n = n u / (1 − n u); the loops' own
// rounding is added.
template <class Real>
void check_sums(const Buffer<Real>& found, const Sums& expected) {
  int wrong = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double n = expected.terms[i] + 1, u = static_cast<double>(std::numeric_limits<Real>::epsilon()) / 2;
    const double bound = (n * u / (1 - n * u) + n * 1.2e-16) * expected.absolute[i];
    if (!(std::abs(static_cast<double>(found[i]) - expected.value[i]) <= bound)) ++wrong;
  }
  CHECK(wrong == 0);
}

std::string name(const ConvolutionShape& s) {
  return std::to_string(s.input.height) + "x" + std::to_string(s.input.width) + "x" +
         std::to_string(s.input.channels) + " " + std::to_string(s.filters) + "c" + std::to_string(s.kernel) +
         "s" + std::to_string(s.stride) + (s.padding == Padding::valid ? "v" : "");
}

}  // namespace

TEST_CASE("convolution: the three products are those of loops over pixels, filters and weights") {
  Team team;
  for (const ConvolutionShape& shape : shapes())
    for (const Index B : {1, 3, 11}) {
      INFO(name(shape) << ", batch " << B);
      const Operands p(shape, B, Stream(7));
      const Naive n = naive(p);
      const Computed<float> f = compute<float>(p, team);
      check_sums(f.Z, n.Z), check_sums(f.dW, n.dW), check_sums(f.dX, n.dX);
      const Computed<double> d = compute<double>(p, team);
      check_sums(d.Z, n.Z), check_sums(d.dW, n.dW), check_sums(d.dX, n.dX);
    }
}

TEST_CASE("convolution: duals carry the derivative of each product along") {
  Team team;
  const Operands p({{5, 6, 2}, 3, 3, 2, Padding::same}, 9, Stream(8)), t(p.shape, 9, Stream(9));
  const auto dual = [](const std::vector<double>& v, const std::vector<double>& d) {
    Buffer<Dual<double>> all(v.size());
    for (size_t i = 0; i < v.size(); ++i) all[i] = {v[i], d[i]};
    return all;
  };
  const auto X = dual(p.X, t.X), W = dual(p.W, t.W), dZ = dual(p.dZ, t.dZ);
  Buffer<Dual<double>> Z(dZ.size()), dW(W.size()), dX(X.size());
  Convolution<Dual<double>> convolution(p.shape);
  convolution.forward(p.B, X.data(), W.data(), Z.data(), team);
  convolution.weight_gradient(p.B, dZ.data(), X.data(), dW.data(), team);
  convolution.input_gradient(p.B, dZ.data(), W.data(), dX.data(), team);
  // Each product is bilinear: its derivative is the product of one operand's derivative with the other, both
  // ways.
  Operands left = p, right = p;
  left.X = t.X, right.W = t.W;
  const Computed<double> a = compute<double>(left, team), b = compute<double>(right, team);
  for (size_t i = 0; i < Z.size(); ++i) CHECK(Z[i].d == Approx(a.Z[i] + b.Z[i]).margin(1e-13));
  left = right = p;
  left.dZ = t.dZ, right.X = t.X;
  const Computed<double> c = compute<double>(left, team), d = compute<double>(right, team);
  for (size_t i = 0; i < dW.size(); ++i) CHECK(dW[i].d == Approx(c.dW[i] + d.dW[i]).margin(1e-12));
  right = p;
  right.W = t.W;
  const Computed<double> e = compute<double>(right, team);
  for (size_t i = 0; i < dX.size(); ++i) CHECK(dX[i].d == Approx(c.dX[i] + e.dX[i]).margin(1e-12));
}

TEST_CASE("convolution: the bits do not depend on the number of threads") {
  Team one(1), two(2), five(5);
  for (const ConvolutionShape& shape : shapes()) {
    INFO(name(shape));
    const Operands p(shape, 13, Stream(10));
    const Computed<float> alone = compute<float>(p, one);
    for (Team* team : {&two, &five}) {
      const Computed<float> shared = compute<float>(p, *team);
      const auto same = [](const Buffer<float>& x, const Buffer<float>& y) {
        return std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0;
      };
      CHECK(same(alone.Z, shared.Z));
      CHECK(same(alone.dW, shared.dW));
      CHECK(same(alone.dX, shared.dX));
    }
  }
}

TEST_CASE("convolution: passes allocate nothing once each shape has been met") {
  Team team;
  for (const ConvolutionShape& shape : shapes()) {
    INFO(name(shape));
    const Operands p(shape, 9, Stream(11));
    const Buffer<float> X(p.X.begin(), p.X.end()), W(p.W.begin(), p.W.end()), dZ(p.dZ.begin(), p.dZ.end());
    Buffer<float> Z(dZ.size()), dW(W.size()), dX(X.size());
    Convolution<float> convolution(shape);
    const auto pass = [&] {
      convolution.forward(p.B, X.data(), W.data(), Z.data(), team);
      convolution.weight_gradient(p.B, dZ.data(), X.data(), dW.data(), team);
      convolution.input_gradient(p.B, dZ.data(), W.data(), dX.data(), team);
    };
    pass();
    const long before = allocations();
    pass();
    const long after = allocations();
    CHECK(after == before);
  }
}
