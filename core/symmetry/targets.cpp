// targets.cpp — groups that act on what is asked of a network: the order of the classes, and the loss.
#include <algorithm>
#include <cmath>

#include "core/network/layer_weights.hpp"
#include "core/symmetry/group.hpp"

namespace symopt {

namespace {

// Class k becomes class to[k].
class ClassPermutation final : public Element {
 public:
  ClassPermutation(ParamLayout layout, std::vector<std::uint32_t> to)
      : layout_(std::move(layout)), to_(std::move(to)) {}

  ActionStatus act(std::span<double> theta) const override {
    const LayerBlocks& last = layout_.layers.back();
    for (int i : {last.weights, last.bias}) {
      if (i < 0) continue;
      const Block& block = layout_.blocks[static_cast<size_t>(i)];
      const auto classes = static_cast<Index>(to_.size());
      MatrixView<double> W(theta.data() + block.offset, classes, block.size() / classes);
      const Matrix<double> old = W;
      for (Index k = 0; k < classes; ++k) W.row(to_[static_cast<size_t>(k)]) = old.row(k);
    }
    return {};
  }
  void act_on_labels(std::span<std::uint8_t> labels) const override {
    for (std::uint8_t& label : labels)
      if (label < to_.size()) label = static_cast<std::uint8_t>(to_[label]);
  }
  void act_on_outputs(Matrix<double>& F) const override {
    const Matrix<double> old = F;
    for (Index k = 0; k < F.cols(); ++k) F.col(to_[static_cast<size_t>(k)]) = old.col(k);
  }
  std::unique_ptr<Element> inverse() const override {
    std::vector<std::uint32_t> back(to_.size());
    for (std::uint32_t k = 0; k < to_.size(); ++k) back[to_[k]] = k;
    return std::make_unique<ClassPermutation>(layout_, std::move(back));
  }

 private:
  ParamLayout layout_;
  std::vector<std::uint32_t> to_;
};

class LossScale final : public Element {
 public:
  explicit LossScale(double log_factor) : log_factor_(log_factor) {}
  ActionStatus act(std::span<double>) const override { return {}; }
  double loss_factor() const override { return std::exp(log_factor_); }
  std::unique_ptr<Element> inverse() const override { return std::make_unique<LossScale>(-log_factor_); }

 private:
  double log_factor_;
};

}  // namespace

namespace groups {

GroupEntry class_permutation() {
  return {"class-permutation",
          "class",
          "classes reordered: their vectors, biases and labels",
          "every network",
          [](const NetworkSpec&) { return true; },
          false,
          [](const Site& site, Stream stream, double) -> std::unique_ptr<Element> {
            const auto classes = static_cast<std::uint32_t>(site.spec.classes());
            std::vector<std::uint32_t> to = stream.permutation(classes);
            // Any but the identity: the next class where the draw is that.
            if (std::ranges::is_sorted(to)) std::rotate(to.begin(), to.begin() + 1, to.end());
            return std::make_unique<ClassPermutation>(site.layout, std::move(to));
          },
          nullptr,
          Beside::classes};
}

GroupEntry loss_scale() {
  return {"loss-scale", "loss", "the loss times c > 0, and with it the gradient that the optimizer is given",
          "every network", [](const NetworkSpec&) { return true; }, false,
          // No factor near 1 would show whether a step depends on it.
          [](const Site&, Stream stream, double size) -> std::unique_ptr<Element> {
            return std::make_unique<LossScale>(size * stream.uniform(0.5, 1.5));
          },
          nullptr, Beside::loss};
}

}  // namespace groups

}  // namespace symopt
