// correlation.cpp — Pearson's r, with Fisher's interval (1915) and the t test.
#include "results/correlation.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>

#include "results/statistics.hpp"

namespace symopt {

Correlation correlation(std::span<const double> x, std::span<const double> y) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  assert(x.size() == y.size());
  const auto n = static_cast<double>(x.size());
  Correlation result{static_cast<int>(x.size()), kNone, {kNone, kNone}, kNone};
  const double mx = mean(x), my = mean(y);
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
    xy += (x[i] - mx) * (y[i] - my);
  }
  if (!(xx > 0) || !(yy > 0) || !std::isfinite(xx) || !std::isfinite(yy)) return result;
  result.r = std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0);
  if (x.size() < 3) return result;
  const double left = 1 - result.r * result.r;
  const double t = std::abs(result.r) * std::sqrt((n - 2) / left);
  result.p = std::isinf(t) ? 0 : 2 * cdf(complement(boost::math::students_t(n - 2), t));
  if (x.size() < 4) return result;
  const double z = std::atanh(result.r),
               reach = boost::math::quantile(boost::math::normal(), 0.975) / std::sqrt(n - 3);
  result.interval = {std::tanh(z - reach), std::tanh(z + reach)};
  return result;
}

}  // namespace symopt
