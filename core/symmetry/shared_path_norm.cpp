// shared_path_norm.cpp — one pass forward and one back for a single picture of ones.
// P pixels out, O filters, F features, each the sum of p adjacent filters.  values, slopes: P×F  sums: P×O
#include "core/symmetry/shared_path_norm.hpp"

#include <algorithm>

#include "core/network/layout.hpp"
#include "core/network/pooling.hpp"

namespace symopt {

namespace {

using Kind = LayerSpec::Kind;

// Calls visit(to, from, weight) for each pixel `from` of each window `to`, first values of their channels. A
// maximum is a sum; the mean of n pixels is n paths of weight 1/n, squared.
template <class Visit>
void each_path_of_windows(const LayerSpec& pool, const PictureShape& in, const PictureShape& out,
                          const Visit& visit) {
  each_pooling_window(in, out, pool.kernel, pool.stride, 0, [&](const PoolingWindow& w) {
    const double n = pool.kind == Kind::average_pool ? static_cast<double>(w.rows * w.columns) : 1;
    for (Index row = 0; row < w.rows; ++row)
      for (Index column = 0; column < w.columns; ++column)
        visit(w.out, w.in + (row * in.width + column) * in.channels, 1 / (n * n));
  });
}

}  // namespace

template <class Real>
std::optional<std::string> SharedPathNorm<Real>::refuses(const NetworkSpec& spec) {
  bool hidden = false;
  for (const LayerSpec& layer : spec.layers) {
    if (layer.kind == Kind::unpool)
      return "expected a network without unpooling, whose paths depend on where maxima were";
    if (hidden && layer.kind == Kind::response_norm)
      return "expected no response normalization of hidden units, which has no paths";
    hidden = hidden || layer.has_filters();
  }
  return std::nullopt;
}

template <class Real>
SharedPathNorm<Real>::SharedPathNorm(const NetworkSpec& spec) : layout_(layout_of(spec)) {
  const std::vector<PictureShape> shapes = spec.shapes();
  Index most_filters = 1;
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    Stage stage{spec.layers[i], shapes[i], shapes[i + 1], -1, {}, {}};
    if (stage.layer.has_filters()) {
      stage.filters = static_cast<int>(filters_.size());
      filters_.push_back(stage.layer.dense() ? Filters<Real>(stage.layer.filters(), stage.input.size(), 1)
                                             : Filters<Real>(stage.layer.convolution(stage.input)));
      most_filters = std::max(most_filters, stage.layer.filters() * stage.output.pixels());
    }
    stage.values.resize(static_cast<size_t>(stage.output.size()));
    stage.slopes.resize(stage.values.size());
    stages_.push_back(std::move(stage));
  }
  ones_.assign(static_cast<size_t>(spec.inputs()), Real(1));
  squares_.resize(static_cast<size_t>(layout_.size));
  factors_.assign(squares_.size(), Real(1));
  kappa_.assign(squares_.size(), Real(0));
  sums_.resize(static_cast<size_t>(most_filters));
}

template <class Real>
void SharedPathNorm<Real>::compute(std::span<const Real> theta, const Passes<Real>* network) {
  for (size_t i = 0; i < stages_.size(); ++i)
    forward(stages_[i], theta, i == 0 ? ones_.data() : stages_[i - 1].values.data(), network);
  std::fill(stages_.back().slopes.begin(), stages_.back().slopes.end(), Real(1));
  for (size_t i = stages_.size(); i-- > 0;)
    backward(stages_[i], i == 0 ? ones_.data() : stages_[i - 1].values.data(),
             i == 0 ? nullptr : stages_[i - 1].slopes.data());
}

