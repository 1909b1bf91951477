// conserved.cpp — the laws of batch normalization, homogeneous units, the softmax, and linear networks.
#include "core/symmetry/conserved.hpp"

#include "core/network/layer_weights.hpp"
#include "core/symmetry/group.hpp"

namespace symopt {

namespace {

bool holds(const char* group, const NetworkSpec& spec) { return find_group(group).holds_for(spec); }

std::vector<double> filter_norms(const ParamLayout& layout, std::span<const double> theta) {
  std::vector<double> Q;
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const auto W = view(layer_weights(layout, l), theta);
    for (Index i = 0; i < W.rows(); ++i) Q.push_back(W.row(i).squaredNorm());
  }
  return Q;
}

std::vector<double> unit_balances(const ParamLayout& layout, std::span<const double> theta) {
  std::vector<double> Q;
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const LayerBlocks& layer = layout.layers[l];
    const auto W = view(layer_weights(layout, l), theta);
    const auto U = outgoing_weights(layout, l, theta);
    for (Index f = 0; f < U.cols(); ++f) {
      double in = W.middleRows(f * layer.pool, layer.pool).squaredNorm();
      if (layer.bias >= 0)
        in += view(layout.blocks[static_cast<size_t>(layer.bias)], theta)
                  .middleCols(f * layer.pool, layer.pool)
                  .squaredNorm();
      Q.push_back(in - U.col(f).squaredNorm());
    }
  }
  return Q;
}

std::vector<double> class_sums(const ParamLayout& layout, std::span<const double> theta) {
  std::vector<double> Q;
  const LayerBlocks& last = layout.layers.back();
  const auto W = view(layout.blocks[static_cast<size_t>(last.weights)], theta);
  for (Index j = 0; j < W.cols(); ++j) Q.push_back(W.col(j).sum());
  if (last.bias >= 0) Q.push_back(view(layout.blocks[static_cast<size_t>(last.bias)], theta).sum());
  return Q;
}

// The entries on and below the diagonal of W_lW_lᵀ − W_{l+1}ᵀW_{l+1}: with a bias, of [W_l b][W_l b]ᵀ.
std::vector<double> layer_balances(const ParamLayout& layout, std::span<const double> theta) {
  std::vector<double> Q;
  for (size_t l = 0; l + 1 < layout.layers.size(); ++l) {
    const auto W = view(layer_weights(layout, l), theta);
    const auto U = outgoing_weights(layout, l, theta);
    Matrix<double> C = W * W.transpose() - U.transpose() * U;
    if (const int bias = layout.layers[l].bias; bias >= 0) {
      const auto b = view(layout.blocks[static_cast<size_t>(bias)], theta);
      C += b.transpose() * b;
    }
    for (Index i = 0; i < C.rows(); ++i)
      for (Index j = 0; j <= i; ++j) Q.push_back(C(i, j));
  }
  return Q;
}

}  // namespace

const std::vector<ConservationLaw>& conservation_laws() {
  static const std::vector<ConservationLaw> laws = {
      {"filter-norm", "‖w‖² of each filter before normalization",
       [](const NetworkSpec& spec) { return holds("filter-rescale", spec); }, filter_norms, 2},
      {"unit-balance", "‖w_in‖² + b² − ‖w_out‖² of each unit",
       [](const NetworkSpec& spec) { return holds("node-rescale", spec); }, unit_balances, 2},
      {"class-sum", "Σ_k θ_k over the class vectors",
       [](const NetworkSpec& spec) { return holds("class-shift", spec); }, class_sums, 1},
      {"layer-balance", "W_l W_lᵀ − W_{l+1}ᵀ W_{l+1} of neighbours",
       [](const NetworkSpec& spec) { return holds("hidden-orthogonal", spec); }, layer_balances, 2}};
  return laws;
}

void ChargePrediction::step(double rate, const std::vector<double>& of_velocity) {
  for (size_t i = 0; i < Q_.size(); ++i) {
    B_[i] = momentum_ * B_[i] + decay_ * Q_[i];
    if (degree_ == 1) {
      Q_[i] -= rate * B_[i];
      continue;
    }
    Q_[i] += -2 * rate * B_[i] + rate * rate * of_velocity[i];
    B_[i] -= rate * of_velocity[i];
  }
}

}  // namespace symopt
