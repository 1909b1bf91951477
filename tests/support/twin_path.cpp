// twin_path.cpp — path-sgd and ddp-sgd: every parameter by g/κ, with the quadratic forms of the paper
// (Neyshabur, Tomioka, Salakhutdinov, Srebro 2016) written out: C is the matrix of second moments of a
// layer's inputs and of the biases' source, which is 1.
#include <cmath>

#include "tests/support/twins.hpp"

namespace symopt::test::twin {

namespace {

// One layer: effective weights with the bias as a last column, C, and what is found on the way.
struct Layer {
  Rows w, C;
  Vector gamma2, own, s, g;  // γ² of inputs and of filters; factor of a filter; g of a filter
};

std::vector<Layer> layers_of(const Past& past, double alpha) {
  const Vector& theta = past.theta.back();
  const NaivePass pass = NaiveNetwork(past.spec).train(theta, past.X.back(), past.labels.back());
  std::vector<Layer> layers;
  Vector gamma2(static_cast<size_t>(past.spec.inputs()), 1.0);
  for (size_t l = 0; l < pass.layers.size(); ++l) {
    const LayerBlocks& blocks = past.layout.layers[l];
    const Block& weights = past.layout.blocks[static_cast<size_t>(blocks.weights)];
    const size_t I = static_cast<size_t>(weights.cols), O = static_cast<size_t>(weights.rows);
    Layer layer;
    layer.gamma2 = gamma2;
    layer.gamma2.push_back(1);
    layer.s.assign(O, 1.0);
    for (size_t v = 0; v < O; ++v) {
      const Index row = static_cast<Index>(v);
      if (blocks.bn_scale >= 0)
        layer.s[v] = theta[at(past.layout.blocks[static_cast<size_t>(blocks.bn_scale)], 0, row)] /
                     std::sqrt(pass.layers[l].variance[v] + past.spec.bn_epsilon);
      layer.w.emplace_back();
      for (size_t u = 0; u < I; ++u)
        layer.w[v].push_back(layer.s[v] * theta[at(weights, row, static_cast<Index>(u))]);
      layer.w[v].push_back(
          blocks.bias < 0 ? 0 : theta[at(past.layout.blocks[static_cast<size_t>(blocks.bias)], 0, row)]);
    }
    layer.C.assign(I + 1, Vector(I + 1, 0.0));
    for (Vector a : pass.layers[l].inputs) {
      a.push_back(1);
      for (size_t u = 0; u <= I; ++u)
        for (size_t t = 0; t <= I; ++t)
          layer.C[u][t] += a[u] * a[t] / static_cast<double>(past.X.back().size());
    }
    layer.own.assign(O, 0.0);
    gamma2.assign(O / static_cast<size_t>(blocks.pool), 0.0);
    for (size_t v = 0; v < O; ++v) {
      for (size_t u = 0; u <= I; ++u)
        for (size_t t = 0; t <= I; ++t)
          layer.own[v] += layer.w[v][u] * layer.w[v][t] *
                          (alpha * layer.C[u][t] + (u == t ? (1 - alpha) * layer.gamma2[u] : 0));
      gamma2[v / static_cast<size_t>(blocks.pool)] += layer.own[v];
    }
    layers.push_back(layer);
  }
  return layers;
}

double R(const Layer& layer, size_t u, double alpha) {
  return alpha * layer.C[u][u] + (1 - alpha) * layer.gamma2[u];
}

Vector step(const Past& past, double alpha) {
  const Vector& grad = past.grad.back();
  Vector kappa(grad.size(), 1.0), moved(grad.size(), 0.0);
  std::vector<Layer> layers = layers_of(past, alpha);
  for (size_t l = layers.size(); l-- > 0;) {
    Layer& layer = layers[l];
    const LayerBlocks& blocks = past.layout.layers[l];
    layer.g.assign(layer.w.size(), 1.0);
    for (size_t v = 0; v < layer.w.size() && l + 1 < layers.size(); ++v) {
      const size_t u = v / static_cast<size_t>(blocks.pool);  // as an input of the next layer
      const Layer& next = layers[l + 1];
      layer.g[v] = 0;
      for (size_t t = 0; t < next.w.size(); ++t) layer.g[v] += next.g[t] * next.w[t][u] * next.w[t][u];
      layer.g[v] *= next.gamma2[u] == 0 ? 1 - alpha : R(next, u, alpha) / next.gamma2[u];
    }
    const Block& weights = past.layout.blocks[static_cast<size_t>(blocks.weights)];
    for (size_t v = 0; v < layer.w.size(); ++v) {
      for (size_t u = 0; u + 1 < layer.w[v].size(); ++u) {
        const size_t e = at(weights, static_cast<Index>(v), static_cast<Index>(u));
        kappa[e] = R(layer, u, alpha) * layer.s[v] * layer.s[v] * layer.g[v];
        moved[e] = 1;
      }
      if (blocks.bias < 0) continue;
      const size_t e = at(past.layout.blocks[static_cast<size_t>(blocks.bias)], 0, static_cast<Index>(v));
      kappa[e] = layer.g[v];
      moved[e] = 1;
    }
  }
  double c = 1;
  if (past.options.at("scale") == "ratio") {
    if (past.theta.size() > 1) {  // fixed at the first step
      Past first{.spec = past.spec, .layout = past.layout, .options = past.options};
      first.theta = {past.theta[0]}, first.grad = {past.grad[0]}, first.rate = {1.0};
      first.X = {past.X[0]}, first.labels = {past.labels[0]};
      const Vector scaled = step(first, alpha);
      first.options["scale"] = "none";
      const Vector plain = step(first, alpha);
      double with = 0, without = 0;
      for (size_t e = 0; e < grad.size(); ++e)
        if (moved[e] != 0) {
          with += std::pow(scaled[e] - past.theta[0][e], 2);
          without += std::pow(plain[e] - past.theta[0][e], 2);
        }
      c = std::sqrt(with / without);
    } else {
      double euclidean = 0, path = 0;
      for (size_t e = 0; e < grad.size(); ++e)
        if (moved[e] != 0 && kappa[e] != 0) path += std::pow(grad[e] / kappa[e], 2);
      for (size_t e = 0; e < grad.size(); ++e)
        if (moved[e] != 0) euclidean += grad[e] * grad[e];
      c = std::sqrt(euclidean / path);
    }
  }
  Vector theta = past.theta.back();
  for (size_t e = 0; e < theta.size(); ++e)
    if (kappa[e] != 0) theta[e] -= past.rate.back() * (moved[e] != 0 ? c : 1) * grad[e] / kappa[e];
  return theta;
}

}  // namespace

// κ is a product of sums over the layers, and the step divides by it.
Twin path_sgd() {
  return {.name = "path-sgd",
          .step = [](const Past& past) { return step(past, 0); },
          .settings = {"", "scale=ratio"},
          .roundings = 200,
          .rate = 0.3};
}
Twin ddp_sgd() {
  return {.name = "ddp-sgd",
          .step = [](const Past& past) { return step(past, past.number("alpha")); },
          .settings = {"", "alpha=0", "alpha=1", "alpha=0.25 scale=ratio"},
          .roundings = 200,
          .rate = 0.3};
}

}  // namespace symopt::test::twin
