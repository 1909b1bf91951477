// twin_sm.cpp — the scaled metric. Normalized networks: a row moves by its squared norm times its gradient,
// the rest by its gradient. Plain ones: γ_j, the sum of the squared weights over all paths from the inputs to
// unit j, says how a unit's scale stands; an edge j → i moves by (Σ_u w_iu² γ_u / γ_j) g_ij. A channel has
// one scale at all of its pixels, and a filter sees its channels side by side.
#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

Vector step(const Past& past) {
  const Vector &w = past.theta.back(), &g = past.grad.back();
  const double rate = past.rate.back();
  Vector theta = w;
  Vector scale(static_cast<size_t>(past.spec.inputs()), 1.0);  // of the inputs of the layer
  for (const LayerBlocks& layer : past.layout.layers) {
    const Block& block = past.layout.blocks[static_cast<size_t>(layer.weights)];
    Vector own;  // of its filters
    for (Index i = 0; i < block.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < block.cols; ++j)
        sum += w[at(block, i, j)] * w[at(block, i, j)] * scale[static_cast<size_t>(j) % scale.size()];
      own.push_back(sum);
      for (Index j = 0; j < block.cols; ++j)
        theta[at(block, i, j)] -=
            rate * sum / scale[static_cast<size_t>(j) % scale.size()] * g[at(block, i, j)];
    }
    for (int b : {layer.bias, layer.bn_scale, layer.bn_shift}) {
      if (b < 0) continue;
      const Block& vector = past.layout.blocks[static_cast<size_t>(b)];
      for (Index i = 0; i < vector.cols; ++i)
        theta[at(vector, 0, i)] -=
            rate * (past.spec.batch_norm() ? 1 : own[static_cast<size_t>(i)]) * g[at(vector, 0, i)];
    }
    scale.assign(own.size() / static_cast<size_t>(layer.pool), past.spec.batch_norm() ? 1.0 : 0.0);
    if (!past.spec.batch_norm())
      for (size_t i = 0; i < own.size(); ++i) scale[i / static_cast<size_t>(layer.pool)] += own[i];
  }
  return theta;
}

}  // namespace

Twin sm() { return {.name = "sm", .step = step}; }

}  // namespace symopt::test::twin