template <class Real>
void SharedPathNorm<Real>::forward(Stage& stage, std::span<const Real> theta, const Real* input,
                                   const Passes<Real>* network) {
  Real* values = stage.values.data();
  const Index C = stage.input.channels, P = stage.output.pixels();
  if (stage.layer.pools()) {
    std::fill(stage.values.begin(), stage.values.end(), Real(0));
    each_path_of_windows(stage.layer, stage.input, stage.output, [&](Index to, Index from, double weight) {
      for (Index c = 0; c < C; ++c) values[to + c] += static_cast<Real>(weight) * input[from + c];
    });
  } else if (stage.layer.kind == Kind::global_average) {
    const Real share = Real(1) / static_cast<Real>(stage.input.pixels() * stage.input.pixels());
    std::fill(stage.values.begin(), stage.values.end(), Real(0));
    for (Index i = 0; i < stage.input.size(); ++i) values[i % C] += share * input[i];
  } else if (stage.filters < 0) {
    std::copy_n(input, stage.values.size(), values);
  } else {
    const auto l = static_cast<size_t>(stage.filters);
    const LayerBlocks& blocks = layout_.layers[l];
    const Block& weights = layout_.blocks[static_cast<size_t>(blocks.weights)];
    const Index O = weights.rows, p = stage.layer.pool, F = O / p;
    auto W2 = view(weights, std::span<Real>(squares_));
    W2 = view(weights, theta).cwiseAbs2();
    if (blocks.bn_scale >= 0)
      for (Index o = 0; o < O; ++o) {
        const Real s = network->filter_scale(l)[o];
        view(weights, std::span<Real>(factors_)).row(o).setConstant(s * s);
        W2.row(o) *= s * s;
      }
    filters_[l].forward(1, input, W2.data(), sums_.data(), scratch_, team_);
    // In front of a normalization it changes nothing.
    const Real* bias = blocks.bias >= 0 && blocks.bn_scale < 0
                           ? theta.data() + layout_.blocks[static_cast<size_t>(blocks.bias)].offset
                           : nullptr;
    for (Index r = 0; r < P; ++r)
      for (Index f = 0; f < F; ++f) {
        Real sum = 0;
        for (Index o = f * p; o < (f + 1) * p; ++o)
          sum += sums_[static_cast<size_t>(r * O + o)] + (bias ? bias[o] * bias[o] : Real(0));
        values[r * F + f] = sum;
      }
  }
}

template <class Real>
void SharedPathNorm<Real>::backward(Stage& stage, const Real* input, Real* slopes) {
  const Real* g = stage.slopes.data();
  const Index C = stage.input.channels, P = stage.output.pixels();
  if (stage.filters < 0) {
    if (slopes == nullptr) return;
    if (stage.layer.pools()) {
      std::fill_n(slopes, stage.input.size(), Real(0));
      each_path_of_windows(stage.layer, stage.input, stage.output, [&](Index to, Index from, double weight) {
        for (Index c = 0; c < C; ++c) slopes[from + c] += static_cast<Real>(weight) * g[to + c];
      });
    } else if (stage.layer.kind == Kind::global_average) {
      const Real share = Real(1) / static_cast<Real>(stage.input.pixels() * stage.input.pixels());
      for (Index i = 0; i < stage.input.size(); ++i) slopes[i] = share * g[i % C];
    } else {
      std::copy_n(g, stage.input.size(), slopes);
    }
    return;
  }
  const auto l = static_cast<size_t>(stage.filters);
  const LayerBlocks& blocks = layout_.layers[l];
  const Block& weights = layout_.blocks[static_cast<size_t>(blocks.weights)];
  const Index O = weights.rows, p = stage.layer.pool, F = O / p;
  for (Index r = 0; r < P; ++r)
    for (Index o = 0; o < O; ++o) sums_[static_cast<size_t>(r * O + o)] = g[r * F + o / p];
  auto K = view(weights, std::span<Real>(kappa_));
  filters_[l].weight_gradient(1, sums_.data(), input, K.data(), scratch_, team_);
  K.array() *= view(weights, std::span<const Real>(factors_)).array();
  if (blocks.bias >= 0) {
    auto k = view(layout_.blocks[static_cast<size_t>(blocks.bias)], std::span<Real>(kappa_));
    k.setZero();
    for (Index r = 0; r < P; ++r)
      for (Index o = 0; o < O; ++o) k(0, o) += sums_[static_cast<size_t>(r * O + o)];
  }
  if (slopes != nullptr)
    filters_[l].input_gradient(1, sums_.data(), squares_.data() + weights.offset, slopes, scratch_, team_);
}

template class SharedPathNorm<float>;
template class SharedPathNorm<double>;

}  // namespace symopt
