// twin_g_sgd.cpp — g-sgd by its paths: every basis path as the list of its weights, from an input or a bias
// to an output; a step of descent on their values; and weights that give the new values.
#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

struct Chains {
  const ParamLayout& layout;
  size_t depth() const { return layout.layers.size(); }
  const Block& weights(size_t l) const {
    return layout.blocks[static_cast<size_t>(layout.layers[l].weights)];
  }
  /// The skeleton weight of chain j in layer l.
  size_t link(size_t l, Index j) const {
    const Block& W = weights(l);
    return at(W, l + 1 == depth() ? j % W.rows : j, l == 0 ? j % W.cols : j);
  }
};

Vector g_sgd_step(const Past& past) {
  const Chains chains{past.layout};
  const Vector &w = past.theta.back(), &g = past.grad.back();
  const double rate = past.rate.back();
  const size_t depth = chains.depth();
  Vector theta = w;
  const Index width = depth > 1 ? chains.weights(0).rows : 0;
  // Whose links are whose, and what leaves a chain: g w of it.
  std::vector<bool> is_link(w.size(), false);
  for (size_t l = 0; l < depth; ++l)
    for (Index j = 0; j < width; ++j) is_link[chains.link(l, j)] = true;
  Vector ratio;
  for (Index j = 0; j < width; ++j) {
    const size_t first = chains.link(0, j);
    double value = 1, share = g[first] * w[first];
    for (size_t l = 0; l < depth; ++l) value *= w[chains.link(l, j)];
    for (size_t l = 1; l < depth; ++l)
      for (Index b = 0; b < chains.weights(l).rows; ++b) {
        const size_t i = at(chains.weights(l), b, j);
        if (!is_link[i]) share -= g[i] * w[i];
      }
    const double slope = share / value;
    ratio.push_back((value - rate * slope) / value);
    theta[first] = w[first] * ratio.back();
  }
  const auto move = [&](size_t i, const std::vector<size_t>& others, double before) {
    double value = w[i];
    for (size_t other : others) value *= w[other];
    const double slope = g[i] * w[i] / value;
    theta[i] = w[i] * (value - rate * slope) / value / before;
  };
  for (size_t l = 0; l < depth; ++l) {
    const Block& W = chains.weights(l);
    for (Index b = 0; b < W.rows; ++b) {
      std::vector<size_t> on;
      for (size_t k = l + 1; k < depth; ++k) on.push_back(chains.link(k, b));
      for (Index a = 0; a < W.cols; ++a) {
        if (is_link[at(W, b, a)]) continue;
        std::vector<size_t> others = on;
        for (size_t k = 0; k < l; ++k) others.push_back(chains.link(k, a));
        move(at(W, b, a), others, l == 0 ? 1 : ratio[static_cast<size_t>(a)]);
      }
      if (const int bias = past.layout.layers[l].bias; bias >= 0)
        move(at(past.layout.blocks[static_cast<size_t>(bias)], 0, b), on, 1);
    }
  }
  return theta;
}

}  // namespace

// Steps are long where skeleton weights are small.
Twin g_sgd() { return {.name = "g-sgd", .step = g_sgd_step, .rate = 0.02}; }

}  // namespace symopt::test::twin
