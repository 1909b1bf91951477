// naive_network.hpp — the protocol's networks once more, sample by sample in double: the reference of the
// fast code.  B batch, I inputs, F features, p pool size, filters F·p, K classes.
#pragma once
#include <cstdint>
#include <vector>

#include "core/network/network_spec.hpp"

namespace symopt::test {

using Vector = std::vector<double>;
using Rows = std::vector<Vector>;

/// What one layer computed, sample by sample.
struct NaiveLayer {
  Rows inputs;            ///< B×I
  Rows z;                 ///< B×filters, before normalization and bias
  Rows a;                 ///< B×filters, before the activation
  Rows outputs;           ///< B×F
  Vector mean, variance;  ///< what z was normalized with (variance divided by B); empty without normalization
  Rows dz;                ///< dL/dz of the mean loss: B×filters
  std::vector<std::vector<size_t>> winner;  ///< B×F: filter with the largest activation, the first of equals
};

struct NaivePass {
  std::vector<NaiveLayer> layers;  ///< the last one gives the logits
  double loss = 0;                 ///< mean cross-entropy, nats
  Vector gradient;                 ///< in the order of the parameters
  Rows log_probabilities;          ///< B×K
  const Rows& logits() const { return layers.back().outputs; }
};

/// Mean and variance of each normalized layer, as evaluation reads them.
struct NaiveStatistics {
  Rows mean, variance;
};

class NaiveNetwork {
 public:
  explicit NaiveNetwork(const NetworkSpec& spec);
  size_t size() const { return size_; }

  /// Forward, loss and gradient under the batch's own statistics.
  NaivePass train(const Vector& theta, const Rows& X, const std::vector<std::uint8_t>& labels) const;
  /// Logits under given statistics.
  Rows evaluate(const Vector& theta, const Rows& X, const NaiveStatistics& statistics) const;

  NaiveStatistics initial_statistics() const;  ///< 0 and 1
  /// Running statistics after one more batch: momentum of the spec, variance divided by B − 1.
  void update(NaiveStatistics& running, const NaivePass& pass) const;

  /// Which linear piece of the network each sample is on: winners, and on which side of its kink each is.
  std::vector<int> pieces(const NaivePass& pass) const;
  /// Distance of the pass from another piece, in units of activations.
  double margin(const NaivePass& pass) const;

 private:
  struct Shape {
    size_t inputs, features, pool;
    bool normalized, biased, hidden;
    size_t weights, scale, shift, bias;  // offsets
    size_t filters() const { return features * pool; }
  };
  double activate(const Shape& s, double a) const;
  double slope(const Shape& s, double a) const;
  NaiveLayer forward(const Shape& s, const Vector& theta, const Rows& X, const Vector* mean,
                     const Vector* variance) const;
  Rows backward(const Shape& s, const Vector& theta, NaiveLayer& layer, const Rows& dY, Vector& grad) const;

  DenseNetwork spec_;
  std::vector<Shape> shapes_;
  size_t size_ = 0;
};

}  // namespace symopt::test
