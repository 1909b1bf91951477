// group.hpp — groups that act on the parameters of a network: what may be changed without changing the
// function.
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

/// One element g of a group. Drawn once, it acts on any theta of its site.
class Element {
 public:
  virtual ~Element() = default;
  /// theta ← g·theta.
  virtual ActionStatus act(std::span<double> theta) const = 0;
  virtual std::unique_ptr<Element> inverse() const = 0;
};

/// Receives a tangent direction d(g·theta)/dt at the identity, in parameter space, and its name.
using Visit = std::function<void(const std::string& name, std::span<const double> direction)>;

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
  /// Every generator at theta; null where the group is discrete.
  void (*generators)(const Site& site, std::span<const double> theta, const Visit& visit);
};

const std::vector<GroupEntry>& group_registry();
/// UsageError naming the nearest one.
const GroupEntry& find_group(std::string_view name);

}  // namespace symopt
