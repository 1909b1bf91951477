// sm.cpp — the scaled metric (Badrinarayanan, Mishra, Cipolla 2015, arXiv:1511.01754).
//
// With batch normalization each layer is scale-free by itself, as published:  w_i ← w_i − λ ‖w_i‖² g_i; γ, β
// and the logits' biases follow the Euclidean rule. Without it, rescaling a unit's inputs rescales the next
// layer's columns, so the layers are tied. Our extension to any depth: with c the squared scale of a layer's
// inputs and r that of its filters' outputs,
//   c¹_j = 1;  r_i = Σ_j w_ij² c_j;  next layer's c_j = Σ r_i over the filters pooled into input j;
//   w_ij ← w_ij − λ (r_i / c_j) g_ij;  a bias b_i ← b_i − λ r_i ∂b_i.
// The class vectors are one more such layer; one plain hidden layer's filters follow the published rule.
//
// Batch-normalized filters grow exponentially under it: scale_free.hpp keeps them in range.
#include "optimizers/scale_free.hpp"

namespace symopt::optimizers {

template <class Real>
class Sm final : public Optimizer<Real> {
 public:
  Needs needs(const ParamLayout& layout) const override { return {.passes = layout.normalized()}; }

  void bind(const ParamLayout& layout, std::span<Real>) override {
    layout_ = layout;
    Index widest = 1;
    for (const Block& block : layout.blocks) widest = std::max({widest, block.cols, block.rows});
    channel_c_.resize(widest);
    c_.resize(widest);
    inverse_c_.resize(widest);
    r_.resize(widest);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    if (!layout_.layers.empty()) channel_c_.head(layout_.layers[0].channels).setOnes();
    for (size_t l = 0; l < layout_.layers.size(); ++l) {
      const LayerBlocks& layer = layout_.layers[l];
      const bool normalized = layer.bn_scale >= 0;
      auto W = view(block(layer.weights), theta);
      const auto G = view(block(layer.weights), s.grad);
      // Every pixel that a filter sees has its channel's scale.
      for (Index j = 0; j < W.cols(); ++j) c_[j] = channel_c_[j % layer.channels];
      const auto c = c_.head(W.cols()).transpose();
      // An input of scale 0 comes from filters that are 0: its weights do not move.
      inverse_c_ = (c_ == Real(0)).select(Real(0), c_.inverse());
      const auto inverse_c = inverse_c_.head(W.cols()).transpose();
      for (Index i = 0; i < W.rows(); ++i) r_[i] = (W.row(i).array().square() * c).sum();
      for (Index i = 0; i < W.rows(); ++i)
        W.row(i).array() -= (s.learning_rate * r_[i]) * (G.row(i).array() * inverse_c);
      if (normalized)
        for (Index i = 0; i < W.rows(); ++i)
          if (r_[i] > kLongestFilter<Real>) shorten_filter(*s.extras.passes, l, i, W.row(i));
      if (layer.bias >= 0 && !layout_.normalized())
        as_row(layer.bias, theta) -=
            s.learning_rate * r_.head(W.rows()).transpose() * as_row(layer.bias, s.grad);
      for (int euclidean : {layer.bn_scale, layer.bn_shift, layout_.normalized() ? layer.bias : -1})
        if (euclidean >= 0) as_row(euclidean, theta) -= s.learning_rate * as_row(euclidean, s.grad);
      pass_on(W.rows() / layer.pool, layer.pool, normalized);
    }
  }

 private:
  const Block& block(int i) const { return layout_.blocks[static_cast<size_t>(i)]; }
  template <class R>
  auto as_row(int i, std::span<R> flat) const {
    using Row = Eigen::Array<std::remove_const_t<R>, 1, Eigen::Dynamic>;
    using Map = Eigen::Map<std::conditional_t<std::is_const_v<R>, const Row, Row>>;
    return Map(flat.data() + block(i).offset, block(i).size());
  }
  void pass_on(Index features, Index pool, bool normalized) {
    for (Index j = 0; j < features; ++j)
      channel_c_[j] = normalized ? Real(1) : r_.segment(j * pool, pool).sum();
  }

  ParamLayout layout_;
  Array<Real> channel_c_, c_, inverse_c_, r_;  // one entry a channel, an input, an input, a filter
};

OptimizerEntry sm() {
  return make_entry<Sm>("sm", "scaled metric",
                        "Badrinarayanan, Mishra, Cipolla 2015 (arXiv:1511.01754); without batch "
                        "normalization our extension to any depth",
                        "balanced");
}

}  // namespace symopt::optimizers
