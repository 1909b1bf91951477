// activation.hpp — the units' activations, elementwise; each is monotone, so that a maximum may be taken
// before it.
#pragma once
#include "core/arrays.hpp"
#include "core/network/network_spec.hpp"

namespace symopt {

/// y ← σ(y)
template <class Real>
void activate(Activation activation, ArrayView<Real> y);

/// da ← σ'(a) dy, where σ'(a) is known from y = σ(a): at a kink the derivative is that of the flat or the
/// shallow side. da may be dy.
template <class Real>
void pull_back_activation(Activation activation, ConstArrayView<Real> y, ConstArrayView<Real> dy,
                          ArrayView<Real> da);

}  // namespace symopt
