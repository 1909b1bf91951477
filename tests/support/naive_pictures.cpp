// naive_pictures.cpp — windows are found by walking, never by a formula for how many there are.
#include "tests/support/naive_pictures.hpp"

#include <cmath>

namespace symopt::test {

namespace {

// For each window along a side, the pixels that it sees; kOutside where it sees none.
std::vector<std::vector<size_t>> windows(size_t length, size_t kernel, size_t stride, Padding padding) {
  std::vector<long> starts;
  const long L = static_cast<long>(length), k = static_cast<long>(kernel), s = static_cast<long>(stride);
  if (padding == Padding::valid)
    for (long start = 0; start + k <= L; start += s) starts.push_back(start);
  if (padding == Padding::ceil)  // until the last pixel is seen
    for (long start = 0; starts.empty() || starts.back() + k < L; start += s) starts.push_back(start);
  if (padding == Padding::same) {
    for (long start = 0; start < L; start += s) starts.push_back(start);
    const long missing = starts.back() + k - L;  // behind the picture: half of it goes before
    for (long& start : starts) start -= missing > 0 ? missing / 2 : 0;
  }
  std::vector<std::vector<size_t>> all;
  for (const long start : starts) {
    all.emplace_back();
    for (long i = start; i < start + k; ++i)
      all.back().push_back(i < 0 || i >= L ? kOutside : static_cast<size_t>(i));
  }
  return all;
}

double activate(Activation activation, double a) {
  switch (activation) {
    case Activation::linear:
      return a;
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-a));
    case Activation::tanh:
      return 1 - 2 / (1 + std::exp(2 * a));
    case Activation::relu:
      return a > 0 ? a : 0;
    case Activation::leaky_relu:
      return a > 0 ? a : 0.1 * a;
  }
  return a;
}

// a in z's place: batch normalization over all rows or by given statistics of layer l, or the bias.
void shift_and_scale(const LayerSpec& layer, double epsilon, const Vector& theta,
                     const NaiveStatistics* statistics, size_t l, size_t& offset, NaivePictures& z) {
  const size_t R = z.rows(), O = z.C;
  if (layer.batch_norm) {
    for (size_t o = 0; o < O; ++o) {
      double mean = 0, variance = 0;
      for (size_t r = 0; r < R; ++r) mean += z.v[r * O + o] / static_cast<double>(R);
      for (size_t r = 0; r < R; ++r) variance += std::pow(z.v[r * O + o] - mean, 2) / static_cast<double>(R);
      if (statistics != nullptr) mean = statistics->mean[l][o], variance = statistics->variance[l][o];
      const double gamma = theta[offset + o], beta = theta[offset + O + o];
      for (size_t r = 0; r < R; ++r)
        z.v[r * O + o] = gamma * (z.v[r * O + o] - mean) / std::sqrt(variance + epsilon) + beta;
    }
    offset += (layer.bias ? 3 : 2) * O;
  } else if (layer.bias) {
    for (size_t r = 0; r < R; ++r)
      for (size_t o = 0; o < O; ++o) z.v[r * O + o] += theta[offset + o];
    offset += O;
  }
}

// The largest of `values`, the first of equal ones. Zeros that tie are flat on both sides where they come
// from ReLU, whose own kinks are counted.
size_t first_largest(const Vector& values, NaivePicturePass& pass) {
  size_t best = 0;
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i] > values[best]) best = i;
  for (size_t i = 0; i < values.size(); ++i)
    if (i != best && !(values[i] == 0 && values[best] == 0))
      pass.margin = std::min(pass.margin, values[best] - values[i]);
  pass.pieces.push_back(static_cast<int>(best));
  return best;
}

NaivePictures max_and_activate(const LayerSpec& layer, const NaivePictures& a, NaivePicturePass& pass) {
  std::vector<size_t>& winners = pass.winners.back();
  const size_t p = static_cast<size_t>(layer.pool), F = a.C / p;
  NaivePictures y{a.B, a.H, a.W, F, Vector(a.rows() * F)};
  for (size_t i = 0; i < y.v.size(); ++i) {
    const Vector group(a.v.begin() + static_cast<long>(i * p), a.v.begin() + static_cast<long>((i + 1) * p));
    winners.push_back(i * p + (p == 1 ? 0 : first_largest(group, pass)));
    const double top = a.v[winners.back()];
    if (layer.activation == Activation::relu || layer.activation == Activation::leaky_relu) {
      pass.margin = std::min(pass.margin, std::abs(top));
      pass.pieces.push_back(top > 0);
    }
    y.v[i] = activate(layer.activation, top);
  }
  return y;
}

