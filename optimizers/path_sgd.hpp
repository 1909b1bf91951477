// path_sgd.hpp — steepest descent in the path norm (Neyshabur, Salakhutdinov, Srebro 2015; Neyshabur,
// Tomioka, Salakhutdinov, Srebro 2016):  w ← w − λ c g/κ  for weights and biases, κ as in
// core/symmetry/path_norm.hpp, or where there are convolutions as in core/symmetry/shared_path_norm.hpp; the
// scale and shift of batch normalization follow the Euclidean rule.
//
// Where κ = 0, no path of the network runs through the weight: it does not move.
// c = 1, or (scale=ratio, ours) the factor that gives the first step of weights and biases the length of
// SGD's. The public code has a ratio of other norms, √(Σ‖g‖/Σ‖g/κ‖²), and its κ accumulates over steps.
//
// Batch-normalized filters grow exponentially under it: scale_free.hpp keeps them in range.
#pragma once
#include <cmath>
#include <memory>

#include "core/symmetry/path_norm.hpp"
#include "core/symmetry/shared_path_norm.hpp"
#include "optimizers/scale_free.hpp"

namespace symopt::optimizers {

template <class Real>
class PathDescent : public Optimizer<Real> {
 public:
  /// alpha: share of the data in κ, 0 to 1.  ratio: scale=ratio.
  PathDescent(double alpha, bool ratio) : alpha_(alpha), ratio_(ratio) {}

  Needs needs(const ParamLayout& layout) const override {
    return {.passes = alpha_ > 0 || layout.normalized()};
  }

  void attach(const NetworkSpec& spec, Index) override {
    if (!spec.dense()) shared_ = std::make_unique<SharedPathNorm<Real>>(spec);
  }

  void bind(const ParamLayout& layout, std::span<Real>) override {
    layout_ = layout;
    c_ = ratio_ ? Real(0) : Real(1);
    if (shared_) return;
    norm_ = std::make_unique<PathNorm<Real>>(layout, alpha_);
    Index widest = 1;
    for (const Block& block : layout.blocks) widest = std::max({widest, block.cols, block.rows});
    inverse_in_.resize(widest);
    inverse_out_.resize(widest);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    if (shared_) return step_shared(s, theta);
    norm_->compute(theta, s.extras.passes);
    if (c_ == Real(0)) c_ = first_ratio(s.grad);
    for (size_t l = 0; l < layout_.layers.size(); ++l) {
      const LayerBlocks& layer = layout_.layers[l];
      const auto G = view(block(layer.weights), s.grad);
      auto W = view(block(layer.weights), theta);
      invert(l);
      const auto in = inverse_in_.head(W.cols()).transpose();
      const Real rate = s.learning_rate * c_;
      for (Index v = 0; v < W.rows(); ++v)
        W.row(v).array() -= (rate * inverse_out_[v]) * (G.row(v).array() * in);
      if (layer.bn_scale >= 0)
        for (Index v = 0; v < W.rows(); ++v)
          if (W.row(v).squaredNorm() > kLongestFilter<Real>) shorten_filter(*s.extras.passes, l, v, W.row(v));
      if (layer.bias >= 0)
        as_column(layer.bias, theta) -= rate * inverse_out_.head(W.rows()) * as_column(layer.bias, s.grad);
      for (int euclidean : {layer.bn_scale, layer.bn_shift})
        if (euclidean >= 0) as_column(euclidean, theta) -= s.learning_rate * as_column(euclidean, s.grad);
    }
  }

  /// c, 0 before it is fixed.
  std::vector<std::span<Real>> state() override { return {std::span<Real>(&c_, 1)}; }

 private:
  const Block& block(int i) const { return layout_.blocks[static_cast<size_t>(i)]; }
  template <class R>
  auto as_column(int i, std::span<R> flat) const {
    return as_array(flat.subspan(static_cast<size_t>(block(i).offset), static_cast<size_t>(block(i).size())));
  }

