// test_statistics.cpp — against R 4.2.2 (Debian r-base-core 4.2.2.20221110-2), whose calls stand beside the
// numbers; where a call is Python's, against SciPy 1.10.1. They and Boost evaluate the same distribution
// functions by different series: 1e-12 relative leaves both some 4000 ε.
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

TEST_CASE("statistics: the slope of logarithms is a law's power, and of no law NumPy's polyfit") {
  const Values x = {1e-3, 1e-2, 0.3, 2};
  Values cubes;
  for (const double v : x) cubes.push_back(7 * v * v * v);
  check_near(log_slope(x, cubes), 3);
  check_near(log_slope(Values{1, 2, 5, 10}, Values{3, 1, 4, 0.5}), -0.4649411543125469);
  CHECK(std::isnan(log_slope(Values{2}, Values{3})));
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

TEST_CASE("statistics: Wilcoxon is exact under ties, over the ranks that are there, zeros dropped") {
  struct Case {
    Values d;
    double w;
    int zeros;
    double p;
  };
  const std::vector<Case> cases = {
      // All positive, two of them tied: 2 of 2^n signs are as far from the middle.
      {{1, 2, 3, 4, 5, 6, 7, 8, 9, 9}, 55, 0, 0.001953125},
      {{1, 1, 2}, 6, 0, 0.25},
      {{2, 2, 2, 2, -2}, 12, 0, 0.375},  // ranks 3: 2·(1 + 5)/2^5
      {{0, 5, 7, 0, 9}, 6, 2, 0.25},
      // A tie across the signs: ranks 1.5, 1.5, 3; W+ = 4.5, the doubled sums of at most 3 are 0, 3, 3 of 8.
      {{1, -1, 2}, 4.5, 0, 0.75},
  };
  for (const Case& c : cases) {
    const PairedTest test = paired_test(c.d, zeros(c.d), 1);
    CAPTURE(c.d.size(), test.p_wilcoxon);
    CHECK(test.w == c.w);
    CHECK(test.zeros == c.zeros);
    CHECK(test.p_wilcoxon == c.p);
  }
}

TEST_CASE("statistics: Wilcoxon under ties and zeros counts the same as listing all signs") {
  Stream stream(5);
  for (int round = 0; round < 300; ++round) {
    Values d(2 + stream.below(11));
    for (double& v : d) v = static_cast<double>(stream.below(9)) - 4;
    const PairedTest test = paired_test(d, zeros(d), 1);
    if (std::isnan(test.p_t)) continue;
    // Twice the mean rank of |v| among those that are not 0, by its definition.
    std::vector<int> ranks;
    int w = 0, total = 0, zero = 0;
    for (const double v : d) {
      int below = 0, equal = 0;
      for (const double u : d)
        below += u != 0 && std::abs(u) < std::abs(v), equal += std::abs(u) == std::abs(v);
      if (v == 0) {
        ++zero;
        continue;
      }
      ranks.push_back(2 * below + equal + 1);
      total += ranks.back(), w += v > 0 ? ranks.back() : 0;
    }
    int as_far = 0;
    for (int signs = 0; signs < 1 << ranks.size(); ++signs) {
      int sum = 0;
      for (std::size_t i = 0; i < ranks.size(); ++i) sum += (signs >> i & 1) ? ranks[i] : 0;
      as_far += std::abs(2 * sum - total) >= std::abs(2 * w - total);
    }
    CHECK(2 * test.w == w);
    CHECK(test.zeros == zero);
    CHECK(test.p_wilcoxon == std::ldexp(as_far, -static_cast<int>(ranks.size())));
  }
}

TEST_CASE(
    "statistics: Wilcoxon of more than 50 differences with ties and zeros is SciPy's normal approximation") {
  // wilcoxon(d, correction=True, mode="approx"), of the differences below
  Values d(4, 0.0);
  for (int i = 1; i <= 56; ++i) d.push_back((i % 9 + 1) * (i % 3 == 1 ? -1 : 1));
  const PairedTest test = paired_test(d, zeros(d), 1);
  CHECK(test.zeros == 4);
  CHECK(test.w == 1064);
  check_near(test.p_wilcoxon, 0.030088122733451697);
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
  for (int n = 2; n <= 10; ++n)
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
  for (const double v :
       {one.interval.low, one.interval.high, one.t, one.p_t, one.p_t_less, one.w, one.p_wilcoxon, one.d_z})
    CHECK(std::isnan(v));
  CHECK(untested_reason(none.pairs, none.p_t) == "no pair");
  CHECK(untested_reason(one.pairs, one.p_t) == "1 pair");
}

TEST_CASE(
    "statistics: differences that do not vary have neither test, rounding or not, nor a part in Holm's") {
  Values shifted = a_errors;
  for (double& v : shifted) v += 0.0007;  // each sum rounded its own way
  std::vector<double> p_t, p_wilcoxon;
  for (const Values& b : {a_errors, shifted, b_errors}) {
    const PairedTest test = paired_test(a_errors, b, 1);
    p_t.push_back(test.p_t), p_wilcoxon.push_back(test.p_wilcoxon);
    if (b == b_errors) {
      CHECK(untested_reason(test.pairs, test.p_t).empty());
      continue;
    }
    CHECK(std::abs(test.mean_difference - (b == a_errors ? 0 : -0.0007)) < 1e-16);
    CHECK(test.zeros == (b == a_errors ? 10 : 0));
    for (const double v : {test.interval.low, test.interval.high, test.t, test.p_t, test.p_t_less, test.w,
                           test.p_wilcoxon, test.d_z, test.standard_error, equivalence(test, 1).p_within,
                           equivalence(test, 1).p_beyond, equivalence(test, 1).interval.low})
      CHECK(std::isnan(v));
    CHECK(untested_reason(test.pairs, test.p_t) == "differences that do not vary");
  }
  CHECK(holm(p_t)[2] == p_t[2]);  // alone in its family
  CHECK(holm(p_wilcoxon)[2] == p_wilcoxon[2]);
}

TEST_CASE("statistics: equivalence is SciPy's two one-sided t tests, and its 90 % interval says the same") {
  const PairedTest test = paired_test(a_errors, b_errors, 1);
  // max(ttest_1samp(a - b, m, alternative="less").pvalue, ttest_1samp(a - b, -m,
  // alternative="greater").pvalue) with m = 0.0012; mean ± sem(a - b) times brentq(lambda x: t.sf(x, 9) -
  // 0.05, 1, 4)
  const Equivalence e = equivalence(test, 0.0012);
  check_near(e.p_within, 0.024443397249358761);
  check_near(e.interval.low, -0.0011221739075986232);
  check_near(e.interval.high, -0.0004778260924013781);
  Stream stream(8);
  int within = 0, beyond = 0;
  for (int round = 0; round < 5000; ++round) {
    Values a(2 + stream.below(10)), b(a.size());
    const double shift = stream.uniform(-3, 3);
    for (double& v : a) v = shift + 0.5 * stream.normal();
    const PairedTest one = paired_test(a, b, 1);
    const Equivalence by = equivalence(one, 1);
    CHECK((by.p_within < 0.05) == (by.interval.low > -1 && by.interval.high < 1));
    CHECK((by.p_beyond < 0.05) == (by.interval.low > 1 || by.interval.high < -1));
    within += by.p_within < 0.05, beyond += by.p_beyond < 0.05;
  }
  CHECK(within > 500);
  CHECK(beyond > 500);
}

TEST_CASE("statistics: values that are not finite give NaN, not a crash") {
  for (const double bad : {nan_value, inf, -inf}) {
    const PairedTest test = paired_test(Values{1, 2, bad}, Values{2, 4, 5}, 1);
    CHECK(test.pairs == 3);
    for (const double v : {test.interval.low, test.t, test.p_t, test.w, test.p_wilcoxon, test.d_z})
      CHECK(std::isnan(v));
    CHECK(std::isnan(mean_interval(Values{1, 2, bad}, 1).low));
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
