// twin_enorm.cpp — enorm, replayed from the start for the sake of its velocity: a step of descent, then unit
// after unit, layer after layer, what enters and what leaves it is made equally long.
#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

// Calls visit(parameter) for the weights that enter unit f of layer l, and for those that leave it.
template <class Visit>
void entering(const ParamLayout& layout, size_t l, Index f, const Visit& visit) {
  const LayerBlocks& layer = layout.layers[l];
  const Block& W = layout.blocks[static_cast<size_t>(layer.weights)];
  for (Index i = f * layer.pool; i < (f + 1) * layer.pool; ++i)
    for (Index j = 0; j < W.cols; ++j) visit(at(W, i, j));
}
template <class Visit>
void leaving(const ParamLayout& layout, size_t l, Index f, const Visit& visit) {
  const LayerBlocks& next = layout.layers[l + 1];
  const Block& W = layout.blocks[static_cast<size_t>(next.weights)];
  for (Index i = 0; i < W.rows; ++i)
    for (Index j = f; j < W.cols; j += next.channels) visit(at(W, i, j));
}

void balance(const Past& past, Vector& theta, Vector& velocity) {
  const ParamLayout& layout = past.layout;
  const size_t last = past.options.at("balance-last") == "true" ? 1 : 2;
  for (size_t l = 0; l + last < layout.layers.size(); ++l)
    for (Index f = 0; f < layout.layers[l + 1].channels; ++f) {
      double in = 0, out = 0;
      entering(layout, l, f, [&](size_t i) { in += theta[i] * theta[i]; });
      leaving(layout, l, f, [&](size_t i) { out += theta[i] * theta[i]; });
      if (in == 0 || out == 0) continue;
      const double d = std::sqrt(std::sqrt(out) / (past.number("c") * std::sqrt(in)));
      const auto grow = [&](size_t i) { theta[i] *= d, velocity[i] /= d; };
      entering(layout, l, f, grow);
      const LayerBlocks& layer = layout.layers[l];
      if (layer.bias >= 0)
        for (Index i = f * layer.pool; i < (f + 1) * layer.pool; ++i)
          grow(at(layout.blocks[static_cast<size_t>(layer.bias)], 0, i));
      leaving(layout, l, f, [&](size_t i) { theta[i] /= d, velocity[i] *= d; });
    }
}

Vector enorm_step(const Past& past) {
  Vector theta, velocity(past.theta[0].size(), 0.0);
  for (size_t t = 0; t < past.grad.size(); ++t) {
    theta = past.theta[t];
    for (size_t i = 0; i < theta.size(); ++i) {
      velocity[i] =
          past.number("momentum") * velocity[i] + past.grad[t][i] + past.number("weight-decay") * theta[i];
      theta[i] -= past.rate[t] * velocity[i];
    }
    balance(past, theta, velocity);
  }
  return theta;
}

}  // namespace

Twin enorm() {
  return {.name = "enorm",
          .step = enorm_step,
          .settings = {"", "c=1 balance-last=true", "momentum=0.5 weight-decay=0.1",
                       "c=1 momentum=0.9 weight-decay=0 balance-last=true"}};
}

}  // namespace symopt::test::twin
