// test_statistics.cpp — against R 4.2.2 (Debian r-base-core 4.2.2.20221110-2), whose calls stand beside the
// numbers. R and Boost evaluate the same distribution functions by different series: 1e-12 relative leaves
// both some 4000 ε.
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.hpp"
#include "results/statistics.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

const double nan_value = std::numeric_limits<double>::quiet_NaN();
const double inf = std::numeric_limits<double>::infinity();

using Values = std::vector<double>;

void check_near(double actual, double expected) {
  CAPTURE(actual, expected, actual - expected);
  CHECK(std::abs(actual - expected) <= 1e-12 * std::abs(expected));
}

Values zeros(const Values& x) { return Values(x.size(), 0.0); }

// 1 … n, negative where i mod `period` is 1.
Values signed_range(int n, int period) {
  Values d;
  for (int i = 1; i <= n; ++i) d.push_back(i % period == 1 ? -i : i);
  return d;
}

// Test errors of ten trials: no two differences of the same size.
const Values a_errors = {0.0143, 0.0151, 0.0139, 0.0162, 0.0147, 0.0155, 0.0149, 0.0158, 0.0141, 0.0153};
const Values b_errors = {0.0150, 0.0149, 0.0152, 0.0171, 0.0158, 0.0159, 0.0152, 0.0175, 0.0147, 0.0165};

}  // namespace

TEST_CASE("statistics: moments and type 7 quantiles are R's") {
  const Values x = {3.1, 1.4, 1.5, 9.2, 6.5, 3.5, 8.9, 7.9};
  // mean(x), var(x), sd(x), median(x)
  check_near(mean(x), 5.25);
  check_near(variance(x), 10.582857142857142);
  check_near(median(x), 5);
  // quantile(x, c(0, .025, .1, .25, .5, .75, .9, .975, 1), type = 7)
  const Values q = {0, .025, .1, .25, .5, .75, .9, .975, 1};
  const Values expected = {1.4, 1.4175, 1.47, 2.7, 5, 8.15, 8.99, 9.1475, 9.2};
  for (std::size_t i = 0; i < q.size(); ++i) check_near(quantile(x, q[i]), expected[i]);
}

TEST_CASE("statistics: too few values have no moments") {
  CHECK(std::isnan(mean(Values{})));
  CHECK(std::isnan(variance(Values{})));
  CHECK(std::isnan(variance(Values{3})));
  CHECK(mean(Values{3}) == 3);
  CHECK(std::isnan(median({})));
  CHECK(quantile({3}, 0.3) == 3);
}

TEST_CASE("statistics: quantiles of infinite values are exact, of NaN are NaN") {
  CHECK(median({1, inf, inf}) == inf);
  CHECK(median({1, 2, inf}) == 2);
  CHECK(median({1, 2, inf, inf}) == inf);
  CHECK(quantile({1, 2, inf}, 0.5) == 2);
  CHECK(std::isnan(median({1, nan_value, 2})));
}

TEST_CASE("statistics: quantiles do not depend on the order and lie between the extremes") {
  Stream stream(7);
  for (int round = 0; round < 200; ++round) {
    Values x(1 + stream.below(30));
    for (double& v : x) v = stream.normal();
    Values sorted = x;
    std::sort(sorted.begin(), sorted.end());
    double before = sorted.front();
    for (int i = 0; i <= 20; ++i) {
      const double q = quantile(x, i / 20.0);
      CHECK(q == quantile(sorted, i / 20.0));
      CHECK(q >= before);
      CHECK(q <= sorted.back());
      before = q;
    }
  }
}

TEST_CASE("statistics: paired t and exact Wilcoxon are R's on test errors") {
  const PairedTest test = paired_test(a_errors, b_errors, 1);
  CHECK(test.pairs == 10);
  // t.test(a, b, paired = TRUE); the same with alternative = "less"; mean(a - b); mean(a - b) / sd(a - b)
  check_near(test.t, -4.5518594508652894);
  check_near(test.p_t, 0.0013822585091011847);
  check_near(test.p_t_less, 0.00069112925455059237);
  check_near(test.mean_difference, -0.0008);
  check_near(test.d_z, -1.439424345369761);
  // wilcox.test(round((a - b) * 10000))
  CHECK(test.w == 1);
  check_near(test.p_wilcoxon, 0.00390625);
}

