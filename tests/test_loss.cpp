// test_loss.cpp — softmax cross-entropy against its definition in long double; extremes and non-finite
// logits.
#include <cmath>
#include <limits>

#include "core/network/loss.hpp"
#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

template <class Real>
struct Logits {
  Index B, K;
  std::vector<Real> values;
  std::vector<std::uint8_t> labels;
  Logits(Index b, Index k, double spread, Stream stream) : B(b), K(k) {
    for (Index i = 0; i < B * K; ++i) values.push_back(static_cast<Real>(spread * stream.normal()));
    for (Index i = 0; i < B; ++i)
      labels.push_back(static_cast<std::uint8_t>(stream.below(static_cast<std::uint64_t>(K))));
  }
  ConstMatrixView<Real> view() const { return {values.data(), B, K}; }
  Real at(Index b, Index k) const { return values[static_cast<size_t>(b * K + k)]; }
  std::uint8_t label(Index b) const { return labels[static_cast<size_t>(b)]; }
  // log softmax by its definition.
  long double log_p(Index b, Index k) const {
    long double most = at(b, 0), sum = 0;
    for (Index j = 0; j < K; ++j) most = std::max(most, static_cast<long double>(at(b, j)));
    for (Index j = 0; j < K; ++j) sum += std::exp(at(b, j) - most);
    return at(b, k) - most - std::log(sum);
  }
  Real loss(std::vector<Real>& d) const {
    d.resize(values.size());
    return softmax_cross_entropy(view(), labels.data(), d.data());
  }
};

}  // namespace

TEMPLATE_TEST_CASE("loss: cross-entropy and its gradient are those of the definition", "", float, double) {
  const double epsilon = static_cast<double>(std::numeric_limits<TestType>::epsilon());
  for (double spread : {0.0, 1e-3, 1.0, 30.0})
    for (Index K : {1, 2, 10, 33})
      for (Index B : {1, 7, 100}) {
        const Logits<TestType> logits(B, K, spread, Stream(1, static_cast<std::uint64_t>(B * 100 + K)));
        std::vector<TestType> d;
        const double actual = static_cast<double>(logits.loss(d));
        double loss = 0, wrong = 0, size = 1;
        for (Index b = 0; b < B; ++b) {
          loss -= static_cast<double>(logits.log_p(b, logits.label(b))) / static_cast<double>(B);
          for (Index k = 0; k < K; ++k) {
            size = std::max(size, std::abs(static_cast<double>(logits.at(b, k))));
            const double p = static_cast<double>(std::exp(logits.log_p(b, k)));
            const double expected = (p - (k == logits.label(b) ? 1 : 0)) / static_cast<double>(B);
            wrong =
                std::max(wrong, std::abs(static_cast<double>(d[static_cast<size_t>(b * K + k)]) - expected));
          }
        }
        INFO("spread " << spread << ", B " << B << ", K " << K << ": expected " << loss << ", actual "
                       << actual);
        // A sum of B terms of size `size` at most, rounded once each; softmax is 1-Lipschitz in the logits.
        CHECK(std::abs(actual - loss) <= (static_cast<double>(B) + 10) * epsilon * size);
        CHECK(wrong <= (static_cast<double>(K) + 10) * epsilon * size / static_cast<double>(B));
      }
}

TEMPLATE_TEST_CASE("loss: the gradient of each sample adds up to 0 over the classes", "", float, double) {
  const Logits<TestType> logits(50, 10, 3, Stream(2, 0));
  std::vector<TestType> d;
  logits.loss(d);
  for (Index b = 0; b < logits.B; ++b) {
    double sum = 0;
    for (Index k = 0; k < logits.K; ++k) sum += static_cast<double>(d[static_cast<size_t>(b * logits.K + k)]);
    CHECK(std::abs(sum) <= 20 * static_cast<double>(std::numeric_limits<TestType>::epsilon()) / 50);
  }
}

