// muon.cpp — Muon (Jordan 2024): the momentum of a filter matrix, orthogonalized, is its step.
//   W ← (1 − λ·decay) W − λ s NewtonSchulz(U)
// scale=spectral: s = √max(1, rows/columns), Jordan's; moonlight: s = 0.2 √max(rows, columns) (Liu et al.
// 2025), the size of AdamW's steps, which goes with weight-decay=0.1 there.
// Class vectors, biases, BN scale and shift follow Adam, as its author has it for heads, gains and biases.
// Muon on the first layer too is ours: its author leaves what reads the input to Adam.
#include "optimizers/muon.hpp"

namespace symopt::optimizers {

namespace {

template <class Real>
class MuonRule {
 public:
  using Settings = MuonSettings;
  explicit MuonRule(const Settings& settings) : settings_(settings) {}
  static bool takes(Role role) { return role == Role::filters; }
  void bind(const std::vector<Block>& matrices, std::span<Real>) { newton_schulz_.reserve(matrices); }

  void move(size_t, const Block& block, MatrixView<Real> W, MatrixView<Real> U, Real rate) {
    newton_schulz_.orthogonalize(U, settings_.ns_steps);
    const double rows = static_cast<double>(block.rows), cols = static_cast<double>(block.cols);
    const double scale = settings_.scale == "spectral" ? std::sqrt(std::max(1.0, rows / cols))
                                                       : 0.2 * std::sqrt(std::max(rows, cols));
    if (settings_.weight_decay != 0) W *= Real(1) - rate * static_cast<Real>(settings_.weight_decay);
    W -= (rate * static_cast<Real>(scale)) * U;
  }

  std::vector<std::span<Real>> state() { return {}; }

 private:
  Settings settings_;
  NewtonSchulz<Real> newton_schulz_;
};

template <class Real>
using Muon = MuonFamily<Real, MuonRule<Real>>;

}  // namespace

OptimizerEntry muon() {
  using O = Option<MuonSettings>;
  const std::string jordan = "Jordan 2024";
  std::vector<O> options = muon_options<MuonSettings>(jordan);
  options.push_back(O{.name = "scale",
                      .field = &MuonSettings::scale,
                      .choices = {"spectral", "moonlight"},
                      .help = "the step's factor: √max(1, rows/columns), or 0.2 √max(rows, columns)",
                      .source = "Jordan 2024; Liu et al. 2025"});
  options.push_back(O{.name = "weight-decay",
                      .field = &MuonSettings::weight_decay,
                      .low = 0,
                      .high = 1,
                      .help = "this times λ is the share of every parameter that a step takes away",
                      .source = "Liu et al. 2025, whose value is 0.1"});
  return make_entry<Muon, MuonSettings>("muon", "orthogonalized momentum",
                                        jordan + "; ours on the first layer, which its author leaves to Adam",
                                        "he", std::move(options));
}

}  // namespace symopt::optimizers
