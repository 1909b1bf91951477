// twin_un_moments.cpp — un-momentum and un-adam, replayed from the start: at each step what is remembered of
// a row comes to the tangent space of where the row is now, and the row's Riemannian gradient joins it. Flat
// parameters are rows of one element, to which nothing is tangent or radial.
#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

namespace {

using Options = std::map<std::string, std::string>;

bool on_manifold(const Block& block, const Options& options) {
  return block.role == Role::filters || (block.role == Role::class_vectors && options.at("theta") == "unit");
}

Vector bind(const ParamLayout& layout, const Options& options, const Vector& start) {
  return unit_filters(layout, start, options.at("theta") == "unit");
}

// The step of one row, or of one flat parameter, by its history of positions and gradients.
using Move = Vector (*)(const Past&, const Rows& w, const Rows& g, bool curved);

Vector by_rows(const Past& past, Move move) {
  Vector theta = past.theta.back();
  for (const Block& block : past.layout.blocks)
    for (Index i = 0; i < block.rows; ++i) {
      Rows w, g;
      for (size_t t = 0; t < past.theta.size(); ++t) {
        w.push_back(row(past.theta[t], block, i));
        g.push_back(row(past.grad[t], block, i));
      }
      Vector xi(w.back().size());
      if (on_manifold(block, past.options)) {
        xi = move(past, w, g, true);
        set_row(theta, block, i, walk(w.back(), xi, past.options.at("retraction") == "exp"));
        continue;
      }
      for (size_t j = 0; j < xi.size(); ++j) {
        Rows point, slope;
        for (size_t t = 0; t < w.size(); ++t) point.push_back({w[t][j]}), slope.push_back({g[t][j]});
        xi[j] = move(past, point, slope, false)[0];
      }
      set_row(theta, block, i, combine(1, w.back(), 1, xi));
    }
  return theta;
}

Vector momentum(const Past& past, const Rows& w, const Rows& g, bool curved) {
  Vector m(w[0].size(), 0.0);
  for (size_t t = 0; t < w.size(); ++t) {
    m = curved ? tangent(m, w[t]) : m;
    m = combine(past.number("momentum"), m, 1, curved ? tangent(g[t], w[t]) : g[t]);
  }
  return combine(-past.rate.back(), m, 0, m);
}

Vector adam(const Past& past, const Rows& w, const Rows& g, bool curved) {
  const double b1 = past.number("beta1"), b2 = past.number("beta2"), n = static_cast<double>(w.size());
  Vector m(w[0].size(), 0.0);
  double v = 0;
  for (size_t t = 0; t < w.size(); ++t) {
    const Vector xi = curved ? tangent(g[t], w[t]) : g[t];
    m = combine(b1, curved ? tangent(m, w[t]) : m, 1 - b1, xi);
    v = b2 * v + (1 - b2) * dot(xi, xi);
  }
  const double first = 1 - std::pow(b1, n), second = 1 - std::pow(b2, n);
  return combine(-past.rate.back() / first / (std::sqrt(v / second) + past.number("eps")), m, 0, m);
}

}  // namespace

Twin un_momentum() {
  return {.name = "un-momentum",
          .step = [](const Past& past) { return by_rows(past, momentum); },
          .bind = bind,
          .settings = {"", "retraction=exp", "theta=unit", "retraction=exp theta=unit momentum=0.5"}};
}

Twin un_adam() {
  return {.name = "un-adam",
          .step = [](const Past& past) { return by_rows(past, adam); },
          .bind = bind,
          .settings = {"", "retraction=exp", "theta=unit beta1=0.5 beta2=0.9",
                       "retraction=exp theta=unit eps=0.01"}};
}

}  // namespace symopt::test::twin
