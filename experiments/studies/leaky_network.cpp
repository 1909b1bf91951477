// leaky_network.cpp — a plain leaky-ReLU network as matrices.
#include "experiments/studies/leaky_network.hpp"

#include "core/network/batch.hpp"
#include "core/network/layer_weights.hpp"
#include "core/network/loss.hpp"

namespace symopt {

std::optional<std::string> not_plain_leaky(const NetworkSpec& spec) {
  const std::optional<DenseNetwork> dense = as_dense(spec);
  if (!dense) return "it is not fully connected";
  if (dense->features.empty()) return "it has no hidden layer";
  if (dense->batch_norm) return "it normalizes its batches";
  if (dense->pool > 1) return "it takes maxima over filters";
  if (dense->bias) return "it has biases";
  if (dense->activation != Activation::leaky_relu)
    return "its activation is " + to_text(dense->activation) + ", not leaky-relu";
  return {};
}

LayerMatrices matrices_of(const ParamLayout& layout, std::span<const double> theta) {
  LayerMatrices W;
  for (size_t l = 0; l < layout.layers.size(); ++l) W.emplace_back(view(layer_weights(layout, l), theta));
  return W;
}

void store(const LayerMatrices& W, const ParamLayout& layout, std::span<double> theta) {
  for (size_t l = 0; l < W.size(); ++l) view(layer_weights(layout, l), theta) = W[l];
}

SampleColumns columns_at(const Samples& samples, int inputs, std::span<const std::uint32_t> indices) {
  BatchBuffer<double> buffer(static_cast<Index>(indices.size()), inputs);
  const Batch<double> batch = buffer.gather(samples, indices);
  SampleColumns columns{ConstMatrixView<double>(batch.X).transpose(), {}};
  for (Index i = 0; i < batch.size(); ++i) columns.labels.push_back(batch.targets.labels[i]);
  return columns;
}

double mean_cross_entropy(const Eigen::MatrixXd& logits, const std::vector<std::uint8_t>& labels,
                          Eigen::MatrixXd& slope) {
  slope.resize(logits.rows(), logits.cols());
  // Columns in memory one after the other: rows of the network's.
  return softmax_cross_entropy<double>({logits.data(), logits.cols(), logits.rows()}, labels.data(),
                                       slope.data());
}

double loss_of(const LayerMatrices& W, const SampleColumns& samples) {
  Eigen::MatrixXd h = samples.X;
  for (size_t l = 0; l + 1 < W.size(); ++l) h = leaky_features(W[l] * h);
  Eigen::MatrixXd slope;
  return mean_cross_entropy(W.back() * h, samples.labels, slope);
}

}  // namespace symopt
