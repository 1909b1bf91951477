// muon.cpp — Muon (Jordan 2024): the momentum of a filter matrix, orthogonalized, is its step.
//   M ← μ M + (1−μ) G;  U = NewtonSchulz((1−μ) G + μ M), or of M itself;  W ← W − λ √max(1, rows/columns) U
// Class vectors, biases, BN scale and shift follow Adam, as its author has it for heads, gains and biases, at
// the rate adam-rate·λ: the published pair of rates is 0.02 and 3e-4. Muon on the first layer too is ours:
// its author leaves what reads the input to Adam.
#include "optimizers/adam_rule.hpp"
#include "optimizers/newton_schulz.hpp"

namespace symopt::optimizers {

struct MuonSettings : AdamSettings {
  MuonSettings() { beta2 = 0.95, eps = 1e-10; }
  double momentum = 0.95;
  bool nesterov = true;
  int ns_steps = 5;
  double adam_rate = 0.015;
};

template <class Real>
class Muon final : public Optimizer<Real> {
 public:
  explicit Muon(const MuonSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    blocks_ = layout.blocks;
    first_.assign(static_cast<size_t>(layout.size), Real(0));
    second_start_.clear();
    Index second = 0, largest = 0, side = 0;
    for (const Block& block : blocks_) {
      second_start_.push_back(second);
      if (block.role == Role::filters)
        largest = std::max(largest, block.size()), side = std::max(side, std::min(block.rows, block.cols));
      else
        second += block.size();
    }
    second_.assign(static_cast<size_t>(second), Real(0));
    update_.assign(static_cast<size_t>(largest), Real(0));
    newton_schulz_.reserve(largest, side);
    // Once now, of zeros: the products' scratch memory grows to what it will need.
    for (const Block& block : blocks_)
      if (block.role == Role::filters)
        newton_schulz_.orthogonalize({update_.data(), block.rows, block.cols}, settings_.ns_steps);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const AdamRule<Real> rule(settings_, s.t, settings_.adam_rate * static_cast<double>(s.learning_rate));
    for (size_t i = 0; i < blocks_.size(); ++i) {
      const Block& block = blocks_[i];
      if (block.role == Role::filters)
        move_filters(block, s, theta);
      else
        rule.move(block.size(), s.grad.data() + block.offset, first_.data() + block.offset,
                  second_.data() + second_start_[i], theta.data() + block.offset);
    }
  }

  std::vector<std::span<Real>> state() override { return {first_, second_}; }

 private:
  void move_filters(const Block& block, const Step<Real>& s, std::span<Real> theta) {
    const Real mu = static_cast<Real>(settings_.momentum), rest = static_cast<Real>(1 - settings_.momentum);
    const auto G = view(block, s.grad);
    auto M = view(block, std::span<Real>(first_));
    MatrixView<Real> U(update_.data(), block.rows, block.cols);
    M = mu * M + rest * G;
    if (settings_.nesterov)
      U = mu * M + rest * G;
    else
      U = M;
    newton_schulz_.orthogonalize(U, settings_.ns_steps);
    const double shape = static_cast<double>(block.rows) / static_cast<double>(block.cols);
    view(block, theta) -= (s.learning_rate * static_cast<Real>(std::sqrt(std::max(1.0, shape)))) * U;
  }

  MuonSettings settings_;
  std::vector<Block> blocks_;
  Buffer<Real> first_;               // momentum of the filters, Adam's m of the others
  Buffer<Real> second_;              // Adam's v of the others
  std::vector<Index> second_start_;  // of each block in second_
  Buffer<Real> update_;
  NewtonSchulz<Real> newton_schulz_;
};

OptimizerEntry muon() {
  using O = Option<MuonSettings>;
  const std::string jordan = "Jordan 2024";
  std::vector<O> options = {O{.name = "momentum",
                              .field = &MuonSettings::momentum,
                              .low = 0,
                              .high = 0.9999,
                              .help = "share of the filters' momentum that a step keeps",
                              .source = jordan},
                            O{.name = "nesterov",
                              .field = &MuonSettings::nesterov,
                              .help = "orthogonalize the momentum one step ahead, or as it is",
                              .source = jordan},
                            O{.name = "ns-steps",
                              .field = &MuonSettings::ns_steps,
                              .low = 1,
                              .high = 100,
                              .help = "Newton-Schulz steps of the orthogonalization",
                              .source = jordan},
                            O{.name = "adam-rate",
                              .field = &MuonSettings::adam_rate,
                              .low = 0,
                              .high = 1000,
                              .help = "rate of the other parameters, by Adam, over that of the filters",
                              .source = jordan}};
  for (O& option : adam_options<MuonSettings>()) options.push_back(std::move(option));
  for (O& option : options)
    if (option.name == "beta1" || option.name == "beta2" || option.name == "eps") option.source = jordan;
  return make_entry<Muon, MuonSettings>("muon", "orthogonalized momentum",
                                        jordan + "; ours on the first layer, which its author leaves to Adam",
                                        "he", std::move(options));
}

}  // namespace symopt::optimizers
