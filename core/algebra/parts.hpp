// parts.hpp — a length cut into parts as equal as possible.
#pragma once
#include <Eigen/Core>
#include <algorithm>

namespace symopt {

/// `total` in the fewest parts of at most `most`, as equal as possible (the first ones one longer): a thin
/// remainder would leave the multipliers idle.
struct Parts {
  Eigen::Index count, size, longer;
  Parts(Eigen::Index total, Eigen::Index most)
      : count((total + most - 1) / most), size(total / count), longer(total % count) {}
  Eigen::Index begin(Eigen::Index part) const { return part * size + std::min(part, longer); }
  Eigen::Index length(Eigen::Index part) const { return size + (part < longer); }
};

}  // namespace symopt
