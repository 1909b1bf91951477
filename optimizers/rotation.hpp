// rotation.hpp — weights that only turn (Kosson, Messmer, Jaggi 2023, arXiv:2305.17212): each row w keeps the
// norm n of its start, and moves by a given angle η on average.
//   d ← d − mean(d);  d ← d − (d·w) w/n²;  s ← β s + (1−β) ‖d‖²;  w ← n N(w − η n d/√ŝ),  N(x) = x/‖x‖
// d is the direction of another optimizer, ŝ = s/(1−βᵗ). Rows are those of filters and of class vectors,
// which lose their means at the start, at the same norm (zero-mean=false: means stay, at the start and in d).
// ε of the authors' code, added to √ŝ, is left out, since it would compare a row's gradient with a number: a
// row that never had one has s = 0 and stays where it is. A row of a single weight has no mean to lose. Less
// than a thousandth of d counts as nothing left: Adam's first step is signs, and where a row's are all alike,
// as in class vectors behind relu, rounding alone would say where it turns.
#pragma once
#include <cmath>

#include "core/network/layer_weights.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

/// For settings structs to derive from.
struct RotationSettings {
  double norm_decay = 0.9;
  bool zero_mean = true;
};

/// The rows of a network that turn, with what they remember.
template <class Real>
class Rotation {
 public:
  void bind(const RotationSettings& settings, const ParamLayout& layout, std::span<Real> theta) {
    settings_ = settings;
    norm_.clear();
    for (const Block& block : layout.blocks)
      for (Index i = 0; is_weight(block.role) && i < block.rows; ++i) {
        auto w = view(block, theta).row(i);
        const Real norm = w.norm();
        norm_.push_back(norm);
        if (!centers(w.size())) continue;
        w.array() -= w.mean();
        if (norm != 0) w *= norm / w.norm();
      }
    square_.assign(norm_.size(), Real(0));
  }

  /// Before the first of turn() of a step. t: steps taken before it.
  void begin(std::int64_t t, double angle) {
    const double seen = 1 - std::pow(settings_.norm_decay, static_cast<double>(t + 1));
    angle_ = static_cast<Real>(angle * std::sqrt(seen));
    row_ = 0;
  }
  /// Turns the next row w along the direction u; `d` is scratch memory of its size.
  template <class Row, class Direction>
  void turn(Row w, const Direction& u, Real* scratch) {
    using RowVector = Eigen::Matrix<Real, 1, Eigen::Dynamic>;
    Eigen::Map<RowVector> d(scratch, w.size());
    const Real beta = static_cast<Real>(settings_.norm_decay),
               rest = static_cast<Real>(1 - settings_.norm_decay), n = norm_[row_], whole = u.squaredNorm(),
               mean = centers(w.size()) ? u.mean() : Real(0);
    Real& s = square_[row_++];
    const Real radial = n == 0 ? Real(0) : (u.array() - mean).matrix().dot(w) / (n * n);
    d = (u.array() - mean).matrix() - radial * w;
    const Real left = d.squaredNorm();
    const bool lost = left < kLeast * whole;
    s = beta * s + (lost ? Real(0) : rest * left);
    if (lost || s == 0 || n == 0) return;
    w -= (angle_ * n / std::sqrt(s)) * d;
    w *= n / w.norm();
  }

  std::span<Real> norms() { return norm_; }
  std::span<Real> squares() { return square_; }

 private:
  bool centers(Index cols) const { return settings_.zero_mean && cols > 1; }

  static constexpr Real kLeast = Real(0x1p-20);

  RotationSettings settings_;
  Buffer<Real> norm_, square_;  // n and s of each row
  Real angle_ = 0;
  size_t row_ = 0;  // the next one
};

/// norm-decay and zero-mean of a settings struct that derives from RotationSettings.
template <class S>
std::vector<Option<S>> rotation_options() {
  using O = Option<S>;
  const std::string kosson = "Kosson, Messmer, Jaggi 2023";
  return {O{.name = "norm-decay",
            .field = &S::norm_decay,
            .low = 0,
            .high = 0.999999,
            .help = "share of a row's mean squared direction that a step keeps",
            .source = kosson},
          O{.name = "zero-mean",
            .field = &S::zero_mean,
            .help = "rows have mean 0 from the start on",
            .source = kosson}};
}

}  // namespace symopt::optimizers
