// g_sgd.cpp — G-SGD (Meng et al. 2019): gradient descent on the values of basis paths, which no rescaling of
// units changes. h hidden units a layer, layers l = 1 … L of weights W_l.  Chain j is unit j of every hidden
// layer, with its skeleton weights: W_1[j, j mod inputs], W_l[j, j], W_L[j mod outputs, j].  A basis path has
// at most one weight w that is not of the skeleton: to it along the chain of its input a, and on along that
// of its output b, so that v = q w with
//   q = A_l[a] B_l[b],  A_l: product of a chain's skeleton weights in layers before l (1 for l = 1),  B_l:
//   behind l
// The gradient of path values by the inverse chain rule, for w, and for the skeleton path of chain j, of
// value v_j:
//   ∂v = g/q,   ∂v_j v_j = (g w of chain j's first weight) − Σ g w over the other weights that leave the
//   chain
// Descent v ← v − λ ∂v, and back to weights, where of the skeleton only first weights change:
//   R_j = 1 − λ ∂v_j/v_j;   first skeleton weight ← R_j w;   w ← (w − λ g/q²)/R_a,  undivided for l = 1
// As published it is for layers of one width. Biases are ours: edges from a node of their own, with A = 1 and
// nothing to divide by.
#include "core/network/layer_weights.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

template <class Real>
class GSgd final : public Optimizer<Real> {
 public:
  void bind(const ParamLayout& layout, std::span<Real>) override {
    layout_ = layout;
    depth_ = layout.layers.size();
    width_ = depth_ > 1 ? feature_count(layout, 0) : 0;
    before_.resize(static_cast<Index>(depth_ + 1), width_);
    behind_.resize(static_cast<Index>(depth_), width_);
    for (Array<Real>* one : {&moved_, &ratio_, &kept_}) one->resize(width_);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    if (depth_ == 1) {
      as_array(theta) -= s.learning_rate * as_array(s.grad);
      return;
    }
    chain_products(theta);
    // ∂v_j v_j of the skeleton paths.
    moved_.setZero();
    for (size_t l = 0; l < depth_; ++l) {
      const auto W = view(layer_weights(layout_, l), std::span<const Real>(theta));
      const auto G = view(layer_weights(layout_, l), s.grad);
      if (l > 0)
        for (Index b = 0; b < W.rows(); ++b) moved_ -= (W.row(b).array() * G.row(b).array()).transpose();
      for (Index j = 0; j < width_; ++j) {
        const auto [b, a] = skeleton(l, j);
        moved_[j] += W(b, a) * G(b, a);  // of later layers: the skeleton's own share, taken above
      }
    }
    const auto value = before_.row(static_cast<Index>(depth_)).transpose().array();
    ratio_ = 1 - s.learning_rate * moved_ / value.square();
    for (size_t l = 0; l < depth_; ++l) move_layer(s, l, theta);
    for (size_t l = 0; l < depth_; ++l) move_bias(s, l, theta);
  }

 private:
  struct Place {
    Index row, column;
  };
  Place skeleton(size_t l, Index j) const {
    const Block& W = layer_weights(layout_, l);
    return {l + 1 < depth_ ? j : j % W.rows, l > 0 ? j : j % W.cols};
  }

  void chain_products(std::span<const Real> theta) {
    before_.row(0).setOnes();
    behind_.row(static_cast<Index>(depth_) - 1).setOnes();
    const auto weight = [&](size_t l, Index j) {
      const auto [b, a] = skeleton(l, j);
      return view(layer_weights(layout_, l), theta)(b, a);
    };
    for (Index j = 0; j < width_; ++j) {
      for (size_t l = 0; l < depth_; ++l)
        before_(static_cast<Index>(l) + 1, j) = before_(static_cast<Index>(l), j) * weight(l, j);
      for (size_t l = depth_ - 1; l > 0; --l)
        behind_(static_cast<Index>(l) - 1, j) = behind_(static_cast<Index>(l), j) * weight(l, j);
    }
  }

  void move_layer(const Step<Real>& s, size_t l, std::span<Real> theta) {
    auto W = view(layer_weights(layout_, l), theta);
    const auto G = view(layer_weights(layout_, l), s.grad);
    for (Index j = 0; j < width_; ++j) {
      const auto [b, a] = skeleton(l, j);
      kept_[j] = W(b, a);
    }
    for (Index b = 0; b < W.rows(); ++b) {
      auto w = W.row(b).array();
      const auto g = G.row(b).array();
      const Real out = l + 1 < depth_ ? behind_(static_cast<Index>(l), b) : Real(1),
                 rate = s.learning_rate / (out * out);
      if (l == 0)
        w -= rate * g;
      else
        w = (w - rate * g / before_.row(static_cast<Index>(l)).array().square()) / ratio_.transpose();
    }
    for (Index j = 0; j < width_; ++j) {
      const auto [b, a] = skeleton(l, j);
      W(b, a) = l == 0 ? kept_[j] * ratio_[j] : kept_[j] + 0 * G(b, a);  // 0·: what is not finite is seen
    }
  }

  void move_bias(const Step<Real>& s, size_t l, std::span<Real> theta) {
    if (layout_.layers[l].bias < 0) return;
    const Block& bias = layout_.blocks[static_cast<size_t>(layout_.layers[l].bias)];
    auto b = view(bias, theta).array();
    const auto g = view(bias, s.grad).array();
    if (l + 1 < depth_)
      b -= s.learning_rate * g / behind_.row(static_cast<Index>(l)).array().square();
    else
      b -= s.learning_rate * g;
  }

  ParamLayout layout_;
  size_t depth_ = 0;
  Index width_ = 0;
  Matrix<Real> before_, behind_;      // A: (L+1)×h, the last row values of skeleton paths; B: L×h
  Array<Real> moved_, ratio_, kept_;  // of each chain
};

OptimizerEntry g_sgd() {
  OptimizerEntry entry = make_entry<GSgd>("g-sgd", "gradient descent on the values of basis paths",
                                          "Meng et al. 2019; biases are ours", "he");
  entry.refusal = [](const NetworkSpec& spec, const Assignments&) -> std::optional<std::string> {
    if (!spec.dense()) return "expected a dense network, found convolutions";
    const std::vector<LayerSpec> hidden = spec.hidden_layers();
    for (const LayerSpec& layer : hidden) {
      if (layer.batch_norm) return "expected units with a scale of their own, found batch normalization";
      if (layer.pool != 1) return "expected units of one filter, found maxima over filters";
      if (layer.activation == Activation::sigmoid || layer.activation == Activation::tanh)
        return "expected units that are relu, leaky-relu or linear, found " + to_text(layer.activation);
      if (layer.features != hidden.front().features)
        return fmt::format("expected hidden layers of one width, found {} and {}", hidden.front().features,
                           layer.features);
    }
    return std::nullopt;
  };
  return entry;
}

}  // namespace symopt::optimizers
