// inputs.cpp — groups that act on the samples and undo it in the first layer: a rotation of the inputs, and a
// scale for each.
#include <Eigen/LU>
#include <cmath>

#include "core/network/layer_weights.hpp"
#include "core/symmetry/group.hpp"
#include "core/symmetry/rotation.hpp"

namespace symopt {

namespace {

// The inputs that a filter of the first layer weighs by its own numbers: the samples' values where it is
// dense, the channels of a pixel where it is a convolution.
Index mixed_inputs(const Site& site) {
  const LayerBlocks& first = site.layout.layers.front();
  return layer_weights(site.layout, 0).cols / first.window;
}

// x → A x for each sample, or each of its pixels, and W → W A⁻¹ by the same columns; A: inputs×inputs.
class InputChange final : public Element {
 public:
  InputChange(Block weights, Matrix<double> A, Matrix<double> inverse)
      : weights_(std::move(weights)), A_(std::move(A)), inverse_(std::move(inverse)) {}

  ActionStatus act(std::span<double> theta) const override {
    MatrixView<double> W(theta.data() + weights_.offset, weights_.size() / A_.rows(), A_.rows());
    W = (W * inverse_).eval();
    return {};
  }
  void act_on_samples(Matrix<double>& X) const override {
    MatrixView<double> pixels(X.data(), X.size() / A_.rows(), A_.rows());
    pixels = (pixels * A_.transpose()).eval();
  }
  std::unique_ptr<Element> inverse() const override {
    return std::make_unique<InputChange>(weights_, inverse_, A_);
  }

 private:
  Block weights_;
  Matrix<double> A_, inverse_;
};

bool filters_first(const NetworkSpec& spec) { return spec.layers.front().has_filters(); }
bool several_inputs(const NetworkSpec& spec) {
  return (spec.layers.front().dense() ? spec.inputs() : spec.input.channels) > 1;
}

// Response normalization of up to this many channels sums the squares of all of them for each.
constexpr Index kNeighbours = 3;
bool sees_lengths_first(const NetworkSpec& spec) {
  return spec.layers.front().kind == LayerSpec::Kind::response_norm && spec.input.channels <= kNeighbours &&
         spec.layers[1].has_filters() && !spec.layers[1].dense();
}

}  // namespace

namespace groups {

GroupEntry input_orthogonal() {
  return {
      "input-orthogonal",
      "inQ",
      "samples x → Qx with an orthogonal Q, the first layer's weights times Qᵀ; Q mixes the channels of a "
      "pixel where that layer is a convolution",
      "networks whose first layer has filters, of more than one input",
      [](const NetworkSpec& spec) {
        return several_inputs(spec) && (filters_first(spec) || sees_lengths_first(spec));
      },
      false,
      [](const Site& site, Stream stream, double size) -> std::unique_ptr<Element> {
        const Matrix<double> Q = draw_rotation(mixed_inputs(site), stream, size);
        return std::make_unique<InputChange>(layer_weights(site.layout, 0), Q, Q.transpose());
      },
      nullptr,
      Beside::samples};
}

GroupEntry input_scale() {
  return {
      "input-scale",
      "inD",
      "samples x → Dx with a diagonal D > 0, the first layer's weights times D⁻¹; D scales the channels of "
      "a pixel where that layer is a convolution",
      "networks whose first layer has filters",
      filters_first,
      false,
      [](const Site& site, Stream stream, double size) -> std::unique_ptr<Element> {
        Eigen::VectorXd d(mixed_inputs(site));
        for (double& x : d) x = std::exp(size * stream.normal());
        return std::make_unique<InputChange>(layer_weights(site.layout, 0), d.asDiagonal(),
                                             d.cwiseInverse().asDiagonal());
      },
      nullptr,
      Beside::samples};
}

}  // namespace groups

}  // namespace symopt
