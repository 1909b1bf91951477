// rownorm_m.cpp — row-normalized momentum (Lau and Su 2026, arXiv:2605.18106): every filter's momentum has
// the same length.
//   M ← β M + (1−β) G,   w_i ← w_i − λ M_i/(‖M_i‖ + ε)
// Class vectors θ: without their mean over the classes, before their rows are normalized and again behind, so
// that no step has a part along the shifts of all of them, which the softmax does not see. (The authors' code
// has the first of the two.) Vectors (biases, BN scale and shift) follow Adam at the rate adam-rate·λ, as its
// authors leave what is no matrix to AdamW.
#include "optimizers/adam_rule.hpp"

namespace symopt::optimizers {

struct RowNormSettings : AdamSettings {
  double beta = 0.95, row_eps = 1e-8, adam_rate = 1;
};

template <class Real>
class RowNorm final : public Optimizer<Real> {
 public:
  explicit RowNorm(const RowNormSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    blocks_ = layout.blocks;
    first_.assign(static_cast<size_t>(layout.size), Real(0));
    Index second = 0, largest = 0, widest = 0;
    for (const Block& block : blocks_)
      if (block.role == Role::class_vectors)
        largest = std::max(largest, block.size()), widest = std::max(widest, block.cols);
      else if (block.role != Role::filters)
        second += block.size();
    second_.assign(static_cast<size_t>(second), Real(0));
    step_.assign(static_cast<size_t>(largest), Real(0));
    mean_.resize(widest);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const AdamRule<Real> rule(settings_, s.t, settings_.adam_rate * static_cast<double>(s.learning_rate));
    const Real beta = static_cast<Real>(settings_.beta), rest = static_cast<Real>(1 - settings_.beta);
    Real* second = second_.data();
    for (const Block& block : blocks_) {
      auto W = view(block, theta);
      auto M = view(block, std::span<Real>(first_));
      const auto G = view(block, s.grad);
      if (block.role == Role::filters) {
        M = beta * M + rest * G;
        for (Index i = 0; i < block.rows; ++i) W.row(i) -= (s.learning_rate * over_norm(M.row(i))) * M.row(i);
      } else if (block.role == Role::class_vectors) {
        MatrixView<Real> U(step_.data(), block.rows, block.cols);
        M = beta * M + rest * G;
        U = M;
        center(U);
        for (Index k = 0; k < block.rows; ++k) U.row(k) *= over_norm(U.row(k));
        center(U);
        W -= s.learning_rate * U;
      } else {
        rule.move(block.size(), G.data(), M.data(), second, W.data());
        second += block.size();
      }
    }
  }

  std::vector<std::span<Real>> state() override { return {first_, second_}; }

 private:
  template <class Row>
  Real over_norm(const Row& row) const {
    return 1 / (row.norm() + static_cast<Real>(settings_.row_eps));
  }
  // Takes the mean row from every row.
  void center(MatrixView<Real>& U) {
    auto mean = mean_.head(U.cols());
    mean.setZero();
    for (Index k = 0; k < U.rows(); ++k) mean += U.row(k);
    mean /= static_cast<Real>(U.rows());
    for (Index k = 0; k < U.rows(); ++k) U.row(k) -= mean;
  }

  RowNormSettings settings_;
  std::vector<Block> blocks_;
  Buffer<Real> first_;   // momentum of the matrices, Adam's m of the vectors
  Buffer<Real> second_;  // Adam's v of the vectors
  Buffer<Real> step_;    // of the class vectors
  Eigen::Matrix<Real, 1, Eigen::Dynamic> mean_;
};

OptimizerEntry rownorm_m() {
  using S = RowNormSettings;
  using O = Option<S>;
  const std::string lau = "Lau and Su 2026";
  std::vector<O> options = {O{.name = "beta",
                              .field = &S::beta,
                              .low = 0,
                              .high = 0.9999,
                              .help = "share of the matrices' momentum that a step keeps",
                              .source = lau},
                            O{.name = "row-eps",
                              .field = &S::row_eps,
                              .low = 0,
                              .high = 1,
                              .help = "added to the norm of a row of the momentum",
                              .source = lau},
                            O{.name = "adam-rate",
                              .field = &S::adam_rate,
                              .low = 0,
                              .high = 1000,
                              .help = "rate of the vectors, by Adam, over that of the matrices",
                              .source = lau + "; the default is ours"}};
  for (O& option : adam_options<S>()) options.push_back(std::move(option));
  return make_entry<RowNorm, S>("rownorm-m", "momentum with rows of one length", lau, "he",
                                std::move(options));
}

}  // namespace symopt::optimizers
