// lit_rows.hpp — the values of a batch that are not zero, sample after sample, cut into panels of columns.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/algebra/simd.hpp"
#include "core/arrays.hpp"
#include "core/lit_pixels.hpp"

namespace symopt {

/// A sample's values that are not zero among the columns of a panel, and which columns.
template <class Real>
struct Lit {
  const Real* values;
  const std::uint8_t* columns;  ///< within the panel
  Index count;
};

template <class Real>
class LitRows {
 public:
  LitRows() = default;
  explicit LitRows(Index inputs) : inputs_(inputs), panels_(lit_panels(inputs)) {}

  Index rows() const { return rows_; }
  Index inputs() const { return inputs_; }
  Index panels() const { return panels_; }
  /// Values of all rows.
  Index count() const { return count_; }
  Lit<Real> row(Index b, Index panel) const {
    const std::uint32_t* begin = begin_.data() + b * panels_ + panel;
    return {values_.data() + begin[0], columns_.data() + begin[0], static_cast<Index>(begin[1] - begin[0])};
  }

  /// Room for so many rows and values; what is there is lost.
  void reserve(Index rows, Index values) {
    const auto begins = static_cast<size_t>(rows * panels_ + 1);
    // Whole vectors may be written at the end.
    const auto needed = static_cast<size_t>(values + simd::lanes<Real>);
    if (begin_.size() < begins) begin_.resize(begins);
    if (values_.size() >= needed) return;
    values_.resize(needed);
    columns_.resize(values_.size());
  }
  /// Those of X: rows×inputs. False where a row has more than `most` on the average, which the first
  /// kJudged tell. There has to be room for rows·most + inputs.
  bool find(Index rows, const Real* X, Index most);
  /// Those of the samples at `indices`, times `scale`.
  void take(const LitPixels& pixels, std::span<const std::uint32_t> indices, Real scale);
  /// X: rows×inputs, all values.
  void fill(Real* X) const {
    std::fill_n(X, rows_ * inputs_, Real(0));
    for (Index b = 0; b < rows_; ++b, X += inputs_)
      for (Index p = 0; p < panels_; ++p) {
        const Lit<Real> lit = row(b, p);
        for (Index i = 0; i < lit.count; ++i) X[p * kLitPanel + lit.columns[i]] = lit.values[i];
      }
  }

  static constexpr Index kJudged = 8;

 private:
  Index inputs_ = 0, panels_ = 0, rows_ = 0, count_ = 0;
  Buffer<Real> values_;
  Buffer<std::uint8_t> columns_;
  std::vector<std::uint32_t> begin_;  // of each panel of each row
};

}  // namespace symopt
