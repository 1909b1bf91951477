// log.hpp — what an optimizer tells of what it does beside its steps, an event at a time. When that was and
// how long it took is for whoever listens to know: optimizers have no clock.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "core/symmetry/teleportation.hpp"

namespace symopt {

/// Random numbers of one kind that a step drew, one a sample of the batch; `parameter_signs`: one a
/// parameter.
struct Draw {
  std::string_view name;
  std::span<const std::int32_t> values;  ///< valid until the next step
};

/// By itself it hears nothing. No event changes a step.
class Log {
 public:
  virtual ~Log() = default;
  /// The step turns to something beside it, which ends with the event that tells of it.
  virtual void begin_event() {}
  /// theta has moved along its orbit, or was to; `step` and `seconds` are the listener's to fill in.
  virtual void teleported(const Teleport&) {}
  /// For whoever repeats the step elsewhere. Samples that come from Extras::draw are known to who serves
  /// them.
  virtual void drew(const Draw&) {}
  /// From Optimizer::conclude() alone: one line on numerics.
  virtual void remark(std::string_view) {}
};

}  // namespace symopt
