// group.hpp — groups that act on the parameters of a network, some on samples, classes or the loss as well:
// what may be changed without changing what is learned.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/network/network.hpp"

namespace symopt {

/// A network and, for groups that ask for data, the samples X: n×I on which they keep its outputs.
struct Site {
  NetworkSpec spec;
  ParamLayout layout;
  Matrix<double> X;

  explicit Site(const NetworkSpec& shape, Matrix<double> samples = {})
      : spec(shape), layout(layout_of(shape)), X(std::move(samples)) {}
};

/// Numerics' failure channel. `message` says where and why an action could not keep the outputs on the data.
struct ActionStatus {
  bool exact = true;
  std::string message;
};

/// One element g of a group. Drawn once, it acts on any theta of its site, and where the group does on what
/// lies around the weights: the network with g·theta gives g·outputs to g·samples.
class Element {
 public:
  virtual ~Element() = default;
  /// theta ← g·theta.
  virtual ActionStatus act(std::span<double> theta) const = 0;
  /// X ← g·X: n×I.
  virtual void act_on_samples(Matrix<double>& /*X*/) const {}
  virtual void act_on_labels(std::span<std::uint8_t> /*labels*/) const {}
  /// F ← g·F, logits or log-probabilities: rows×classes.
  virtual void act_on_outputs(Matrix<double>& /*F*/) const {}
  /// What the loss is multiplied by.
  virtual double loss_factor() const { return 1; }
  virtual std::unique_ptr<Element> inverse() const = 0;
};

/// Receives a tangent direction d(g·theta)/dt at the identity, in parameter space, and its name.
using Visit = std::function<void(const std::string& name, std::span<const double> direction)>;

/// What a group acts on beside the weights.
enum class Beside { nothing, samples, classes, loss };

/// A group as the registry lists it. One file defines it; one line in groups.def names it.
struct GroupEntry {
  std::string name;
  std::string short_name;  ///< at most 5 letters, for tables
  std::string description;
  std::string condition;  ///< where it keeps the function, in words
  bool (*holds_for)(const NetworkSpec&);
  bool needs_data;
  /// Equal streams and sizes give equal elements; `size` is about the distance from the identity (log of a
  /// scale, relative change), 0 the identity itself; what is discrete has no size.
  std::unique_ptr<Element> (*draw)(const Site& site, Stream stream, double size);
  /// Every generator at theta; null where the group is discrete, or acts on more than the weights.
  void (*generators)(const Site& site, std::span<const double> theta, const Visit& visit);
  Beside beside = Beside::nothing;
};

const std::vector<GroupEntry>& group_registry();
/// UsageError naming the nearest one.
const GroupEntry& find_group(std::string_view name);

}  // namespace symopt