TEMPLATE_TEST_CASE("loss: logits as large as the format allows stay finite", "", float, double) {
  Logits<TestType> logits(2, 3, 0, Stream(3, 0));
  const TestType huge = std::numeric_limits<TestType>::max() / 4;
  logits.values = {huge, -huge, 0, -huge, -huge, huge};
  logits.labels = {0, 2};
  std::vector<TestType> d;
  CHECK(logits.loss(d) <= std::numeric_limits<TestType>::min() * 4);
  for (TestType x : d) CHECK(std::abs(x) <= std::numeric_limits<TestType>::epsilon());
  logits.labels = {1, 2};
  CHECK(logits.loss(d) == huge);  // (2 huge + 0)/2
  CHECK(d[0] == TestType(0.5));
  CHECK(d[1] == TestType(-0.5));
}

TEMPLATE_TEST_CASE("loss: a NaN or infinite logit of any class gives a loss that is not finite", "", float,
                   double) {
  using Limits = std::numeric_limits<TestType>;
  for (Index K : {2, 10, 19})
    for (Index b : {0, 4})
      for (Index k = 0; k < K; ++k) {
        Logits<TestType> logits(5, K, 1, Stream(4, 0));
        std::vector<TestType> d;
        logits.values[static_cast<size_t>(b * K + k)] = Limits::quiet_NaN();
        CHECK(std::isnan(logits.loss(d)));
        logits.values[static_cast<size_t>(b * K + k)] = Limits::infinity();
        CHECK_FALSE(std::isfinite(logits.loss(d)));
        // Minus infinity is a class of probability 0: an infinite loss if it is the label's, else as if the
        // class was not there.
        logits.values[static_cast<size_t>(b * K + k)] = -Limits::infinity();
        CHECK(std::isfinite(logits.loss(d)) == (logits.label(b) != k));
      }
}

TEMPLATE_TEST_CASE("loss: errors are counted by the largest logit, the first of equal ones, and NaN is one",
                   "", float, double) {
  const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
  const auto errors = [](std::vector<TestType> row, std::uint8_t label) {
    return count_errors<TestType>({row.data(), 1, static_cast<Index>(row.size())}, &label);
  };
  CHECK(errors({1, 3, 2}, 1) == 0);
  CHECK(errors({1, 3, 2}, 0) == 1);
  CHECK(errors({1, 3, 2}, 2) == 1);
  CHECK(errors({3, 3, 2}, 0) == 0);
  CHECK(errors({3, 3, 2}, 1) == 1);
  CHECK(errors({2, 3, 3}, 1) == 0);
  CHECK(errors({2, 3, 3}, 2) == 1);
  for (std::uint8_t label : {0, 1, 2}) {
    CHECK(errors({nan, 3, 2}, label) == 1);
    CHECK(errors({1, nan, 2}, label) == 1);
    CHECK(errors({1, 3, nan}, label) == 1);
  }
  const std::vector<TestType> two = {1, 0, 1, 0, 1, 0};
  const std::uint8_t labels[] = {0, 1, 1};
  CHECK(count_errors<TestType>({two.data(), 3, 2}, labels) == 2);
}

TEMPLATE_TEST_CASE("loss: log-probabilities are those of the definition and do not see a shift", "", float,
                   double) {
  const double epsilon = static_cast<double>(std::numeric_limits<TestType>::epsilon());
  Logits<TestType> logits(20, 10, 3, Stream(5, 0));
  const Matrix<TestType> log_p = log_probabilities(logits.view());
  for (Index b = 0; b < logits.B; ++b)
    for (Index k = 0; k < logits.K; ++k)
      CHECK(std::abs(static_cast<double>(log_p(b, k)) - static_cast<double>(logits.log_p(b, k))) <=
            20 * epsilon * 10);
  for (TestType& x : logits.values) x += TestType(16);
  CHECK((log_probabilities(logits.view()) - log_p).cwiseAbs().maxCoeff() <= 20 * epsilon * 30);
}

