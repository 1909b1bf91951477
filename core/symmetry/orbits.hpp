// orbits.hpp — the continuous groups that act on a network's weights, as a search along the orbit sees them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/network/network_spec.hpp"
#include "core/symmetry/teleportation.hpp"

namespace symopt {

/// An orbit that may depend on samples.
class NetworkOrbit : public Orbit {
 public:
  /// X: n×I, at most as many rows as it was made for; must outlive the searches on it.
  virtual void set_samples(const ConstMatrixView<double>&) {}
};

/// Names of make_orbit().
const std::vector<std::string>& orbit_names();
/// Why `group` keeps no function of this network, in a few words; nothing where it does.
std::optional<std::string> orbit_refuses(const std::string& group, const NetworkSpec& spec);

/// `node-rescale`: T = log ρ, one a unit, acts exactly.
/// `general-linear`: T has one block of filters×filters a hidden layer, and the layers move one after the
/// other. To first order w ← w + d(g·w)/dT·T, or, where `exact`, g = I + T with the next layer re-solved.
/// Allocates in every call.
std::unique_ptr<NetworkOrbit> make_orbit(const std::string& group, const NetworkSpec& spec, Index max_samples,
                                         bool exact);

}  // namespace symopt
