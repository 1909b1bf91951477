// twin_nero.cpp — nero: each neuron's gradient over the root of its mean square; rows then come back to mean
// 0 and norm 1, where bind put them. The scale of a block is taken from its first parameters.
#include "tests/support/twin_moments.hpp"
#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

namespace {

Vector balanced(const Vector& w) {
  double mean = 0;
  for (double x : w) mean += x / static_cast<double>(w.size());
  return unit(w.size() == 1 ? w : combine(1, w, -mean, Vector(w.size(), 1.0)));
}

Vector nero_bind(const ParamLayout& layout, const std::map<std::string, std::string>&, const Vector& start) {
  Vector theta = start;
  for (const Block& block : layout.blocks)
    for (Index i = 0; i < block.rows && is_matrix(block); ++i)
      set_row(theta, block, i, balanced(row(start, block, i)));
  return theta;
}

// g over the root of its corrected mean square; 0 where there never was a gradient.
Vector relative(const Past& past, const Rows& history) {
  const double beta = past.number("beta"), n = static_cast<double>(history.size());
  double square = 0;
  for (const Vector& g : history) square = beta * square + (1 - beta) * dot(g, g);
  const Vector& g = history.back();
  return combine(square == 0 ? 0 : 1 / std::sqrt(square / (1 - std::pow(beta, n))), g, 0, g);
}

Vector nero_step(const Past& past) {
  Vector theta = past.theta.back();
  for (const Block& block : past.layout.blocks) {
    double scale = 0;
    for (double w : all_of(past.theta[0], block)) scale += std::abs(w) / static_cast<double>(block.size());
    if (is_matrix(block)) scale = 1;  // their norms
    if (scale == 0) scale = 0.01;
    for (Index i = 0; i < block.rows; ++i) {
      Rows history;
      for (const Vector& g : past.grad) history.push_back(row(g, block, i));
      if (is_matrix(block)) {
        const Vector step = relative(past, history);
        if (dot(step, step) == 0) continue;
        set_row(theta, block, i,
                balanced(combine(1, row(past.theta.back(), block, i), -past.rate.back() * scale, step)));
        continue;
      }
      for (Index j = 0; j < block.cols; ++j) {
        Rows own;
        for (const Vector& g : history) own.push_back({g[static_cast<size_t>(j)]});
        theta[at(block, i, j)] -= past.rate.back() * scale * relative(past, own)[0];
      }
    }
  }
  return theta;
}

}  // namespace

Twin nero() { return {.name = "nero", .step = nero_step, .bind = nero_bind, .settings = {"", "beta=0.5"}}; }

}  // namespace symopt::test::twin
