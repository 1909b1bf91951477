// naive_train.cpp — each layer of a picture network backwards: what a value was taken from gets its share.
#include "tests/support/naive_train.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tests/support/naive_pictures.hpp"

namespace symopt::test {

namespace {

double slope(Activation activation, double a) {
  switch (activation) {
    case Activation::linear:
      return 1;
    case Activation::sigmoid:
      return std::exp(-a) / std::pow(1 + std::exp(-a), 2);
    case Activation::tanh:
      return 1 / std::pow(std::cosh(a), 2);
    case Activation::relu:
      return a > 0 ? 1 : 0;
    case Activation::leaky_relu:
      return a > 0 ? 1 : 0.1;
  }
  return 0;
}

Rows as_rows(const NaivePictures& p) {
  Rows rows;
  for (auto at = p.v.begin(); at != p.v.end(); at += static_cast<long>(p.C))
    rows.emplace_back(at, at + static_cast<long>(p.C));
  return rows;
}

// dL/dz: R×O from dL/da, in its place. ẑ = (z − m)/s is moved by the mean and the deviation that z moves.
void normalize_back(const NaiveLayer& layer, double epsilon, const Vector& theta, size_t scale, Rows& da,
                    Vector& grad) {
  const size_t R = da.size(), O = layer.mean.size();
  const double n = static_cast<double>(R);
  for (size_t o = 0; o < O; ++o) {
    const double deviation = std::sqrt(layer.variance[o] + epsilon);
    double sum = 0, along = 0;
    for (size_t r = 0; r < R; ++r) {
      sum += da[r][o];
      along += da[r][o] * (layer.z[r][o] - layer.mean[o]) / deviation;
    }
    grad[scale + o] += along;
    grad[scale + O + o] += sum;
    for (size_t r = 0; r < R; ++r)
      da[r][o] = theta[scale + o] / deviation *
                 (da[r][o] - sum / n - (layer.z[r][o] - layer.mean[o]) / deviation * along / n);
  }
}

// The filters' dX; fills layer.dz and their part of `grad`.
NaivePictures filters_back(const LayerSpec& spec, double epsilon, const Vector& theta, size_t offset,
                           const NaivePictures& x, const Vector& a, const std::vector<size_t>& winners,
                           const NaivePictures& dy, NaiveLayer& layer, Vector& grad) {
  const size_t O = static_cast<size_t>(spec.filters()), I = layer.inputs[0].size(), R = layer.z.size();
  Rows dz(R, Vector(O, 0.0));
  for (size_t i = 0; i < dy.v.size(); ++i)
    dz[winners[i] / O][winners[i] % O] += dy.v[i] * slope(spec.activation, a[winners[i]]);
  if (spec.batch_norm) normalize_back(layer, epsilon, theta, offset + O * I, dz, grad);
  const size_t bias = offset + O * I + (spec.batch_norm ? 2 * O : 0);
  for (size_t r = 0; r < R && spec.bias; ++r)
    for (size_t o = 0; o < O; ++o) grad[bias + o] += dz[r][o];
  NaivePictures dx{x.B, x.H, x.W, x.C, Vector(x.v.size(), 0.0)};
  const auto places = naive_patch_places(spec, x);
  for (size_t r = 0; r < R; ++r)
    for (size_t o = 0; o < O; ++o)
      for (size_t i = 0; i < I; ++i) {
        if (places[r][i] == kOutside) continue;
        grad[offset + o * I + i] += dz[r][o] * x.v[places[r][i]];
        dx.v[places[r][i]] += dz[r][o] * theta[offset + o * I + i];
      }
  layer.dz = dz;
  return dx;
}

// y_c = x_c s_c^−β with s_c = 1 + α/n Σ x_j² over the neighbours j of c: n = 5, α = 1e-4, β = 0.75.
void response_norm_back(const NaivePictures& x, const NaivePictures& dy, NaivePictures& dx) {
  const int C = static_cast<int>(x.C);
  for (size_t r = 0; r < x.rows(); ++r)
    for (int c = 0; c < C; ++c) {
      const size_t at = r * x.C + static_cast<size_t>(c);
      double s = 1;
      for (int j = std::max(0, c - 2); j <= std::min(C - 1, c + 2); ++j)
        s += 1e-4 / 5 * std::pow(x.v[r * x.C + static_cast<size_t>(j)], 2);
      dx.v[at] += dy.v[at] * std::pow(s, -0.75);
      for (int j = std::max(0, c - 2); j <= std::min(C - 1, c + 2); ++j) {
        const size_t other = r * x.C + static_cast<size_t>(j);
        dx.v[other] -= dy.v[at] * x.v[at] * 0.75 * std::pow(s, -1.75) * 2e-4 / 5 * x.v[other];
      }
    }
}

// dX of what has no parameters.
NaivePictures back(const LayerSpec& spec, const NaivePictures& x, const std::vector<size_t>& winners,
                   const NaivePictures& dy) {
  NaivePictures dx{x.B, x.H, x.W, x.C, Vector(x.v.size(), 0.0)};
  if (spec.kind == LayerSpec::Kind::max_pool) {
    for (size_t i = 0; i < dy.v.size(); ++i) dx.v[winners[i]] += dy.v[i];
  } else if (spec.kind == LayerSpec::Kind::average_pool) {
    const auto places = naive_window_places(spec, x);
    for (size_t i = 0; i < dy.v.size(); ++i)
      for (const size_t place : places[i]) dx.v[place] += dy.v[i] / static_cast<double>(places[i].size());
  } else if (spec.kind == LayerSpec::Kind::unpool) {
    for (size_t i = 0; i < dx.v.size(); ++i) dx.v[i] = dy.v[winners[i]];
  } else if (spec.kind == LayerSpec::Kind::global_average) {
    for (size_t i = 0; i < dx.v.size(); ++i)
      dx.v[i] = dy.v[i / (x.H * x.W * x.C) * x.C + i % x.C] / static_cast<double>(x.H * x.W);
  } else {
    response_norm_back(x, dy, dx);
  }
  return dx;
}

// Layer by layer forwards: what the filters saw, with what they were normalized, where their parameters are.
void describe(const NetworkSpec& spec, const NaivePicturePass& at, NaivePass& pass,
              std::vector<size_t>& offsets) {
  const std::vector<LayerSpec> filters = spec.filter_layers();
  size_t offset = 0;
  for (size_t l = 0; l < filters.size(); ++l) {
    NaiveLayer layer;
    layer.inputs = naive_patches(filters[l], at.inputs[l]);
    layer.z = as_rows(at.z[l]);
    layer.a = as_rows(at.a[l]);
    const size_t O = at.z[l].C;
    offsets.push_back(offset);
    offset += O * layer.inputs[0].size();
    if (filters[l].batch_norm) {
      const double n = static_cast<double>(layer.z.size());
      layer.mean.assign(O, 0.0), layer.variance.assign(O, 0.0);
      for (const Vector& z : layer.z)
        for (size_t o = 0; o < O; ++o) layer.mean[o] += z[o] / n;
      for (const Vector& z : layer.z)
        for (size_t o = 0; o < O; ++o) layer.variance[o] += std::pow(z[o] - layer.mean[o], 2) / n;
      offset += 2 * O;
    }
    if (filters[l].bias) offset += O;
    pass.layers.push_back(layer);
  }
}

NaivePass picture_train(const NetworkSpec& spec, const Vector& theta, const Rows& X,
                        const std::vector<std::uint8_t>& labels, const NaiveTargets& targets) {
  const NaivePicturePass at = naive_pictures(spec, theta, X);
  NaivePass pass;
  std::vector<size_t> offsets;
  describe(spec, at, pass, offsets);
  NaivePictures dy = at.logits;
  double total = 0;
  for (const std::uint8_t label : labels) total += targets.weight(label);
  pass.log_probabilities = naive_log_probabilities(as_rows(at.logits));
  for (size_t r = 0; r < labels.size(); ++r) {
    const Vector& row = pass.log_probabilities[r];
    const double share = targets.weight(labels[r]) / total;
    for (size_t k = 0; k < row.size(); ++k)
      dy.v[r * row.size() + k] = share * (std::exp(row[k]) - (k == labels[r] ? 1 : 0));
    if (share > 0) pass.loss -= share * row[labels[r]];
  }
  pass.gradient.assign(theta.size(), 0.0);
  size_t l = pass.layers.size();
  for (size_t i = spec.layers.size(); i-- > 0;) {
    const LayerSpec& layer = spec.layers[i];
    if (layer.has_filters()) {
      --l;
      dy = filters_back(layer, spec.bn_epsilon, theta, offsets[l], at.read[i], at.a[l].v, at.winners[i], dy,
                        pass.layers[l], pass.gradient);
    } else {
      dy = back(layer, at.read[i], at.winners[i], dy);
    }
  }
  return pass;
}

}  // namespace

Rows naive_log_probabilities(const Rows& logits) {
  Rows log_p = logits;
  for (Vector& row : log_p) {
    const double most = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const double z : row) sum += std::exp(z - most);
    for (double& z : row) z -= most + std::log(sum);
  }
  return log_p;
}

NaivePass naive_train(const NetworkSpec& spec, const Vector& theta, const Rows& X,
                      const std::vector<std::uint8_t>& labels, const NaiveTargets& targets) {
  if (!as_dense(spec)) return picture_train(spec, theta, X, labels, targets);
  if (targets.ignored >= 0 || !targets.class_weights.empty())
    throw std::invalid_argument("dense networks have no weights of classes here");
  return NaiveNetwork(spec).train(theta, X, labels);
}

}  // namespace symopt::test
