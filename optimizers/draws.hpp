// draws.hpp — the random numbers that an optimizer drew for itself, for whoever repeats its steps elsewhere.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "optimizers/optimizer.hpp"

namespace symopt {

/// Numbers of one kind, one a sample of the batch.
struct Draw {
  std::string name;
  std::span<const std::int32_t> values;  ///< valid until the next step
};

/// Implemented beside Optimizer by those whose steps draw from Extras::random. Samples that come from
/// Extras::draw are known to who serves them.
class Draws {
 public:
  virtual ~Draws() = default;
  /// Of the last step; empty where it drew nothing.
  virtual std::vector<Draw> draws() const = 0;
};

template <class Real>
std::vector<Draw> draws_of(const Optimizer<Real>& optimizer) {
  const auto* drawing = dynamic_cast<const Draws*>(&optimizer);
  return drawing == nullptr ? std::vector<Draw>{} : drawing->draws();
}

}  // namespace symopt
