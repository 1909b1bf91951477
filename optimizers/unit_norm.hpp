// unit_norm.hpp — what the optimizers that keep unit-norm rows share: which rows, how a step returns to the
// manifold, and why weight decay has no place there (Badrinarayanan, Mishra, Cipolla 2015).
#pragma once
#include "core/network/start.hpp"
#include "optimizers/manifold.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct UnitNormSettings {
  std::string retraction = "normalize";
  std::string theta = "euclidean";

  bool along_geodesics() const { return retraction == "exp"; }
  /// Whether rows of this role live on the manifold; the others are Euclidean.
  bool constrains(Role role) const {
    return role == Role::filters || (role == Role::class_vectors && theta == "unit");
  }
};

/// Divides the rows that live on the manifold by their norms.
template <class Real>
void to_manifold(const UnitNormSettings& settings, const ParamLayout& layout, std::span<Real> theta) {
  for (Role role : {Role::filters, Role::class_vectors})
    if (settings.constrains(role)) normalize_rows(layout, {role}, theta);
}

/// From the unit row w along the tangent vector ξ, and back onto the manifold.
template <class W, class Xi>
void retract(bool along_geodesics, W&& w, const Xi& xi) {
  if (along_geodesics) {
    geodesic(w, xi);
  } else {
    w += xi;
    normalize_row(w);
  }
}

/// retraction and theta, of a settings struct that derives from UnitNormSettings.
template <class S>
std::vector<Option<S>> unit_norm_options() {
  using O = Option<S>;
  return {
      O{.name = "retraction",
        .field = &S::retraction,
        .choices = {"normalize", "exp"},
        .help = "how a tangent step returns to the manifold: by dividing by the norm, or along the geodesic",
        .source = "Absil and Gallivan 2006"},
      O{.name = "theta",
        .field = &S::theta,
        .choices = {"euclidean", "unit"},
        .help = "class vectors: by the Euclidean rule, or on the manifold too",
        .source = "Badrinarayanan, Mishra, Cipolla 2015"}};
}

/// The entry, with a reason for whoever asks it for weight decay.
inline OptimizerEntry refuse_weight_decay(OptimizerEntry entry) {
  const auto checked = [n = entry.name](auto make) {
    return [n, make](const Assignments& values) {
      for (const auto& [name, value] : values)
        if (name == "weight-decay")
          throw UsageError(
              fmt::format("optimizer {}: option 'weight-decay': expected none, found {}: decay "
                          "only changes a filter's norm, which the manifold holds at 1",
                          n, value));
      return make(values);
    };
  };
  entry.canonical = checked(entry.canonical);
  entry.make_float = checked(entry.make_float);
  entry.make_double = checked(entry.make_double);
  return entry;
}

}  // namespace symopt::optimizers
