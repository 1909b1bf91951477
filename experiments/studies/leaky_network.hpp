// leaky_network.hpp — a plain leaky-ReLU network as matrices: W_1 … W_L, no biases, h_l = σ(W_l h_{l−1}),
// logits W_L h_{L−1}; a sample a column.
#pragma once
#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/network/params.hpp"
#include "experiments/studies/leaky_relu.hpp"

namespace symopt {

using LayerMatrices = std::vector<Eigen::MatrixXd>;

/// Why a network is not one of these, in a few words; nothing where it is. It has a hidden layer.
std::optional<std::string> not_plain_leaky(const NetworkSpec& spec);

LayerMatrices matrices_of(const ParamLayout& layout, std::span<const double> theta);
/// The inverse.
void store(const LayerMatrices& W, const ParamLayout& layout, std::span<double> theta);

struct SampleColumns {
  Eigen::MatrixXd X;                 ///< inputs×samples
  std::vector<std::uint8_t> labels;  ///< of the samples
};
SampleColumns columns_at(const Samples& samples, int inputs, std::span<const std::uint32_t> indices);

/// Mean cross-entropy (nats) of logits: classes×samples; `slope` gets its derivative by them.
double mean_cross_entropy(const Eigen::MatrixXd& logits, const std::vector<std::uint8_t>& labels,
                          Eigen::MatrixXd& slope);

/// Of the network on the samples.
double loss_of(const LayerMatrices& W, const SampleColumns& samples);

}  // namespace symopt
