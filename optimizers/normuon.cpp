// normuon.cpp — NorMuon (Li et al. 2025, arXiv 2510.05491): Muon whose rows are brought to one mean square.
//   O = NewtonSchulz(U);  v_i ← β₂ v_i + (1−β₂) mean_j O_ij²;  Ô_i = O_i/(√v_i + ε)
//   W ← (1 − λ·decay) W − 0.2 λ √(rows·columns) Ô/‖Ô‖
// v starts at 0 and is not corrected for it: a common factor of all rows is lost in Ô/‖Ô‖. The rest is as
// under Muon, the first layer included.
#include "optimizers/muon.hpp"

namespace symopt::optimizers {

namespace {

struct NorMuonSettings : MuonSettings {
  NorMuonSettings() { nesterov = false; }
  double row_beta2 = 0.95, row_eps = 1e-8;
};

template <class Real>
class NorMuonRule {
 public:
  using Settings = NorMuonSettings;
  explicit NorMuonRule(const Settings& settings) : settings_(settings) {}
  static bool takes(Role role) { return role == Role::filters; }

  void bind(const std::vector<Block>& matrices, std::span<Real>) {
    newton_schulz_.reserve(matrices);
    row_start_.clear();
    Index rows = 0;
    for (const Block& block : matrices) row_start_.push_back(rows), rows += block.rows;
    rows_.assign(static_cast<size_t>(rows), Real(0));
  }

  void move(size_t which, const Block& block, MatrixView<Real> W, MatrixView<Real> U, Real rate) {
    newton_schulz_.orthogonalize(U, settings_.ns_steps);
    const Real beta = static_cast<Real>(settings_.row_beta2),
               rest = static_cast<Real>(1 - settings_.row_beta2), eps = static_cast<Real>(settings_.row_eps);
    Real* v = rows_.data() + row_start_[which];
    Real square = 0;
    for (Index i = 0; i < block.rows; ++i) {
      const Real own = U.row(i).squaredNorm();
      v[i] = beta * v[i] + rest * (own / static_cast<Real>(block.cols));
      const Real factor = 1 / (std::sqrt(v[i]) + eps);
      U.row(i) *= factor;
      square += own * factor * factor;
    }
    const Real keep = Real(1) - rate * static_cast<Real>(settings_.weight_decay);
    const Real size = static_cast<Real>(0.2 * std::sqrt(static_cast<double>(block.size())));
    // No momentum, no direction.
    const Real step = square == Real(0) ? Real(0) : rate * size / std::sqrt(square);
    W = keep * W - step * U;
  }

  std::vector<std::span<Real>> state() { return {rows_}; }

 private:
  Settings settings_;
  NewtonSchulz<Real> newton_schulz_;
  Buffer<Real> rows_;  // v
  std::vector<Index> row_start_;
};

template <class Real>
using NorMuon = MuonFamily<Real, NorMuonRule<Real>>;

}  // namespace

OptimizerEntry normuon() {
  using S = NorMuonSettings;
  using O = Option<S>;
  const std::string li = "Li et al. 2025";
  std::vector<O> options = muon_options<S>(li);
  options.push_back(O{.name = "row-beta2",
                      .field = &S::row_beta2,
                      .low = 0,
                      .high = 0.999999,
                      .help = "share of a row's mean square that a step keeps",
                      .source = li});
  options.push_back(O{.name = "row-eps",
                      .field = &S::row_eps,
                      .low = 1e-30,
                      .high = 1,
                      .help = "added to the root of a row's mean square",
                      .source = li});
  options.push_back(O{.name = "weight-decay",
                      .field = &S::weight_decay,
                      .low = 0,
                      .high = 1,
                      .help = "this times λ is the share of every parameter that a step takes away",
                      .source = li});
  return make_entry<NorMuon, S>("normuon", "orthogonalized momentum with rows of one mean square",
                                li + "; ours on the first layer, which they leave to Adam", "he",
                                std::move(options));
}

}  // namespace symopt::optimizers
