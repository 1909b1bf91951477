// rows.hpp — how the rows of a pass are cut into shares for the threads of a trial. The sum over a share is
// taken in the order of its rows, the shares' sums are added in theirs: bits depend on the cut, and that on
// the shape alone.
#pragma once
#include <algorithm>

#include "core/arrays.hpp"

namespace symopt {

struct RowShares {
  Index rows, share;  ///< the last share may be shorter
  /// Pixels of pictures go by 1,024; samples that are single rows stay together.
  RowShares(Index samples, Index pixels)
      : rows(samples * pixels), share(pixels == 1 ? std::max<Index>(rows, 1) : 1024) {}
  Index count() const { return (rows + share - 1) / share; }
  Index begin(Index i) const { return i * share; }
  Index length(Index i) const { return std::min(share, rows - begin(i)); }
};

}  // namespace symopt