NaivePictures unpool(const NaivePictures& small, const NaivePictures& before,
                     const std::vector<size_t>& winners) {
  NaivePictures y{before.B, before.H, before.W, before.C, Vector(before.v.size(), 0.0)};
  for (size_t i = 0; i < small.v.size(); ++i) y.v[winners[i]] = small.v[i];
  return y;
}

}  // namespace

NaivePictures naive_filter(const LayerSpec& layer, const NaivePictures& in, const Vector& theta,
                           size_t offset) {
  const size_t O = static_cast<size_t>(layer.filters());
  if (layer.dense()) {
    NaivePictures z{in.B, 1, 1, O, Vector(in.B * O, 0.0)};
    const size_t I = in.H * in.W * in.C;
    for (size_t b = 0; b < in.B; ++b)
      for (size_t o = 0; o < O; ++o)
        for (size_t i = 0; i < I; ++i) z.v[b * O + o] += theta[offset + o * I + i] * in.v[b * I + i];
    return z;
  }
  const size_t k = static_cast<size_t>(layer.kernel);
  const auto rows = windows(in.H, k, static_cast<size_t>(layer.stride), layer.padding),
             columns = windows(in.W, k, static_cast<size_t>(layer.stride), layer.padding);
  NaivePictures z{in.B, rows.size(), columns.size(), O, Vector(in.B * rows.size() * columns.size() * O, 0.0)};
  for (size_t b = 0; b < in.B; ++b)
    for (size_t y = 0; y < z.H; ++y)
      for (size_t x = 0; x < z.W; ++x)
        for (size_t o = 0; o < O; ++o)
          for (size_t ky = 0; ky < k; ++ky)
            for (size_t kx = 0; kx < k; ++kx) {
              if (rows[y][ky] == kOutside || columns[x][kx] == kOutside) continue;
              for (size_t c = 0; c < in.C; ++c)
                z.v[z.at(b, y, x, o)] += theta[offset + ((o * k + ky) * k + kx) * in.C + c] *
                                         in.v[in.at(b, rows[y][ky], columns[x][kx], c)];
            }
  return z;
}

std::vector<std::vector<size_t>> naive_patch_places(const LayerSpec& layer, const NaivePictures& in) {
  std::vector<std::vector<size_t>> patches;
  if (layer.dense()) {
    const size_t I = in.H * in.W * in.C;
    for (size_t b = 0; b < in.B; ++b) {
      patches.emplace_back();
      for (size_t i = 0; i < I; ++i) patches.back().push_back(b * I + i);
    }
    return patches;
  }
  const size_t k = static_cast<size_t>(layer.kernel), s = static_cast<size_t>(layer.stride);
  for (size_t b = 0; b < in.B; ++b)
    for (const auto& row : windows(in.H, k, s, layer.padding))
      for (const auto& column : windows(in.W, k, s, layer.padding)) {
        patches.emplace_back();
        for (const size_t i : row)
          for (const size_t j : column)
            for (size_t c = 0; c < in.C; ++c)
              patches.back().push_back(i == kOutside || j == kOutside ? kOutside : in.at(b, i, j, c));
      }
  return patches;
}

Rows naive_patches(const LayerSpec& layer, const NaivePictures& in) {
  Rows patches;
  for (const auto& places : naive_patch_places(layer, in)) {
    patches.emplace_back();
    for (const size_t place : places) patches.back().push_back(place == kOutside ? 0 : in.v[place]);
  }
  return patches;
}

std::vector<std::vector<size_t>> naive_window_places(const LayerSpec& layer, const NaivePictures& in) {
  const size_t k = static_cast<size_t>(layer.kernel), s = static_cast<size_t>(layer.stride);
  std::vector<std::vector<size_t>> all;
  for (size_t b = 0; b < in.B; ++b)
    for (const auto& row : windows(in.H, k, s, layer.padding))
      for (const auto& column : windows(in.W, k, s, layer.padding))
        for (size_t c = 0; c < in.C; ++c) {
          all.emplace_back();
          for (const size_t i : row)
            for (const size_t j : column)
              if (i != kOutside && j != kOutside) all.back().push_back(in.at(b, i, j, c));
        }
  return all;
}

namespace {

// Of a pooling, without its values.
NaivePictures pooled_shape(const LayerSpec& layer, const NaivePictures& in) {
  const size_t k = static_cast<size_t>(layer.kernel), s = static_cast<size_t>(layer.stride);
  return {
      in.B, windows(in.H, k, s, layer.padding).size(), windows(in.W, k, s, layer.padding).size(), in.C, {}};
}

}  // namespace

