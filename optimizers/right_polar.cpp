// right_polar.cpp — the right-polar gradient (Lau and Su 2026, arXiv 2605.18106).
//   M ← β M + (1−β) G;  R = (Mᵀ M + ε I)^(−½);  W ← W − λ tr(Mᵀ M R)^α M R
// α = 0 is a step of orthonormal rows or columns, α = 1 that times the nuclear norm of M. Class vectors: the
// mean of their M is taken away before, and that of the step after, so that all of them shifted alike is not
// seen. Vectors are matrices of one row: at ε = 0 their step is ‖M‖^α M/‖M‖.
// (Mᵀ M + ε I)^(−½) comes from eigenvalues in double, of the smaller of Mᵀ M and M Mᵀ: the authors iterate,
// five steps that have not converged. M (Mᵀ M + ε I)^(−½) = (M Mᵀ + ε I)^(−½) M.
#include "optimizers/matrix_root.hpp"

namespace symopt::optimizers {

namespace {

struct RightPolarSettings {
  double beta = 0.95, alpha = 1, eps = 1e-8;
};

template <class Real>
class RightPolar final : public Optimizer<Real> {
 public:
  explicit RightPolar(const RightPolarSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    blocks_ = layout.blocks;
    momentum_.assign(static_cast<size_t>(layout.size), Real(0));
    Index largest = 1, side = 1;
    std::vector<Index> sides;
    for (const Block& b : blocks_) {
      const Index n = std::min(b.rows, b.cols);
      largest = std::max(largest, b.size()), side = std::max(side, n);
      sides.push_back(n);
    }
    roots_.reserve(sides);
    for (Buffer<double>* m : {&M_, &U_}) m->assign(static_cast<size_t>(largest), 0.0);
    for (Buffer<double>* s : {&S_, &R_}) s->assign(static_cast<size_t>(side * side), 0.0);
    for (const Block& b : blocks_) polar(b.rows, b.cols);  // the products' scratch memory grows now
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const Real beta = static_cast<Real>(settings_.beta), rest = static_cast<Real>(1 - settings_.beta);
    for (const Block& block : blocks_) {
      auto M = view(block, std::span<Real>(momentum_));
      M = beta * M + rest * view(block, s.grad);
      MatrixView<double> wide(M_.data(), block.rows, block.cols), U(U_.data(), block.rows, block.cols);
      wide = M.template cast<double>();
      if (block.role == Role::class_vectors) center(wide);
      const double factor = std::pow(polar(block.rows, block.cols), settings_.alpha);
      if (block.role == Role::class_vectors) center(U);
      view(block, theta) -= s.learning_rate * (factor * U).template cast<Real>();
    }
  }

  std::vector<std::span<Real>> state() override { return {momentum_}; }

 private:
  static void center(MatrixView<double>& M) {
    for (Index j = 0; j < M.cols(); ++j) M.col(j).array() -= M.col(j).mean();
  }

  // U_ ← M R from M_, and tr(Mᵀ M R) = ⟨M, M R⟩.
  double polar(Index rows, Index cols) {
    const Index n = std::min(rows, cols);
    if (rows <= cols)
      multiply_nt(rows, rows, cols, M_.data(), M_.data(), S_.data(), scratch_);
    else
      multiply_tn(cols, cols, rows, M_.data(), M_.data(), S_.data(), scratch_);
    roots_.power({S_.data(), n, n}, -0.5, settings_.eps, R_.data());
    if (rows <= cols)
      multiply_nn(rows, cols, rows, R_.data(), M_.data(), U_.data(), scratch_);
    else
      multiply_nn(rows, cols, cols, M_.data(), R_.data(), U_.data(), scratch_);
    const Index count = rows * cols;
    return std::max(
        0.0, (ConstArrayView<double>(M_.data(), count) * ConstArrayView<double>(U_.data(), count)).sum());
  }

  RightPolarSettings settings_;
  std::vector<Block> blocks_;
  Buffer<Real> momentum_;
  MatrixPowers roots_;
  Buffer<double> M_, U_, S_, R_;
  Scratch<double> scratch_;
};

}  // namespace

OptimizerEntry right_polar() {
  using S = RightPolarSettings;
  using O = Option<S>;
  const std::string lau = "Lau and Su 2026";
  return make_entry<RightPolar, S>(
      "right-polar", "momentum times the inverse root of its Gram matrix", lau + "; ours for vectors", "he",
      Options<S>({O{.name = "beta",
                    .field = &S::beta,
                    .low = 0,
                    .high = 0.9999,
                    .help = "share of the momentum that a step keeps",
                    .source = lau},
                  O{.name = "alpha",
                    .field = &S::alpha,
                    .low = 0,
                    .high = 1,
                    .help = "exponent of the nuclear norm in the step: 0 orthogonalizes, 1 keeps the size",
                    .source = lau},
                  O{.name = "eps",
                    .field = &S::eps,
                    .low = 1e-30,
                    .high = 1,
                    .help = "added to the diagonal of the Gram matrix",
                    .source = lau}}));
}

}  // namespace symopt::optimizers
