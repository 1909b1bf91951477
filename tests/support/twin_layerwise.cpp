// twin_layerwise.cpp — lars, lamb and fromage: blocks of weights, each with a rate in proportion to its norm.
#include "tests/support/twin_moments.hpp"
#include "tests/support/twin_rows.hpp"

namespace symopt::test::twin {

namespace {

double length(const Vector& x) { return std::sqrt(dot(x, x)); }

// The velocity as the sum of all its pushes, each μ times fainter per step since.
Vector lars_step(const Past& past) {
  Vector theta = past.theta.back();
  const size_t last = past.grad.size() - 1;
  const double beta = past.number("weight-decay");
  for (const Block& block : past.layout.blocks)
    for (size_t t = 0; t <= last; ++t) {
      const Vector w = all_of(past.theta[t], block), g = all_of(past.grad[t], block);
      const double fade = std::pow(past.number("momentum"), static_cast<double>(last - t));
      const double local =
          is_matrix(block) ? past.number("trust") * length(w) / (length(g) + beta * length(w)) : 1;
      for (Index j = 0; j < block.size(); ++j) {
        const size_t i = static_cast<size_t>(j);
        theta[at(block, 0, j)] -=
            past.rate.back() * fade * local * (g[i] + (is_matrix(block) ? beta * w[i] : 0));
      }
    }
  return theta;
}

Vector lamb_step(const Past& past) {
  Vector theta = past.theta.back();
  for (const Block& block : past.layout.blocks) {
    const Vector w = all_of(past.theta.back(), block);
    Vector r;
    for (Index j = 0; j < block.size(); ++j)
      r.push_back(adam_direction(past, at(block, 0, j)) +
                  (is_matrix(block) ? past.number("weight-decay") * w[static_cast<size_t>(j)] : 0));
    const double most = past.number("max-norm");
    const double norm = most == 0 ? length(w) : std::min(length(w), most);
    for (Index j = 0; j < block.size(); ++j)
      theta[at(block, 0, j)] -=
          past.rate.back() * (is_matrix(block) ? norm / length(r) : 1) * r[static_cast<size_t>(j)];
  }
  return theta;
}

Vector fromage_step(const Past& past) {
  Vector theta = past.theta.back();
  const double rate = past.rate.back();
  for (const Block& block : past.layout.blocks) {
    const Vector w = all_of(past.theta.back(), block), g = all_of(past.grad.back(), block);
    for (Index j = 0; j < block.size(); ++j) {
      const size_t i = static_cast<size_t>(j);
      theta[at(block, 0, j)] = (w[i] - rate * length(w) / length(g) * g[i]) / std::sqrt(1 + rate * rate);
    }
  }
  return theta;
}

}  // namespace

Twin lars() {
  return {.name = "lars",
          .step = lars_step,
          .settings = {"", "momentum=0.5 trust=0.1 weight-decay=0.1", "weight-decay=0"},
          .rate = 5};  // a local rate is a thousandth of it
}
Twin lamb() {
  return {.name = "lamb",
          .step = lamb_step,
          .settings = {"", "beta1=0.5 beta2=0.9 eps=0.01 weight-decay=0.5", "weight-decay=0 max-norm=0",
                       "max-norm=0.5"}};
}
Twin fromage() { return {.name = "fromage", .step = fromage_step}; }

}  // namespace symopt::test::twin
