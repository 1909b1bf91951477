// radial_projection.hpp — a step without its radial part, where the weights have no scale of their own (Heo
// et al. 2021, section 3.3). That is told by the gradient: scale-free weights are orthogonal to theirs.
//   by rows, else by the whole block:  if max |cos(G, W)| < δ/√dim:  u ← u − (ŵ·u) ŵ,  ŵ = w/‖w‖
// dim is the number of elements of a row, or of the block; the cosine is of the gradient and not of the step,
// and the largest one of a block decides for all of its rows, as in the authors' code. ε of that code, added
// to norms, is left out: a row of zeros has no radial part.
#pragma once
#include <cmath>

#include "core/network/layer_weights.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

/// For settings structs to derive from.
struct RadialSettings {
  double delta = 0.1, decay_ratio = 0.1;
};

/// What the rows of one block's step lose: row i of u loses share(i) w_i.
template <class Real>
class RadialProjection {
 public:
  void reserve(const ParamLayout& layout) {
    Index rows = 0;
    for (const Block& block : layout.blocks)
      if (is_weight(block.role)) rows = std::max(rows, block.rows);
    share_.assign(static_cast<size_t>(rows), Real(0));
  }

  void begin(double delta, const Block& block) {
    delta_ = delta, cols_ = block.cols, rows_ = block.rows, row_ = 0;
    by_rows_ = true;
    square_ = gradient_ = along_ = along_step_ = 0;
  }
  /// The next row: weights, gradient, step.
  template <class W, class G, class U>
  void look(const W& w, const G& g, const U& u) {
    const Real square = w.squaredNorm(), gradient = g.squaredNorm(), along = w.dot(g), step = w.dot(u);
    by_rows_ = by_rows_ && nearly_orthogonal(along, square, gradient, cols_);
    share_[row_++] = square == 0 ? Real(0) : step / square;
    square_ += square, gradient_ += gradient, along_ += along, along_step_ += step;
  }
  /// After the last row. False where the weights have a scale, and shares are 0.
  bool decide() {
    if (by_rows_) return true;
    const bool whole = nearly_orthogonal(along_, square_, gradient_, rows_ * cols_);
    std::fill_n(share_.begin(), row_, whole && square_ != 0 ? along_step_ / square_ : Real(0));
    return whole;
  }
  Real share(Index i) const { return share_[static_cast<size_t>(i)]; }

 private:
  bool nearly_orthogonal(Real along, Real square, Real gradient, Index dim) const {
    const Real lengths = std::sqrt(square) * std::sqrt(gradient);
    const Real limit = static_cast<Real>(delta_ / std::sqrt(static_cast<double>(dim)));
    return lengths == 0 || std::abs(along) < limit * lengths;
  }

  double delta_ = 0;
  Index cols_ = 0, rows_ = 0;
  size_t row_ = 0;
  bool by_rows_ = true;
  Real square_ = 0, gradient_ = 0, along_ = 0, along_step_ = 0;  // of the block
  Buffer<Real> share_;
};

/// delta and decay-ratio of a settings struct that derives from RadialSettings.
template <class S>
std::vector<Option<S>> radial_options() {
  using O = Option<S>;
  return {O{.name = "delta",
            .field = &S::delta,
            .low = 0,
            .high = 1e9,
            .help = "weights are taken for scale-free where |cos(g, w)| is below this over √dim",
            .source = "Heo et al. 2021"},
          O{.name = "decay-ratio",
            .field = &S::decay_ratio,
            .low = 0,
            .high = 1,
            .help = "times this, weight decay of scale-free weights",
            .source = "Heo et al. 2021"}};
}

}  // namespace symopt::optimizers
