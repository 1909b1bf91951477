// network_spec.hpp — a network's shape as a value: the samples' shape and a list of layers, with a canonical
// text.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/algebra/convolution.hpp"
#include "core/picture.hpp"

namespace symopt {

enum class Activation { relu, leaky_relu, sigmoid, tanh, linear };
inline constexpr double kLeakySlope = 0.1;

/// One layer. Filters see a whole sample (dense) or k×k pixels at each place; the others have no parameters.
struct LayerSpec {
  enum class Kind { filters, max_pool, average_pool, unpool, global_average, response_norm };
  Kind kind = Kind::filters;
  Index features = 0;  ///< filters: channels out
  Index pool =
      1;  ///< filters: adjacent ones of which the largest is a feature (Badrinarayanan, Mishra, Cipolla 2015)
  Index kernel = 0;  ///< filters: k, or 0 where they are dense; poolings: k
  Index stride = 1;
  Padding padding = Padding::same;
  bool batch_norm = false;
  bool bias = false;  ///< filters; in front of batch normalization, which takes it out again, where both are
  Activation activation = Activation::linear;

  bool operator==(const LayerSpec&) const = default;
  bool has_filters() const { return kind == Kind::filters; }
  bool pools() const { return kind == Kind::max_pool || kind == Kind::average_pool; }
  bool dense() const { return kernel == 0; }
  Index filters() const { return features * pool; }
  ConvolutionShape convolution(const PictureShape& input) const {
    return {input, filters(), kernel, stride, padding};
  }
  /// Of all kinds but unpool, whose size is that of what it undoes.
  PictureShape output(const PictureShape& input) const;
};

struct NetworkSpec {
  PictureShape input;
  std::vector<LayerSpec> layers;  ///< the last one has filters, the class vectors, and gives the logits
  double bn_epsilon = 1e-5, bn_momentum = 0.1;

  bool operator==(const NetworkSpec&) const = default;
  Index inputs() const { return input.size(); }
  Index classes() const { return layers.back().features; }
  /// The shape before each layer, and behind the last one. layers[i] is an unpool of layers[unpooled(i)].
  std::vector<PictureShape> shapes() const;
  size_t unpooled(size_t i) const;
  /// The layers that have filters, and all of them but the class vectors.
  std::vector<LayerSpec> filter_layers() const;
  std::vector<LayerSpec> hidden_layers() const;
  /// Is any hidden layer normalized? Mixtures cannot be written, so one stands for all.
  bool batch_norm() const;
  bool bias() const;
  /// Of the hidden layers; linear where there are none. Decoders' linear layers (behind unpool) do not count.
  Activation activation() const;
  /// Samples are single rows throughout: no convolutions, no pixels.
  bool dense() const;

  /// A canonical text: two names of one shape have one. Dense networks:
  /// FAMILY:IN-F-…-OUT[/poolP][/ACTIVATION][+bias]; others:
  /// conv:HxWxC-PART-…-OUT[/bn|/bn-bias][/poolP][/ACTIVATION][+bias].
  std::string text() const;
};

/// The dense networks of the paper's kind. ArchBN is `batch_norm` with pool 2; Arch1 the same without; an MLP
/// has pool 1. A hidden layer of F features has F·pool filters.
struct DenseNetwork {
  Index inputs = 0;
  std::vector<Index> features;  ///< outputs of each hidden layer
  Index classes = 0;
  Index pool = 1;
  bool batch_norm = false;
  bool bias = false;  ///< on hidden layers (without batch normalization) and on the logits
  Activation activation = Activation::relu;
  double bn_epsilon = 1e-5, bn_momentum = 0.1;

  operator NetworkSpec() const;
};
/// The same network so written; nothing where it has convolutions or layers of several kinds.
std::optional<DenseNetwork> as_dense(const NetworkSpec& spec);

/// A name of the registry (archbn-4, 3c3d, …), or a list: `mlp:64-32-32-10+bias`, `archbn:784-64x4-10/pool2`,
/// `arch1:784-64x2-10/pool2/sigmoid`, `conv:28x28x1-16c5-p2s2-32c5-p2s2-128-10/bn/relu`. `input` and
/// `classes` (of the data set) size the named ones and must agree with a list's ends; a size of 0 means
/// unknown. UsageError naming the text and what was expected.
NetworkSpec parse_network(const std::string& text, const PictureShape& input, Index classes);
inline NetworkSpec parse_network(const std::string& text, Index inputs, Index classes) {
  return parse_network(text, PictureShape{1, 1, inputs}, classes);
}
/// The same of a shape that says its own sizes and has a hidden layer; UsageError where one does not.
NetworkSpec parse_sized_network(const std::string& text);

/// A name that stands for a shape once the data set is known.
struct NetworkEntry {
  std::string name, description;
  bool pictures;  ///< needs samples with height and width
  NetworkSpec (*make)(const PictureShape& input, Index classes);
};
const std::vector<NetworkEntry>& network_registry();

std::string to_text(Activation activation);

}  // namespace symopt
