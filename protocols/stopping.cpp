// stopping.cpp — the stop rules, in the order in which they are looked at.
#include "protocols/stopping.hpp"

#include <cmath>

namespace symopt {

std::string stop_reason(const ProtocolSettings& p, std::span<const EpochPoint> curve) {
  if (curve.empty()) return "";
  const EpochPoint& now = curve.back();
  const auto validation = [&](int back) {
    return curve[curve.size() - 1 - static_cast<size_t>(back)].validation_error;
  };
  const auto has = [&](int back) { return curve.size() > static_cast<size_t>(back); };
  if (p.stop_early && now.epoch > p.min_epochs) {
    if (now.train_error < p.stop_train_error) return "train-error";
    if (now.epoch % p.stop_every == 0 && has(p.stop_lookback) && validation(0) > validation(p.stop_lookback))
      return "validation-rose";
    if (has(1) && std::abs(validation(0) - validation(1)) < p.stop_validation_change)
      return "validation-still";
  }
  return now.epoch >= p.max_epochs ? "max-epochs" : "";
}

}  // namespace symopt
