// orthogonal.cpp — orthogonal matrices that mix the channels of a hidden layer, or only turn their signs.
#include <fmt/format.h>

#include <algorithm>

#include "core/network/layer_weights.hpp"
#include "core/symmetry/channels.hpp"
#include "core/symmetry/group.hpp"
#include "core/symmetry/rotation.hpp"

namespace symopt {

namespace {

// What a layer computes is multiplied by Q, and what reads it by Qᵀ; one Q: features×features a hidden layer.
// Filters of a pool group move as one.
class ChannelMixing final : public Element {
 public:
  ChannelMixing(ParamLayout layout, std::vector<Matrix<double>> Q)
      : layout_(std::move(layout)), Q_(std::move(Q)) {}

  ActionStatus act(std::span<double> theta) const override {
    for (size_t l = 0; l < Q_.size(); ++l) {
      const LayerBlocks& layer = layout_.layers[l];
      // Normalization takes a filter's sign as its scale leaves it, so that the shift turns with it.
      for (int i : {layer.weights, layer.bias, layer.bn_shift}) {
        if (i < 0) continue;
        const Block& block = layout_.blocks[static_cast<size_t>(i)];
        const Index features = Q_[l].rows();
        MatrixView<double> W(theta.data() + block.offset, features, block.size() / features);
        W = (Q_[l] * W).eval();
      }
      auto next = outgoing_weights(layout_, l, theta);
      next = (next * Q_[l].transpose()).eval();
    }
    return {};
  }
  std::unique_ptr<Element> inverse() const override {
    std::vector<Matrix<double>> back;
    for (const Matrix<double>& Q : Q_) back.push_back(Q.transpose());
    return std::make_unique<ChannelMixing>(layout_, std::move(back));
  }

 private:
  ParamLayout layout_;
  std::vector<Matrix<double>> Q_;
};

template <class Make>
std::unique_ptr<Element> draw_mixing(const Site& site, const Make& make) {
  std::vector<Matrix<double>> Q;
  for (size_t l = 0; l + 1 < site.layout.layers.size(); ++l) Q.push_back(make(feature_count(site.layout, l)));
  return std::make_unique<ChannelMixing>(site.layout, std::move(Q));
}

bool some_layer(const NetworkSpec& spec, LayerSpec::Kind kind) {
  return std::ranges::any_of(spec.layers, [&](const LayerSpec& l) { return l.kind == kind; });
}

// Hidden layers with one filter a feature, all with one of these activations, and nothing that picks maxima.
bool units_alone(const NetworkSpec& spec, std::initializer_list<Activation> activations) {
  const std::vector<LayerSpec> hidden = spec.hidden_layers();
  return !hidden.empty() && !some_layer(spec, LayerSpec::Kind::max_pool) &&
         std::ranges::all_of(hidden, [&](const LayerSpec& l) {
           return l.pool == 1 && std::ranges::find(activations, l.activation) != activations.end();
         });
}

// At Q = I along each plane: rows i and j of the layer turn into each other, its readers' columns too.
void plane_generators(const Site& site, std::span<const double> theta, const Visit& visit) {
  std::vector<double> direction(theta.size());
  for (size_t l = 0; l + 1 < site.layout.layers.size(); ++l) {
    const LayerBlocks& layer = site.layout.layers[l];
    const Index features = feature_count(site.layout, l);
    for (Index i = 0; i < features; ++i)
      for (Index j = 0; j < i; ++j) {
        direction.assign(theta.size(), 0);
        for (int b : {layer.weights, layer.bias, layer.bn_shift}) {
          if (b < 0) continue;
          const Block& block = site.layout.blocks[static_cast<size_t>(b)];
          const ConstMatrixView<double> W(theta.data() + block.offset, features, block.size() / features);
          MatrixView<double> D(direction.data() + block.offset, features, block.size() / features);
          D.row(i) = W.row(j);
          D.row(j) = -W.row(i);
        }
        const auto U = outgoing_weights(site.layout, l, theta);
        auto D = outgoing_weights(site.layout, l, std::span<double>(direction));
        D.col(i) = U.col(j);
        D.col(j) = -U.col(i);
        visit(fmt::format("layer {} units {} and {}", l + 1, j + 1, i + 1), direction);
      }
  }
}

}  // namespace

namespace groups {

GroupEntry sign_flip() {
  return {"sign-flip",
          "sign",
          "a hidden unit's incoming weights and bias times −1, its outgoing weights too; each unit by a coin",
          "odd activations (tanh, linear) without maxima",
          [](const NetworkSpec& spec) {
            return units_alone(spec, {Activation::tanh, Activation::linear});
          },
          false,
          [](const Site& site, Stream stream, double) {
            return draw_mixing(site, [&](Index features) {
              Matrix<double> Q = Matrix<double>::Identity(features, features);
              for (Index i = 0; i < features; ++i)
                if (i == 0 || stream.below(2) == 0) Q(i, i) = -1;  // one at least
              return Q;
            });
          },
          nullptr};
}

GroupEntry hidden_orthogonal() {
  return {
      "hidden-orthogonal",
      "hidO",
      "each hidden layer's weights and biases times an orthogonal Q from the left, the next layer's weights "
      "times Qᵀ from the right",
      "linear networks without batch normalization and maxima",
      [](const NetworkSpec& spec) {
        return units_alone(spec, {Activation::linear}) && !spec.batch_norm() && !neighbours_matter(spec);
      },
      false,
      [](const Site& site, Stream stream, double size) {
        return draw_mixing(site, [&](Index features) { return draw_rotation(features, stream, size); });
      },
      plane_generators};
}

}  // namespace groups

}  // namespace symopt
