// remarks.hpp — what an optimizer has to say about its numerics, beside its steps.
#pragma once
#include <string>

#include "optimizers/optimizer.hpp"

namespace symopt {

/// Implemented beside Optimizer by those that may have something to say.
class Remarks {
 public:
  virtual ~Remarks() = default;
  /// What a reader of the run should know of the steps since bind, in one line; empty: nothing. It depends on
  /// the optimizer's state() alone, so that an interrupted run says the same.
  virtual std::string remark() const = 0;
};

/// An optimizer's remark; empty where it never has one.
template <class Real>
std::string remark_of(const Optimizer<Real>& optimizer) {
  const auto* remarks = dynamic_cast<const Remarks*>(&optimizer);
  return remarks == nullptr ? "" : remarks->remark();
}

}  // namespace symopt