NaivePictures naive_pool(const LayerSpec& layer, const NaivePictures& in, NaivePicturePass& pass,
                         std::vector<size_t>& winners) {
  NaivePictures y = pooled_shape(layer, in);
  winners.clear();
  for (const auto& places : naive_window_places(layer, in)) {
    Vector values;
    for (const size_t place : places) values.push_back(in.v[place]);
    winners.push_back(places[first_largest(values, pass)]);
    y.v.push_back(in.v[winners.back()]);
  }
  return y;
}

NaivePictures naive_average_pool(const LayerSpec& layer, const NaivePictures& in) {
  NaivePictures y = pooled_shape(layer, in);
  for (const auto& places : naive_window_places(layer, in)) {
    double sum = 0;
    for (const size_t place : places) sum += in.v[place];
    y.v.push_back(sum / static_cast<double>(places.size()));
  }
  return y;
}

NaivePictures naive_average(const NaivePictures& in) {
  NaivePictures y{in.B, 1, 1, in.C, Vector(in.B * in.C, 0.0)};
  for (size_t b = 0; b < in.B; ++b)
    for (size_t i = 0; i < in.H * in.W; ++i)
      for (size_t c = 0; c < in.C; ++c)
        y.v[b * in.C + c] += in.v[(b * in.H * in.W + i) * in.C + c] / static_cast<double>(in.H * in.W);
  return y;
}

// y = x / (1 + α/n Σ x²)^β, n = 5, α = 1e-4, β = 0.75.
NaivePictures naive_response_norm(const NaivePictures& in) {
  NaivePictures y = in;
  const int C = static_cast<int>(in.C);
  for (size_t r = 0; r < in.rows(); ++r)
    for (int c = 0; c < C; ++c) {
      double sum = 0;
      for (int j = c - 2; j <= c + 2; ++j)
        if (j >= 0 && j < C) sum += std::pow(in.v[r * in.C + static_cast<size_t>(j)], 2);
      y.v[r * in.C + static_cast<size_t>(c)] /= std::pow(1 + 1e-4 / 5 * sum, 0.75);
    }
  return y;
}

NaivePictures naive_input(const PictureShape& shape, const Rows& X) {
  NaivePictures input{X.size(),
                      static_cast<size_t>(shape.height),
                      static_cast<size_t>(shape.width),
                      static_cast<size_t>(shape.channels),
                      {}};
  for (const Vector& row : X) input.v.insert(input.v.end(), row.begin(), row.end());
  return input;
}

NaivePicturePass naive_pictures(const NetworkSpec& spec, const Vector& theta, const Rows& X,
                                const NaiveStatistics* statistics) {
  NaivePicturePass pass;
  NaivePictures x = naive_input(spec.input, X);
  struct Pooled {
    NaivePictures before;
    std::vector<size_t> winners;
  };
  std::vector<Pooled> open;  // poolings that no unpooling has undone yet
  size_t offset = 0;
  for (const LayerSpec& layer : spec.layers) {
    pass.read.push_back(x);
    pass.winners.emplace_back();
    switch (layer.kind) {
      case LayerSpec::Kind::filters: {
        NaivePictures z = naive_filter(layer, x, theta, offset);
        const size_t inputs =
            layer.dense() ? x.H * x.W * x.C : static_cast<size_t>(layer.kernel * layer.kernel) * x.C;
        offset += z.C * inputs;
        pass.inputs.push_back(x);
        // A bias in front of normalization is part of what is normalized.
        for (size_t i = 0; i < z.v.size() && layer.batch_norm && layer.bias; ++i)
          z.v[i] += theta[offset + 2 * z.C + i % z.C];
        pass.z.push_back(z);
        shift_and_scale(layer, spec.bn_epsilon, theta, statistics, pass.a.size(), offset, z);
        pass.a.push_back(z);
        x = max_and_activate(layer, z, pass);
        break;
      }
      case LayerSpec::Kind::max_pool: {
        std::vector<size_t> winners;
        NaivePictures y = naive_pool(layer, x, pass, winners);
        open.push_back({x, winners});
        pass.winners.back() = winners;
        x = y;
        break;
      }
      case LayerSpec::Kind::average_pool:
        x = naive_average_pool(layer, x);
        break;
      case LayerSpec::Kind::unpool:
        x = unpool(x, open.back().before, open.back().winners);
        pass.winners.back() = open.back().winners;
        open.pop_back();
        break;
      case LayerSpec::Kind::global_average:
        x = naive_average(x);
        break;
      case LayerSpec::Kind::response_norm:
        x = naive_response_norm(x);
        break;
    }
  }
  pass.logits = x;
  return pass;
}

}  // namespace symopt::test
