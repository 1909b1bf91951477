// naive_network.cpp — Badrinarayanan, Mishra and Cipolla 2015, as written:
// z = X Wᵀ → batch normalization γ, β (or bias) → activation → max over p adjacent filters.
#include "tests/support/naive_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace symopt::test {

NaiveNetwork::NaiveNetwork(const NetworkSpec& shape) : spec_(*as_dense(shape)) {
  const DenseNetwork& spec = spec_;
  size_t inputs = static_cast<size_t>(spec.inputs);
  const auto add = [&](size_t features, size_t pool, bool hidden) {
    Shape s{inputs, features, pool, hidden && spec.batch_norm, false, hidden, 0, 0, 0, 0};
    s.biased = spec.bias && !s.normalized;
    const auto take = [&](size_t count) {
      const size_t offset = size_;
      size_ += count;
      return offset;
    };
    s.weights = take(s.filters() * inputs);
    if (s.normalized) s.scale = take(s.filters()), s.shift = take(s.filters());
    if (s.biased) s.bias = take(s.filters());
    shapes_.push_back(s);
    inputs = features;
  };
  for (Index f : spec.features) add(static_cast<size_t>(f), static_cast<size_t>(spec.pool), true);
  add(static_cast<size_t>(spec.classes), 1, false);
}

double NaiveNetwork::activate(const Shape& s, double a) const {
  if (!s.hidden || spec_.activation == Activation::linear) return a;
  if (spec_.activation == Activation::sigmoid) return 1 / (1 + std::exp(-a));
  if (spec_.activation == Activation::tanh) return 1 - 2 / (1 + std::exp(2 * a));
  if (a > 0) return a;
  return spec_.activation == Activation::relu ? 0 : 0.1 * a;
}

double NaiveNetwork::slope(const Shape& s, double a) const {
  if (!s.hidden || spec_.activation == Activation::linear) return 1;
  if (spec_.activation == Activation::sigmoid) return activate(s, a) * (1 - activate(s, a));
  if (spec_.activation == Activation::tanh) return 1 - std::pow(activate(s, a), 2);
  if (a > 0) return 1;
  return spec_.activation == Activation::relu ? 0 : 0.1;
}

// With `mean` and `variance` those normalize, without them the batch's own.
NaiveLayer NaiveNetwork::forward(const Shape& s, const Vector& theta, const Rows& X, const Vector* mean,
                                 const Vector* variance) const {
  const size_t B = X.size(), O = s.filters();
  NaiveLayer layer;
  layer.inputs = X;
  layer.z = layer.a = Rows(B, Vector(O, 0.0));
  for (size_t b = 0; b < B; ++b)
    for (size_t o = 0; o < O; ++o)
      for (size_t i = 0; i < s.inputs; ++i) layer.z[b][o] += theta[s.weights + o * s.inputs + i] * X[b][i];

  if (s.normalized) {
    layer.mean = mean ? *mean : Vector(O, 0.0);
    layer.variance = variance ? *variance : Vector(O, 0.0);
    const double share = 1 / static_cast<double>(B);
    for (size_t o = 0; o < O && !mean; ++o) {
      for (size_t b = 0; b < B; ++b) layer.mean[o] += layer.z[b][o] * share;
      for (size_t b = 0; b < B; ++b) layer.variance[o] += std::pow(layer.z[b][o] - layer.mean[o], 2) * share;
    }
  }
  for (size_t b = 0; b < B; ++b)
    for (size_t o = 0; o < O; ++o) {
      double a = layer.z[b][o];
      if (s.normalized) {
        a = (a - layer.mean[o]) / std::sqrt(layer.variance[o] + spec_.bn_epsilon);
        a = theta[s.scale + o] * a + theta[s.shift + o];
      }
      if (s.biased) a += theta[s.bias + o];
      layer.a[b][o] = a;
    }

  layer.outputs = Rows(B, Vector(s.features));
  layer.winner.assign(B, std::vector<size_t>(s.features));
  for (size_t b = 0; b < B; ++b)
    for (size_t f = 0; f < s.features; ++f) {
      size_t best = f * s.pool;
      for (size_t o = best + 1; o < (f + 1) * s.pool; ++o)
        if (activate(s, layer.a[b][o]) > activate(s, layer.a[b][best])) best = o;
      layer.winner[b][f] = best;
      layer.outputs[b][f] = activate(s, layer.a[b][best]);
    }
  return layer;
}

