// stopping.hpp — when the full training ends (Badrinarayanan, Mishra, Cipolla 2015).
#pragma once
#include <span>

#include "results/trial.hpp"

namespace symopt {

/// Why training ends after the last epoch of `curve`, or "": after epoch e > min_epochs
///   train-error       training error < stop_train_error,
///   validation-rose   e divisible by stop_every and the validation error above that of stop_lookback epochs
///   earlier, validation-still  two successive validation errors differ by less than stop_validation_change;
/// max-epochs at the limit, which comes last: a rule that holds there is the one that is named.
std::string stop_reason(const ProtocolSettings& protocol, std::span<const EpochPoint> curve);

}  // namespace symopt