TEMPLATE_TEST_CASE("loss: rows with an ignored label take no part, and class weights weigh the mean", "",
                   float, double) {
  const Index R = 9, K = 4;
  const std::uint8_t ignored = 3;
  Logits<TestType> all(R, K, 2, Stream(6, 0));
  std::vector<std::uint8_t> labels = {0, 3, 1, 2, 3, 1, 0, 2, 3};
  const std::vector<TestType> weights = {TestType(0.25), 2, TestType(0.5), 100};
  const ConstMatrixView<TestType> logits(all.values.data(), R, K);
  std::vector<TestType> d(static_cast<size_t>(R * K));
  const TestType loss =
      softmax_cross_entropy(logits, Targets<TestType>(labels.data(), ignored, weights.data()), d.data());

  // Each counted row on its own, in double.
  double sum = 0, total = 0;
  for (Index r = 0; r < R; ++r) {
    if (labels[static_cast<size_t>(r)] == ignored) continue;
    const double w = static_cast<double>(weights[labels[static_cast<size_t>(r)]]);
    double z = 0;
    for (Index k = 0; k < K; ++k) z += std::exp(static_cast<double>(logits(r, k)));
    sum += w * (std::log(z) - static_cast<double>(logits(r, labels[static_cast<size_t>(r)])));
    total += w;
  }
  const double epsilon = static_cast<double>(std::numeric_limits<TestType>::epsilon());
  CHECK(static_cast<double>(loss) == Approx(sum / total).epsilon(50 * epsilon));
  for (Index r = 0; r < R; ++r) {
    const std::uint8_t label = labels[static_cast<size_t>(r)];
    double z = 0;
    for (Index k = 0; k < K; ++k) z += std::exp(static_cast<double>(logits(r, k)));
    for (Index k = 0; k < K; ++k) {
      const double p = std::exp(static_cast<double>(logits(r, k))) / z;
      const double expected =
          label == ignored ? 0 : static_cast<double>(weights[label]) * (p - (k == label ? 1 : 0)) / total;
      CHECK(static_cast<double>(d[static_cast<size_t>(r * K + k)]) == Approx(expected).margin(20 * epsilon));
    }
  }

  // What an ignored row says does not matter, not even that it is no number.
  const auto kept = d;
  for (Index k = 0; k < K; ++k)
    all.values[static_cast<size_t>(1 * K + k)] = std::numeric_limits<TestType>::quiet_NaN();
  CHECK(softmax_cross_entropy(logits, Targets<TestType>(labels.data(), ignored, weights.data()), d.data()) ==
        loss);
  CHECK(d == kept);
  CHECK(count_rows(R, Targets<TestType>(labels.data(), ignored)) == 6);
  CHECK(count_rows(R, Targets<TestType>(labels.data())) == R);
  const Index wrong = count_errors(logits, Targets<TestType>(labels.data(), ignored));
  Index expected = 0;
  for (Index r = 0; r < R; ++r)
    if (labels[static_cast<size_t>(r)] != ignored)
      expected += count_errors<TestType>({all.values.data() + r * K, 1, K}, labels.data() + r);
  CHECK(wrong == expected);

  // Weights of 1 are none.
  const std::vector<TestType> ones(static_cast<size_t>(K), 1);
  Buffer<TestType> plain(d.size()), weighted(d.size());  // which values share a vector is the alignment's
  const TestType without =
      softmax_cross_entropy(logits, Targets<TestType>(labels.data(), ignored), plain.data());
  CHECK(softmax_cross_entropy(logits, Targets<TestType>(labels.data(), ignored, ones.data()),
                              weighted.data()) == without);
  CHECK(weighted == plain);

  // Nothing counts: nothing to learn.
  const std::vector<std::uint8_t> none(static_cast<size_t>(R), ignored);
  CHECK(softmax_cross_entropy(logits, Targets<TestType>(none.data(), ignored), d.data()) == 0);
  CHECK(d == std::vector<TestType>(d.size(), 0));
}