  // The factors of 1/κ of layer l; 0 where κ is 0, so that a gradient that is not finite still shows.
  void invert(size_t l) {
    const Array<Real>&in = norm_->input(l), &out = norm_->output(l);
    inverse_in_.head(in.size()) = (in == Real(0)).select(Real(0), in.inverse());
    inverse_out_.head(out.size()) = (out == Real(0)).select(Real(0), out.inverse());
  }

  // The same with κ weight by weight.
  void step_shared(const Step<Real>& s, std::span<Real> theta) {
    shared_->compute(theta, s.extras.passes);
    const std::span<const Real> kappa = shared_->kappa();
    if (c_ == Real(0)) c_ = first_shared_ratio(s.grad, kappa);
    const Real rate = s.learning_rate * c_;
    for (size_t l = 0; l < layout_.layers.size(); ++l) {
      const LayerBlocks& layer = layout_.layers[l];
      for (int i : {layer.weights, layer.bias}) {
        if (i < 0) continue;
        const auto k = as_column(i, kappa);
        as_column(i, theta) -= (k == Real(0)).select(Real(0), rate * as_column(i, s.grad) / k);
      }
      auto W = view(block(layer.weights), theta);
      if (layer.bn_scale >= 0)
        for (Index v = 0; v < W.rows(); ++v)
          if (W.row(v).squaredNorm() > kLongestFilter<Real>) shorten_filter(*s.extras.passes, l, v, W.row(v));
      for (int euclidean : {layer.bn_scale, layer.bn_shift})
        if (euclidean >= 0) as_column(euclidean, theta) -= s.learning_rate * as_column(euclidean, s.grad);
    }
  }
  Real first_shared_ratio(std::span<const Real> grad, std::span<const Real> kappa) const {
    double euclidean = 0, path = 0;
    for (const LayerBlocks& layer : layout_.layers)
      for (int i : {layer.weights, layer.bias}) {
        if (i < 0) continue;
        const auto g = as_column(i, grad).template cast<double>(),
                   k = as_column(i, kappa).template cast<double>();
        euclidean += g.square().sum();
        path += (k == 0).select(0, (g / k).square()).sum();
      }
    return path == 0 ? Real(0) : static_cast<Real>(std::sqrt(euclidean / path));
  }

  // ‖g‖/‖g/κ‖ over weights and biases; 0 (not yet) while nothing moves.
  Real first_ratio(std::span<const Real> grad) {
    double euclidean = 0, path = 0;
    for (size_t l = 0; l < layout_.layers.size(); ++l) {
      const LayerBlocks& layer = layout_.layers[l];
      const auto G = view(block(layer.weights), grad);
      invert(l);
      for (Index v = 0; v < G.rows(); ++v) {
        const auto g = G.row(v).transpose().array().template cast<double>();
        const double out = static_cast<double>(inverse_out_[v]);
        euclidean += g.square().sum();
        path += (out * g * inverse_in_.head(G.cols()).template cast<double>()).square().sum();
        if (layer.bias < 0) continue;
        const double bias = static_cast<double>(as_column(layer.bias, grad)[v]);
        euclidean += bias * bias;
        path += (out * bias) * (out * bias);
      }
    }
    return path == 0 ? Real(0) : static_cast<Real>(std::sqrt(euclidean / path));
  }

  double alpha_;
  bool ratio_;
  ParamLayout layout_;
  std::unique_ptr<PathNorm<Real>> norm_;
  std::unique_ptr<SharedPathNorm<Real>> shared_;  // in norm_'s place where there are convolutions
  Array<Real> inverse_in_, inverse_out_;          // of one layer: one entry an input, a filter
  Real c_ = 0;
};

/// The option `scale` of both.
template <class Settings>
Option<Settings> scale_option() {
  return {
      .name = "scale",
      .field = &Settings::scale,
      .choices = {"none", "ratio"},
      .help =
          "ratio: one factor on the learning rate, fixed at the first step so that it is as long as SGD's",
      .source = "ours, after an idea in the public code of Neyshabur, Salakhutdinov, Srebro 2015"};
}

}  // namespace symopt::optimizers
