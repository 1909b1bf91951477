// feature_orbit.hpp — GL(h) on the features of a plain leaky-ReLU network, as published with the first
// teleportation study (Zhao, Dehmamy, Walters, Yu 2022, eq. 8, and its public code): per hidden layer
//   W ← σ⁻¹((I + T) σ(W H)) H⁺,  U ← U (I − T),
// H: features of the layer before on the samples, U: the next layer's weights. Only to first order in T does
// it keep what the next layer sees, and only where H has full column rank.
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
