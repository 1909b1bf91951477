// twin_projected.cpp — methods that divide filters by their norms: constrained, pbwn and weight-norm. Here
// weight-norm does hold V, and descends on it.
#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

namespace {

Vector bind(const ParamLayout& layout, const std::map<std::string, std::string>&, const Vector& start) {
  return unit_filters(layout, start);
}

Vector descend(const Past& past) {
  return combine(1, past.theta.back(), -past.rate.back(), past.grad.back());
}

Vector constrained_step(const Past& past) { return unit_filters(past.layout, descend(past)); }

Vector pbwn_step(const Past& past) {
  const bool project = past.theta.size() % static_cast<size_t>(past.number("period")) == 0;
  return project ? constrained_step(past) : descend(past);
}

// dL/dv = (g − (g·w) w)/‖v‖ at w = v/‖v‖.
Vector weight_norm_step(const Past& past) {
  Vector theta = descend(past);
  for (const Block& block : past.layout.blocks)
    for (Index i = 0; i < block.rows && block.role == Role::filters; ++i) {
      Vector v = row(past.theta[0], block, i);
      for (size_t t = 0; t < past.theta.size(); ++t)
        v = combine(1, v, -past.rate[t] / std::sqrt(dot(v, v)),
                    tangent(row(past.grad[t], block, i), row(past.theta[t], block, i)));
      set_row(theta, block, i, unit(v));
    }
  return theta;
}

}  // namespace

Twin constrained() { return {.name = "constrained", .step = constrained_step, .bind = bind}; }
Twin pbwn() {
  return {.name = "pbwn", .step = pbwn_step, .bind = bind, .settings = {"", "period=2", "period=3"}};
}
Twin weight_norm() { return {.name = "weight-norm", .step = weight_norm_step, .bind = bind}; }

}  // namespace symopt::test::twin
