// network_spec.hpp — a network's shape as a value, with a canonical text: archbn:784-64x4-10/pool2/relu.
#pragma once
#include <string>
#include <vector>

#include "core/arrays.hpp"

namespace symopt {

enum class Activation { relu, leaky_relu, sigmoid, linear };
inline constexpr double kLeakySlope = 0.1;

/// Badrinarayanan, Mishra and Cipolla 2015: ArchBN is `batch_norm` with pool 2; Arch1 the same without; an
/// MLP has pool 1. A hidden layer of F features has F·pool filters.
struct NetworkSpec {
  Index inputs = 0;
  std::vector<Index> features;  ///< outputs of each hidden layer
  Index classes = 0;
  Index pool = 1;
  bool batch_norm = false;
  bool bias = false;  ///< on hidden layers (without batch normalization) and on the logits
  Activation activation = Activation::relu;
  double bn_epsilon = 1e-5, bn_momentum = 0.1;

  /// FAMILY:IN-F-…-OUT[/poolP][/ACTIVATION][+bias], layers spelt out: two names of one shape have one text.
  std::string text() const;
  bool operator==(const NetworkSpec&) const = default;
};

/// A name of the registry (archbn-4, arch1-2, …), or a list: `mlp:64-32-32-10+bias`,
/// `archbn:784-64x4-10/pool2`, `arch1:784-64x2-10/pool2/sigmoid`. `inputs` and `classes` (of the data set)
/// size the named ones and must agree with a list's ends; 0 means unknown. UsageError naming the text and
/// what was expected.
NetworkSpec parse_network(const std::string& text, Index inputs, Index classes);
/// The same of a shape that says its own sizes and has a hidden layer; UsageError where one does not.
NetworkSpec parse_sized_network(const std::string& text);

/// A name that stands for a shape once the data set is known.
struct NetworkEntry {
  std::string name, description;
  NetworkSpec (*make)(Index inputs, Index classes);
};
const std::vector<NetworkEntry>& network_registry();

std::string to_text(Activation activation);

}  // namespace symopt
