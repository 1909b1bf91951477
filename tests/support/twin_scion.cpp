// twin_scion.cpp — each block by the norm of its place: first layer, other filters, class vectors, vectors.
#include "tests/support/twin_matrices.hpp"

namespace symopt::test::twin {

namespace {

Rows scion_direction(const Past& past, const LayerBlocks& layer, bool first, const Block& block) {
  Rows d = running_mean(past.grad, block, 1 - past.number("alpha"));
  const double window = static_cast<double>(layer.window), m = static_cast<double>(block.rows),
               n = static_cast<double>(block.cols);
  if (block.role == Role::filters) {
    double factor = std::sqrt(m / (n / window)) / window;
    if (first && layer.window == 1 && factor < 1) factor = 1;
    return sum(past.number("radius") * factor, newton_schulz(d, static_cast<int>(past.number("ns-steps"))), 0,
               d);
  }
  if (block.role == Role::class_vectors) {
    for (Vector& row : d)
      for (double& x : row) x = past.number("radius-classes") / n * (x > 0 ? 1 : x < 0 ? -1 : 0);
    return d;
  }
  const double rms = norm(d) / std::sqrt(n);
  return sum(past.number("radius") / (rms + 1e-8), d, 0, d);
}

Vector scion_step(const Past& past) {
  Vector theta = past.theta.back();
  const double rate = past.rate.back(), keep = past.options.at("constrained") == "true" ? 1 - rate : 1;
  for (size_t l = 0; l < past.layout.layers.size(); ++l) {
    const LayerBlocks& layer = past.layout.layers[l];
    for (const int i : {layer.weights, layer.bias, layer.bn_scale, layer.bn_shift}) {
      if (i < 0) continue;
      const Block& block = past.layout.blocks[static_cast<size_t>(i)];
      set_matrix(theta, block,
                 sum(keep, matrix(theta, block), -rate, scion_direction(past, layer, l == 0, block)));
    }
  }
  return theta;
}

}  // namespace

// As under muon. The rate is small because class vectors move by 1024 of it.
Twin scion() {
  return {.name = "scion",
          .step = scion_step,
          .settings = {"", "alpha=0.5 radius=2 constrained=true", "radius-classes=10 ns-steps=2"},
          .roundings = 485,
          .rate = 0.05};
}

}  // namespace symopt::test::twin
