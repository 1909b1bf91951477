// muon.hpp — what Muon (Jordan 2024) and its kin share: matrices move by a rule on their momentum, everything
// else by Adam at the rate adam-rate·λ (the published pair of rates is 0.02 and 3e-4).
//   M ← μ M + (1−μ) G;  the rule sees (1−μ) G + μ M, or M itself
// A convolution's filters are a matrix of out × (window · in), as published.
#pragma once
#include "optimizers/adam_rule.hpp"
#include "optimizers/newton_schulz.hpp"

namespace symopt::optimizers {

struct MuonSettings : AdamSettings {
  MuonSettings() { beta2 = 0.95, eps = 1e-10; }
  double momentum = 0.95;
  bool nesterov = true;
  int ns_steps = 5;
  double adam_rate = 0.015;
  std::string scale = "spectral";
};

/// `Rule` has Settings; takes(Role): which blocks are its matrices; bind(matrices, theta); move(which of the
/// matrices, its block, W, U = what the momentum says, which it may overwrite, λ); state().
template <class Real, class Rule>
class MuonFamily final : public Optimizer<Real> {
 public:
  using Settings = typename Rule::Settings;
  explicit MuonFamily(const Settings& settings) : settings_(settings), rule_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    blocks_ = layout.blocks;
    first_.assign(static_cast<size_t>(layout.size), Real(0));
    second_start_.clear();
    std::vector<Block> matrices;
    Index second = 0, largest = 0;
    for (const Block& block : blocks_) {
      second_start_.push_back(second);
      if (Rule::takes(block.role))
        matrices.push_back(block), largest = std::max(largest, block.size());
      else
        second += block.size();
    }
    second_.assign(static_cast<size_t>(second), Real(0));
    update_.assign(static_cast<size_t>(largest), Real(0));
    rule_.bind(matrices, theta);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const AdamRule<Real> adam(settings_, s.t, settings_.adam_rate * static_cast<double>(s.learning_rate));
    size_t matrix = 0;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      const Block& block = blocks_[i];
      if (Rule::takes(block.role))
        rule_.move(matrix++, block, view(block, theta), look_at(block, s.grad), s.learning_rate);
      else
        adam.move(block.size(), s.grad.data() + block.offset, first_.data() + block.offset,
                  second_.data() + second_start_[i], theta.data() + block.offset);
    }
  }

  std::vector<std::span<Real>> state() override {
    std::vector<std::span<Real>> arrays = {first_, second_};
    for (std::span<Real> array : rule_.state()) arrays.push_back(array);
    return arrays;
  }

 private:
  MatrixView<Real> look_at(const Block& block, std::span<const Real> grad) {
    const Real mu = static_cast<Real>(settings_.momentum), rest = static_cast<Real>(1 - settings_.momentum);
    const auto G = view(block, grad);
    auto M = view(block, std::span<Real>(first_));
    MatrixView<Real> U(update_.data(), block.rows, block.cols);
    M = mu * M + rest * G;
    if (settings_.nesterov)
      U = mu * M + rest * G;
    else
      U = M;
    return U;
  }

  Settings settings_;
  Rule rule_;
  std::vector<Block> blocks_;
  Buffer<Real> first_;               // momentum of the matrices, Adam's m of the others
  Buffer<Real> second_;              // Adam's v of the others
  std::vector<Index> second_start_;  // of each block in second_
  Buffer<Real> update_;
};

/// momentum, nesterov, ns-steps, adam-rate, beta1, beta2, eps of a settings struct that derives from
/// MuonSettings.
template <class S>
std::vector<Option<S>> muon_options(const std::string& source) {
  using O = Option<S>;
  const std::string jordan = "Jordan 2024";
  std::vector<O> options = {O{.name = "momentum",
                              .field = &S::momentum,
                              .low = 0,
                              .high = 0.9999,
                              .help = "share of the filters' momentum that a step keeps",
                              .source = source},
                            O{.name = "nesterov",
                              .field = &S::nesterov,
                              .help = "orthogonalize the momentum one step ahead, or as it is",
                              .source = source},
                            O{.name = "ns-steps",
                              .field = &S::ns_steps,
                              .low = 1,
                              .high = 100,
                              .help = "Newton-Schulz steps of the orthogonalization",
                              .source = jordan},
                            O{.name = "adam-rate",
                              .field = &S::adam_rate,
                              .low = 0,
                              .high = 1000,
                              .help = "rate of the other parameters, by Adam, over that of the filters",
                              .source = jordan}};
  for (O& option : adam_options<S>()) options.push_back(std::move(option));
  for (O& option : options)
    if (option.name == "beta1" || option.name == "beta2" || option.name == "eps") option.source = jordan;
  return options;
}

}  // namespace symopt::optimizers