TEST_CASE("statistics: paired t and exact Wilcoxon are R's on the depression data of its manual") {
  const Values x = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
  const Values y = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
  const PairedTest test = paired_test(x, y, 1);
  // t.test(x, y, paired = TRUE); the same with alternative = "less"; mean(x - y) / sd(x - y)
  check_near(test.t, 3.0353754156485913);
  check_near(test.p_t, 0.016176627434908095);
  check_near(test.p_t_less, 0.99191168628254589);
  check_near(test.d_z, 1.0117918052161969);
  // wilcox.test(x, y, paired = TRUE, exact = TRUE)
  CHECK(test.w == 40);
  check_near(test.p_wilcoxon, 0.0390625);
}

TEST_CASE("statistics: Wilcoxon with ties and zeros is R's normal approximation") {
  // wilcox.test(x, y, paired = TRUE), which says: with continuity correction
  struct Case {
    Values x, y;
    double w, p;
  };
  const std::vector<Case> cases = {
      // ties and zeros
      {{12, 15, 9, 20, 14, 14, 11, 18, 13, 16, 10, 17},
       {10, 15, 12, 16, 12, 13, 11, 14, 16, 14, 8, 16},
       40,
       0.21734782167405442},
      // ties only
      {{12, 15, 9, 20, 14, 18}, {10, 14, 12, 16, 12, 17}, 16, 0.29184054514378849},
      // a zero only
      {{5, 7, 1, 9, 20}, {5, 6, 3, 6, 16}, 8, 0.36131042852617873},
      // all tied
      {{2, 2, 2, 2, 2}, {0, 0, 0, 0, 0}, 15, 0.036888425707049893},
  };
  for (const Case& c : cases) {
    const PairedTest test = paired_test(c.x, c.y, 1);
    CHECK(test.w == c.w);
    check_near(test.p_wilcoxon, c.p);
  }
}

TEST_CASE("statistics: Wilcoxon is exact up to 50 differences and normal from 51") {
  // d <- (1:n) * ifelse((1:n) %% k == 1, -1, 1); wilcox.test(d, exact = TRUE), for n = 51 exact = FALSE
  struct Case {
    int n, period;
    double w, p;
  };
  for (const Case& c : {Case{50, 3, 850, 0.03996834652842373}, Case{50, 5, 1040, 5.1210920263500263e-05},
                        Case{51, 3, 901, 0.026000896360930677}}) {
    const Values d = signed_range(c.n, c.period);
    const PairedTest test = paired_test(d, zeros(d), 1);
    CHECK(test.w == c.w);
    check_near(test.p_wilcoxon, c.p);
  }
}

TEST_CASE("statistics: exact Wilcoxon counts the same as listing all signs") {
  Stream stream(3);
  for (int n = 1; n <= 10; ++n)
    for (int round = 0; round < 20; ++round) {
      Values d;
      int w = 0;
      for (int i = 1; i <= n; ++i) {
        const bool positive = stream.below(2) == 1;
        d.push_back(positive ? i : -i);
        w += positive ? i : 0;
      }
      // As far from the middle as w, on either side.
      const int middle_2 = n * (n + 1) / 2;
      int as_far = 0;
      for (int signs = 0; signs < 1 << n; ++signs) {
        int sum = 0;
        for (int i = 1; i <= n; ++i) sum += (signs >> (i - 1) & 1) ? i : 0;
        as_far += std::abs(2 * sum - middle_2) >= std::abs(2 * w - middle_2);
      }
      const PairedTest test = paired_test(d, zeros(d), 1);
      CHECK(test.w == w);
      check_near(test.p_wilcoxon, as_far / std::pow(2.0, n));
    }
}

TEST_CASE("statistics: error rates whose counts differ by the same tie in spite of rounding") {
  // In binary 0.0140 − 0.0137, 0.0158 − 0.0155 and 0.5003 − 0.5 all differ.
  const Values a = {0.0140, 0.0158, 0.5003, 0.02}, b = {0.0137, 0.0155, 0.5, 0.025};
  REQUIRE(a[0] - b[0] != a[1] - b[1]);
  const PairedTest test = paired_test(a, b, 1);
  const Values d = {3, 3, 3, -50};
  CHECK(test.w == 6);
  CHECK(test.p_wilcoxon == paired_test(d, zeros(d), 1).p_wilcoxon);
}

