// average_sharpness.cpp — all radii of a direction from one product with the samples, and the first layer's
// gradient from one: Z(t) = W X + t D X, and Σ_td dZ(t, d) Xᵀ.
#include "experiments/studies/average_sharpness.hpp"

#include <cmath>

namespace symopt {

std::vector<double> positive_direction(Index size, Stream stream) {
  std::vector<double> d(static_cast<size_t>(size));
  double square = 0;
  for (double& x : d) {
    x = stream.uniform();
    square += x * x;
  }
  for (double& x : d) x /= std::sqrt(square);
  return d;
}

namespace {

// A pass at one perturbed point: features of the hidden layers, and back from the logits.
class PerturbedPass {
 public:
  explicit PerturbedPass(const LayerMatrices& W) : h_(W.size() - 1), P_(W.size()) {}

  // Z: W_1 X at the point. `sums`, if it is there, is added to: dL/dZ_1 first, then the other layers'
  // gradients.
  double add(const LayerMatrices& W, const LayerMatrices& D, double radius, Eigen::MatrixXd Z,
             const std::vector<std::uint8_t>& labels, LayerMatrices* sums) {
    for (size_t l = 1; l < W.size(); ++l) {
      h_[l - 1] = leaky_features(Z);
      P_[l] = W[l] + radius * D[l];
      Z.noalias() = P_[l] * h_[l - 1];
    }
    const double loss = mean_cross_entropy(Z, labels, dZ_);
    if (sums == nullptr) return loss;
    for (size_t l = W.size() - 1; l > 0; --l) {
      (*sums)[l].noalias() += dZ_ * h_[l - 1].transpose();
      dh_.noalias() = P_[l].transpose() * dZ_;
      // A feature has the sign of what it came from.
      dZ_ = (h_[l - 1].array() > 0).select(dh_, kLeakySlope * dh_);
    }
    (*sums)[0] += dZ_;
    return loss;
  }

 private:
  LayerMatrices h_, P_;
  Eigen::MatrixXd dZ_, dh_;
};

}  // namespace

AverageSharpness average_sharpness(const ParamLayout& layout, std::span<const double> theta,
                                   const SampleColumns& samples, const std::vector<double>& radii,
                                   int directions, const Stream& stream, bool with_gradient) {
  const LayerMatrices W = matrices_of(layout, theta);
  const Eigen::MatrixXd WX = W[0] * samples.X;
  PerturbedPass pass(W);
  AverageSharpness result;
  result.loss = pass.add(W, W, 0, WX, samples.labels, nullptr);
  LayerMatrices sums;
  if (with_gradient) {
    sums.push_back(Eigen::MatrixXd::Zero(WX.rows(), WX.cols()));
    for (size_t l = 1; l < W.size(); ++l) sums.push_back(Eigen::MatrixXd::Zero(W[l].rows(), W[l].cols()));
  }
  double sum = 0;
  for (int k = 0; k < directions; ++k) {
    const LayerMatrices D = matrices_of(
        layout,
        positive_direction(layout.size, stream.fork(Purpose::teleport, static_cast<std::uint64_t>(k))));
    const Eigen::MatrixXd DX = D[0] * samples.X;
    for (const double t : radii)
      sum += pass.add(W, D, t, WX + t * DX, samples.labels, with_gradient ? &sums : nullptr);
  }
  const double points = directions * static_cast<double>(radii.size());
  result.mean = sum / points;
  if (!with_gradient) return result;
  sums[0] = (sums[0] * samples.X.transpose()).eval();
  for (Eigen::MatrixXd& one : sums) one /= points;
  result.gradient.resize(theta.size());
  store(sums, layout, result.gradient);
  return result;
}

}  // namespace symopt
