// twin_path.cpp — path-sgd and ddp-sgd: every parameter by g/κ, with the quadratic forms of the paper
// (Neyshabur, Tomioka, Salakhutdinov, Srebro 2016) written out: C is the matrix of second moments of a
// layer's inputs and of the biases' source, which is 1. Networks of pictures have the κ of their paths
// (path-sgd alone): the squared norm is linear in each squared weight, so that κ is the norm with that one
// weight 1, the others of its layer 0, and no biases behind it.
#include <cmath>

#include "tests/support/naive_pictures.hpp"
#include "tests/support/naive_train.hpp"
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

// The sum of the logits for pictures of ones under squared parameters: a maximum is the sum over what it
// chooses from, a mean has a path of weight 1/n from each of its n pixels, nothing bends or normalizes.
double squared_norm(const NetworkSpec& spec, const Vector& squares) {
  NaivePictures x = naive_input(spec.input, {Vector(static_cast<size_t>(spec.inputs()), 1.0)});
  size_t offset = 0;
  for (const LayerSpec& layer : spec.layers) {
    NaivePictures y;
    if (layer.has_filters()) {
      const NaivePictures z = naive_filter(layer, x, squares, offset);
      const size_t p = static_cast<size_t>(layer.pool);
      offset += z.C * naive_patch_places(layer, x)[0].size();
      y = {z.B, z.H, z.W, z.C / p, Vector(z.v.size() / p, 0.0)};
      for (size_t i = 0; i < z.v.size(); ++i)
        y.v[i / p] += z.v[i] + (layer.bias ? squares[offset + i % z.C] : 0);
      offset += z.C * (layer.batch_norm ? 2 : layer.bias ? 1 : 0);
    } else if (layer.pools()) {
      NaivePicturePass unused;
      std::vector<size_t> winners;
      y = naive_pool(layer, x, unused, winners);
      const auto places = naive_window_places(layer, x);
      for (size_t i = 0; i < y.v.size(); ++i) {
        const double n = layer.kind == LayerSpec::Kind::max_pool ? 1 : static_cast<double>(places[i].size());
        y.v[i] = 0;
        for (const size_t place : places[i]) y.v[i] += x.v[place] / (n * n);
      }
    } else if (layer.kind == LayerSpec::Kind::global_average) {
      y = naive_average(x);
      for (double& value : y.v) value /= static_cast<double>(x.H * x.W);
    } else {
      y = x;  // response normalization of the inputs
    }
    x = y;
  }
  double sum = 0;
  for (const double logit : x.v) sum += logit;
  return sum;
}

void picture_paths(const Past& past, Vector& kappa, Vector& moved) {
  const Vector& theta = past.theta.back();
  const NaivePass pass = naive_train(past.spec, theta, past.X.back(), past.labels.back());
  Vector squares(theta.size()), factors(theta.size(), 1.0);
  for (size_t l = 0; l < past.layout.layers.size(); ++l) {
    const LayerBlocks& blocks = past.layout.layers[l];
    const Block& weights = past.layout.blocks[static_cast<size_t>(blocks.weights)];
    for (Index o = 0; o < weights.rows && blocks.bn_scale >= 0; ++o)
      for (Index i = 0; i < weights.cols; ++i)
        factors[at(weights, o, i)] =
            theta[at(past.layout.blocks[static_cast<size_t>(blocks.bn_scale)], 0, o)] /
            std::sqrt(pass.layers[l].variance[static_cast<size_t>(o)] + past.spec.bn_epsilon);
  }
  for (size_t e = 0; e < theta.size(); ++e) squares[e] = std::pow(factors[e] * theta[e], 2);
  for (size_t l = 0; l < past.layout.layers.size(); ++l) {
    const LayerBlocks& blocks = past.layout.layers[l];
    Vector one = squares;
    const auto clear = [&](int b) {
      for (Index i = 0; b >= 0 && i < past.layout.blocks[static_cast<size_t>(b)].size(); ++i)
        one[at(past.layout.blocks[static_cast<size_t>(b)], 0, i)] = 0;
    };
    clear(blocks.weights);
    for (size_t later = l; later < past.layout.layers.size(); ++later)
      clear(past.layout.layers[later].bias);  // whose paths begin behind the weight
    for (const int b : {blocks.weights, blocks.bias})
      for (Index i = 0; b >= 0 && i < past.layout.blocks[static_cast<size_t>(b)].size(); ++i) {
        const size_t e = at(past.layout.blocks[static_cast<size_t>(b)], 0, i);
        one[e] = factors[e] * factors[e];
        kappa[e] = squared_norm(past.spec, one);
        one[e] = 0;
        moved[e] = 1;
      }
  }
}

void dense_paths(const Past& past, double alpha, Vector& kappa, Vector& moved) {
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
}

Vector step(const Past& past, double alpha) {
  const Vector& grad = past.grad.back();
  Vector kappa(grad.size(), 1.0), moved(grad.size(), 0.0);
  if (as_dense(past.spec))
    dense_paths(past, alpha, kappa, moved);
  else
    picture_paths(past, kappa, moved);
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
