// twin_radial.cpp — sgdp and adamp: what a step has along the weights is taken out of it, row by row where
// every row's gradient is nearly orthogonal to the row, else of the whole block where the block's is.
#include "tests/support/twin_moments.hpp"
#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

namespace {

bool orthogonal(const Vector& w, const Vector& g, double delta) {
  const double lengths = std::sqrt(dot(w, w)) * std::sqrt(dot(g, g));
  return lengths == 0 || std::abs(dot(w, g)) / lengths < delta / std::sqrt(static_cast<double>(w.size()));
}

Vector without(const Vector& w, const Vector& u) {
  return dot(w, w) == 0 ? u : combine(1, u, -dot(u, w) / dot(w, w), w);
}

// `u`: the step of every parameter before projection, `decay` what an unprojected weight loses.
Vector radial_step(const Past& past, const Vector& u, double decay) {
  const Vector &w = past.theta.back(), &g = past.grad.back();
  const double delta = past.number("delta");
  Vector theta = w;
  for (const Block& block : past.layout.blocks) {
    bool rows = is_matrix(block);
    for (Index i = 0; i < block.rows; ++i)
      rows = rows && orthogonal(row(w, block, i), row(g, block, i), delta);
    const bool whole = is_matrix(block) && !rows && orthogonal(all_of(w, block), all_of(g, block), delta);
    const double lost = decay * (rows || whole ? past.number("decay-ratio") : 1);
    const Vector of_block = whole ? without(all_of(w, block), all_of(u, block)) : all_of(u, block);
    for (Index i = 0; i < block.rows; ++i) {
      Vector step;
      for (Index j = 0; j < block.cols; ++j)
        step.push_back(of_block[static_cast<size_t>(i * block.cols + j)]);
      if (rows) step = without(row(w, block, i), step);
      set_row(theta, block, i, combine(1 - lost, row(w, block, i), -past.rate.back(), step));
    }
  }
  return theta;
}

Vector sgdp_step(const Past& past) {
  const double mu = past.number("momentum");
  Vector v(past.grad[0].size(), 0.0);
  for (const Vector& g : past.grad) v = combine(mu, v, 1, g);
  return radial_step(past, v, past.rate.back() * past.number("weight-decay") / (1 - mu));
}

Vector adamp_step(const Past& past) {
  Vector u;
  for (size_t i = 0; i < past.grad[0].size(); ++i) u.push_back(adam_direction(past, i));
  return radial_step(past, u, past.rate.back() * past.number("weight-decay"));
}

}  // namespace

// delta: 0.5 has blocks of both kinds, 1000 projects all rows, 0 none but scale-free ones.
Twin sgdp() {
  return {.name = "sgdp",
          .step = sgdp_step,
          .settings = {"", "momentum=0.5 weight-decay=0.01 delta=0.5",
                       "weight-decay=0.01 delta=1000 decay-ratio=0.5", "delta=0"}};
}
Twin adamp() {
  return {.name = "adamp",
          .step = adamp_step,
          .settings = {"", "beta1=0.5 beta2=0.9 weight-decay=0.1 delta=0.5",
                       "eps=0.01 weight-decay=0.1 delta=1000 decay-ratio=0.5", "delta=0"}};
}

}  // namespace symopt::test::twin
