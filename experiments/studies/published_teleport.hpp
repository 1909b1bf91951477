// published_teleport.hpp — teleportation of a plain leaky-ReLU network as the public code of Zhao, Dehmamy,
// Walters, Yu 2022 computes it (group_action_MLP, teleport_MLP), which is not what eq. 8 of the paper says.
#pragma once
#include <vector>

#include "core/network/network.hpp"
#include "core/symmetry/teleportation.hpp"

namespace symopt {

/// With weights W_1 … W_L (W_L the linear last layer's), a T_m for each hidden layer, and a sample a column:
///
/// *Action.* One layer after the other W_m ← σ⁻¹((I + T_m) σ(W_m h)) h⁺, W_{m+1} ← W_{m+1} (I − T_m), where h
/// are the features of the *old* weights. The loss is kept to first order in T only.
///
/// *Search.* T_m = rate · ∂‖G‖²/∂T_m at T = 0, where G has ∂L/∂g_m of the moved weights g_m, each on the
/// features of those that have moved before; g_{m+1} depends on g_m through these features, and automatic
/// differentiation follows that too: G_m is the derivative of a network whose later layers undo what g_m does
/// to their inputs. As h⁺ h = I, G is ∇L at T = 0.
class PublishedTeleport {
 public:
  /// `spec`: plain, without bias and pooling, leaky ReLU, no layer narrower than there are samples; UserError
  /// otherwise. X: samples×inputs, Y: samples×outputs; L = ½‖f(X) − Y‖².
  PublishedTeleport(const NetworkSpec& spec, const Matrix<double>& X, const Matrix<double>& Y);
  Teleport move(const AscentSettings& settings, std::span<double> theta) const;

 private:
  using Weights = std::vector<Eigen::MatrixXd>;
  struct State {
    double loss = 0;
    Weights gradient;
    double square() const;  // ‖∇L‖²
  };
  Weights read(std::span<const double> theta) const;
  State evaluate(const Weights& W) const;
  Weights search_gradient(const Weights& W, const Weights& gradient) const;
  void act(const Weights& T, Weights& W) const;

  ParamLayout layout_;
  Eigen::MatrixXd X_, Y_;  // a sample a column
};

}  // namespace symopt
