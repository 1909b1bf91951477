// rescaling.hpp — node-wise rescaling (Neyshabur, Salakhutdinov, Srebro 2015): what a unit computes is
// multiplied by ρ > 0, and what reads it divided by ρ. A unit is a pool group; its filters are scaled alike.
#pragma once
#include <span>

#include "core/network/params.hpp"

namespace symopt {

/// Where ρ enters a unit: its filters and biases, or the scale and shift of its batch normalization.
enum class Entry { filters, normalization };

/// Hidden units, in forward order: layer by layer, pool group by pool group.
Index unit_count(const ParamLayout& layout);

/// theta ← ρ·theta; `log_rho` has one entry a unit.
void rescale_units(const ParamLayout& layout, Entry entry, std::span<const double> log_rho,
                   std::span<double> theta);

/// out[u] = ⟨c, d(ρ·theta)/d log ρ_u⟩ at ρ = 1: the adjoint of the action's derivative, for searches along
/// the orbit.
void pull_back_rescaling(const ParamLayout& layout, Entry entry, std::span<const double> theta,
                         std::span<const double> c, std::span<double> out);

}  // namespace symopt
