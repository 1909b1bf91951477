// translations.cpp — what adds a fixed vector to the parameters: the shift of all class vectors, which the
// softmax does not see, that of biases which a normalization takes out again, and the control, which is no
// symmetry of anything.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/symmetry/group.hpp"

namespace symopt {

namespace {

class Translation final : public Element {
 public:
  explicit Translation(std::vector<double> by) : by_(std::move(by)) {}
  ActionStatus act(std::span<double> theta) const override {
    for (size_t i = 0; i < by_.size(); ++i) theta[i] += by_[i];
    return {};
  }
  std::unique_ptr<Element> inverse() const override {
    std::vector<double> back = by_;
    for (double& x : back) x = -x;
    return std::make_unique<Translation>(std::move(back));
  }

 private:
  std::vector<double> by_;
};

// Adds `c` to column j of the class vectors; column `cols` is the bias.
void shift_column(const ParamLayout& layout, Index j, double c, std::span<double> theta) {
  const LayerBlocks& last = layout.layers.back();
  const Block& weights = layout.blocks[static_cast<size_t>(last.weights)];
  if (j < weights.cols)
    view(weights, theta).col(j).array() += c;
  else
    view(layout.blocks[static_cast<size_t>(last.bias)], theta).array() += c;
}
Index shift_columns(const ParamLayout& layout) {
  const LayerBlocks& last = layout.layers.back();
  return layout.blocks[static_cast<size_t>(last.weights)].cols + (last.bias >= 0 ? 1 : 0);
}

// The biases of normalized layers, block by block.
template <class Call>
void each_normalized_bias(const ParamLayout& layout, const Call& call) {
  for (size_t l = 0; l < layout.layers.size(); ++l)
    if (layout.layers[l].bias >= 0 && layout.layers[l].bn_scale >= 0)
      for (Index i = 0; i < layout.blocks[static_cast<size_t>(layout.layers[l].bias)].size(); ++i)
        call(l, i, layout.blocks[static_cast<size_t>(layout.layers[l].bias)].offset + i);
}

// A class shift's c and the control's noise are drawn at the scale of the weights of a He start.
constexpr double kScale = 0.5;

}  // namespace

namespace groups {

GroupEntry class_shift() {
  return {"class-shift",
          "shift",
          "the same vector added to every class vector (and the same number to every class's bias)",
          "every network with a softmax",
          [](const NetworkSpec&) { return true; },
          false,
          [](const Site& site, Stream stream, double size) -> std::unique_ptr<Element> {
            std::vector<double> by(static_cast<size_t>(site.layout.size));
            for (Index j = 0; j < shift_columns(site.layout); ++j)
              shift_column(site.layout, j, kScale * size * stream.normal(), by);
            return std::make_unique<Translation>(std::move(by));
          },
          [](const Site& site, std::span<const double> theta, const Visit& visit) {
            std::vector<double> direction(theta.size());
            for (Index j = 0; j < shift_columns(site.layout); ++j) {
              direction.assign(theta.size(), 0);
              shift_column(site.layout, j, 1, direction);
              visit(fmt::format("class input {}", j + 1), direction);
            }
          }};
}

GroupEntry bn_shift() {
  return {"bn-shift",
          "bias",
          "any number added to each bias in front of a batch normalization",
          "layers with a bias in front of batch normalization",
          [](const NetworkSpec& spec) {
            return std::ranges::any_of(spec.layers,
                                       [](const LayerSpec& l) { return l.batch_norm && l.bias; });
          },
          false,
          [](const Site& site, Stream stream, double size) -> std::unique_ptr<Element> {
            std::vector<double> by(static_cast<size_t>(site.layout.size));
            each_normalized_bias(site.layout, [&](size_t, Index, Index at) {
              by[static_cast<size_t>(at)] = kScale * size * stream.normal();
            });
            return std::make_unique<Translation>(std::move(by));
          },
          [](const Site& site, std::span<const double> theta, const Visit& visit) {
            std::vector<double> direction(theta.size());
            each_normalized_bias(site.layout, [&](size_t l, Index i, Index at) {
              direction.assign(theta.size(), 0);
              direction[static_cast<size_t>(at)] = 1;
              visit(fmt::format("layer {} filter {}", l + 1, i + 1), direction);
            });
          }};
}

GroupEntry none() {
  return {"none",
          "none",
          "control: a random perturbation of every parameter",
          "nothing",
          [](const NetworkSpec&) { return false; },
          false,
          [](const Site& site, Stream stream, double size) -> std::unique_ptr<Element> {
            std::vector<double> by(static_cast<size_t>(site.layout.size));
            for (double& x : by) x = kScale * size * stream.normal();
            return std::make_unique<Translation>(std::move(by));
          },
          nullptr};
}

}  // namespace groups

}  // namespace symopt