// dY: B×F. Fills layer.dz and this layer's part of `grad`, gives dX.
Rows NaiveNetwork::backward(const Shape& s, const Vector& theta, NaiveLayer& layer, const Rows& dY,
                            Vector& grad) const {
  const size_t B = dY.size(), O = s.filters();
  Rows da(B, Vector(O, 0.0));
  for (size_t b = 0; b < B; ++b)
    for (size_t f = 0; f < s.features; ++f) {
      const size_t o = layer.winner[b][f];
      da[b][o] = dY[b][f] * slope(s, layer.a[b][o]);
    }
  layer.dz = da;
  if (s.biased)
    for (size_t b = 0; b < B; ++b)
      for (size_t o = 0; o < O; ++o) grad[s.bias + o] += da[b][o];
  if (s.normalized)
    for (size_t o = 0; o < O; ++o) {
      // ẑ_b = (z_b − m)/s, so ∂ẑ_b/∂z_c = (δ_bc − 1/B)/s − (z_b − m)(z_c − m)/(B s³): B² terms, nothing
      // simplified.
      const double deviation = std::sqrt(layer.variance[o] + spec_.bn_epsilon);
      const double n = static_cast<double>(B);
      for (size_t b = 0; b < B; ++b) {
        grad[s.shift + o] += da[b][o];
        grad[s.scale + o] += da[b][o] * (layer.z[b][o] - layer.mean[o]) / deviation;
      }
      for (size_t c = 0; c < B; ++c) {
        layer.dz[c][o] = 0;
        for (size_t b = 0; b < B; ++b) {
          const double zb = layer.z[b][o] - layer.mean[o], zc = layer.z[c][o] - layer.mean[o];
          const double jacobian =
              ((b == c ? 1 : 0) - 1 / n) / deviation - zb * zc / (n * std::pow(deviation, 3));
          layer.dz[c][o] += da[b][o] * theta[s.scale + o] * jacobian;
        }
      }
    }
  Rows dX(B, Vector(s.inputs, 0.0));
  for (size_t b = 0; b < B; ++b)
    for (size_t o = 0; o < O; ++o)
      for (size_t i = 0; i < s.inputs; ++i) {
        grad[s.weights + o * s.inputs + i] += layer.dz[b][o] * layer.inputs[b][i];
        dX[b][i] += layer.dz[b][o] * theta[s.weights + o * s.inputs + i];
      }
  return dX;
}

NaivePass NaiveNetwork::train(const Vector& theta, const Rows& X,
                              const std::vector<std::uint8_t>& labels) const {
  NaivePass pass;
  const Rows* input = &X;
  pass.layers.reserve(shapes_.size());
  for (const Shape& s : shapes_) {
    pass.layers.push_back(forward(s, theta, *input, nullptr, nullptr));
    input = &pass.layers.back().outputs;
  }
  const double B = static_cast<double>(X.size());
  Rows dY = pass.log_probabilities = pass.logits();
  for (size_t b = 0; b < X.size(); ++b) {
    const double most = *std::max_element(dY[b].begin(), dY[b].end());
    double sum = 0;
    for (double z : dY[b]) sum += std::exp(z - most);
    for (size_t k = 0; k < dY[b].size(); ++k) {
      pass.log_probabilities[b][k] = dY[b][k] - most - std::log(sum);
      dY[b][k] = (std::exp(pass.log_probabilities[b][k]) - (k == labels[b] ? 1 : 0)) / B;
    }
    pass.loss -= pass.log_probabilities[b][labels[b]] / B;
  }
  pass.gradient.assign(size_, 0.0);
  for (size_t l = shapes_.size(); l-- > 0;)
    dY = backward(shapes_[l], theta, pass.layers[l], dY, pass.gradient);
  return pass;
}

Rows NaiveNetwork::evaluate(const Vector& theta, const Rows& X, const NaiveStatistics& statistics) const {
  Rows values = X;
  size_t n = 0;
  for (const Shape& s : shapes_) {
    const bool use = s.normalized;
    values = forward(s, theta, values, use ? &statistics.mean[n] : nullptr,
                     use ? &statistics.variance[n] : nullptr)
                 .outputs;
    n += use ? 1 : 0;
  }
  return values;
}

NaiveStatistics NaiveNetwork::initial_statistics() const {
  NaiveStatistics statistics;
  for (const Shape& s : shapes_)
    if (s.normalized) {
      statistics.mean.emplace_back(s.filters(), 0.0);
      statistics.variance.emplace_back(s.filters(), 1.0);
    }
  return statistics;
}

void NaiveNetwork::update(NaiveStatistics& running, const NaivePass& pass) const {
  size_t n = 0;
  for (const NaiveLayer& layer : pass.layers) {
    if (layer.mean.empty()) continue;
    const double B = static_cast<double>(layer.z.size()), m = spec_.bn_momentum;
    for (size_t o = 0; o < layer.mean.size(); ++o) {
      running.mean[n][o] = (1 - m) * running.mean[n][o] + m * layer.mean[o];
      running.variance[n][o] = (1 - m) * running.variance[n][o] + m * layer.variance[o] * B / (B - 1);
    }
    ++n;
  }
}

std::vector<int> NaiveNetwork::pieces(const NaivePass& pass) const {
  std::vector<int> pieces;
  for (const NaiveLayer& layer : pass.layers)
    for (size_t b = 0; b < layer.winner.size(); ++b)
      for (size_t o : layer.winner[b])
        pieces.push_back(2 * static_cast<int>(o) + (layer.a[b][o] > 0 ? 1 : 0));
  return pieces;
}

double NaiveNetwork::margin(const NaivePass& pass) const {
  const bool kinked = spec_.activation == Activation::relu || spec_.activation == Activation::leaky_relu;
  double margin = std::numeric_limits<double>::infinity();
  for (size_t l = 0; l + 1 < shapes_.size(); ++l) {
    const size_t p = shapes_[l].pool;
    for (const Vector& a : pass.layers[l].a)
      for (size_t f = 0; f < shapes_[l].features; ++f) {
        Vector group(a.begin() + static_cast<std::ptrdiff_t>(f * p),
                     a.begin() + static_cast<std::ptrdiff_t>((f + 1) * p));
        std::sort(group.rbegin(), group.rend());
        if (kinked) margin = std::min(margin, std::abs(group[0]));
        const bool dead = spec_.activation == Activation::relu && group[0] < 0;
        if (p > 1 && !dead) margin = std::min(margin, group[0] - group[1]);
      }
  }
  return margin;
}

}  // namespace symopt::test
