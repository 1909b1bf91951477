// feature_orbit.hpp — GL(h) on the features of a plain leaky-ReLU network (Zhao, Dehmamy, Walters, Yu 2022,
// eq. 8): hidden layer by hidden layer
//   W ← σ⁻¹((I + T) σ(W H)) H⁺,  U ← U (I − T),
// U: the next layer's weights, H: features of the layer before on the samples. That these are those of the
// weights that have moved already is ours; the public code takes the old ones (published_teleport.hpp). Only
// to first order in T does it keep what the next layer sees, and only where H has full column rank.
#pragma once
#include "core/network/network.hpp"
#include "core/symmetry/teleportation.hpp"

namespace symopt {

class FeatureOrbit final : public Orbit {
 public:
  /// `spec`: plain, without bias and pooling, leaky ReLU. X: samples×inputs.
  FeatureOrbit(const NetworkSpec& spec, const Matrix<double>& X);
  /// Of all T: h² a hidden layer of h units, layer after layer, row by row.
  Index size() const override { return size_; }
  void pull_back(std::span<const double> theta, std::span<const double> c, std::span<double> D) override;
  void act(std::span<const double> T, std::span<double> theta) override;

 private:
  ParamLayout layout_;
  Eigen::MatrixXd X_;  // inputs×samples
  Index size_ = 0;
};

}  // namespace symopt