TEST_CASE("statistics: no pairs, one pair") {
  const PairedTest none = paired_test(Values{}, Values{}, 1);
  CHECK(none.pairs == 0);
  for (const double v : {none.mean_difference, none.interval.low, none.t, none.p_t, none.p_t_less, none.w,
                         none.p_wilcoxon, none.d_z})
    CHECK(std::isnan(v));

  const PairedTest one = paired_test(Values{5}, Values{2}, 1);
  CHECK(one.pairs == 1);
  CHECK(one.mean_difference == 3);
  CHECK(one.w == 1);
  CHECK(one.p_wilcoxon == 1);  // wilcox.test(3)
  for (const double v : {one.interval.low, one.interval.high, one.t, one.p_t, one.p_t_less, one.d_z})
    CHECK(std::isnan(v));
}

TEST_CASE("statistics: differences that are all zero say nothing against equality") {
  const PairedTest test = paired_test(a_errors, a_errors, 1);
  CHECK(test.mean_difference == 0);
  CHECK(test.interval.low == 0);
  CHECK(test.interval.high == 0);
  CHECK(test.w == 0);
  CHECK(test.p_wilcoxon == 1);
  for (const double v : {test.t, test.p_t, test.p_t_less, test.d_z}) CHECK(std::isnan(v));
}

TEST_CASE("statistics: constant differences have no t, rounding or not") {
  Values b = a_errors;
  for (double& v : b) v += 0.0007;  // each sum rounded its own way
  const PairedTest test = paired_test(a_errors, b, 1);
  CHECK(test.w == 0);
  for (const double v : {test.t, test.p_t, test.p_t_less, test.d_z}) CHECK(std::isnan(v));
}

TEST_CASE("statistics: values that are not finite give NaN, not a crash") {
  for (const double bad : {nan_value, inf, -inf}) {
    const PairedTest test = paired_test(Values{1, 2, bad}, Values{2, 4, 5}, 1);
    CHECK(test.pairs == 3);
    for (const double v : {test.interval.low, test.t, test.p_t, test.w, test.p_wilcoxon, test.d_z})
      CHECK(std::isnan(v));
    CHECK(std::isnan(bootstrap_mean(Values{1, 2, bad}, 1).low));
  }
}

TEST_CASE("statistics: exchanging a and b mirrors the test") {
  const PairedTest ab = paired_test(a_errors, b_errors, 5), ba = paired_test(b_errors, a_errors, 5);
  CHECK(ab.t == -ba.t);
  CHECK(ab.d_z == -ba.d_z);
  CHECK(ab.p_t == ba.p_t);
  check_near(ab.p_t_less, 1 - ba.p_t_less);
  CHECK(ab.p_wilcoxon == ba.p_wilcoxon);
  CHECK(ab.w + ba.w == 55);
  check_near(ab.interval.low, -ba.interval.high);
  check_near(ab.interval.high, -ba.interval.low);
}

TEST_CASE("statistics: Holm's correction is R's, NaN left out") {
  // p.adjust(p, "holm")
  const Values p = {0.01, 0.04, 0.03, 0.005, 0.5, 0.9, 0.04};
  const Values expected = {0.06, 0.16, 0.15, 0.035, 1, 1, 0.16};
  const Values adjusted = holm(p);
  for (std::size_t i = 0; i < p.size(); ++i) check_near(adjusted[i], expected[i]);
  // p.adjust(c(0.02, NA, 0.03, 0.01), "holm")
  const Values with_nan = holm(Values{0.02, nan_value, 0.03, 0.01});
  check_near(with_nan[0], 0.04);
  CHECK(std::isnan(with_nan[1]));
  check_near(with_nan[2], 0.04);
  check_near(with_nan[3], 0.03);
  CHECK(holm(Values{}).empty());
}

TEST_CASE("statistics: Holm's correction keeps the order, never lowers, never exceeds 1") {
  Stream stream(11);
  for (int round = 0; round < 200; ++round) {
    Values p(1 + stream.below(20));
    for (double& v : p) v = stream.uniform() * stream.uniform();
    const Values adjusted = holm(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      CHECK(adjusted[i] >= p[i]);
      CHECK(adjusted[i] <= 1);
      for (std::size_t j = 0; j < p.size(); ++j)
        if (p[i] <= p[j]) CHECK(adjusted[i] <= adjusted[j]);
    }
  }
}
