// shampoo.cpp — Shampoo (Gupta, Koren, Singer 2018, arXiv 1802.09568).  G: m×n
//   L ← L + G Gᵀ: m×m, R ← R + Gᵀ G: n×n, from ε I;  W ← W − λ L^(−¼) G R^(−¼)
// and of a vector, order 1, H ← H + g gᵀ: w ← w − λ H^(−½) g. Roots are taken anew every `interval` steps.
// Where one side of a matrix is longer than max-dim only the other is kept, as L^(−½): an exponent of 1/(2k)
// for the k sides that are kept leaves a step that does not depend on the size of the loss. Where none is,
// each element has its own sum of squares (AdaGrad), as the authors' code has it. Defaults are that code's
// (tf.contrib.opt); a convolution's filters are a matrix of out × (window · in) instead of a tensor.
#include "optimizers/matrix_root.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

namespace {

struct ShampooSettings {
  double eps = 1e-4;
  int interval = 1, max_dim = 768;
};

template <class Real>
class Shampoo final : public Optimizer<Real> {
 public:
  explicit Shampoo(const ShampooSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    parts_.clear();
    Index sums = 0, roots = 0, largest = 1, side = 1;
    std::vector<Index> sides;
    for (const Block& block : layout.blocks) {
      Part part{block, sums, roots, 0, 0};
      if (block.rows <= settings_.max_dim && block.rows > 1) part.left = block.rows;
      if (block.cols <= settings_.max_dim && (block.cols > 1 || block.rows == 1)) part.right = block.cols;
      const Index squares = part.left * part.left + part.right * part.right;
      sums += squares > 0 ? squares : block.size();
      roots += squares;
      largest = std::max(largest, block.size()), side = std::max({side, part.left, part.right});
      sides.insert(sides.end(), {part.left, part.right});
      parts_.push_back(part);
    }
    sums_.assign(static_cast<size_t>(sums), Real(0)), roots_.assign(static_cast<size_t>(roots), Real(0));
    Buffer<Real> zeros;
    for (Buffer<Real>* update : {&update_, &product_, &zeros})
      update->assign(static_cast<size_t>(largest), Real(0));
    for (Buffer<double>* wide : {&wide_, &root_}) wide->assign(static_cast<size_t>(side * side), 0.0);
    gram_.assign(static_cast<size_t>(side * side), Real(0));
    powers_.reserve(sides);
    for (const Part& part : parts_) {  // the products' scratch memory grows now
      add(part, zeros.data()), precondition(part, zeros.data());
      MatrixView<Real>(sums_.data() + part.sums, part.left, part.left).diagonal().setConstant(eps());
      MatrixView<Real>(sums_.data() + part.sums + part.left * part.left, part.right, part.right)
          .diagonal()
          .setConstant(eps());
      if (part.kept() == 0) ArrayView<Real>(sums_.data() + part.sums, part.block.size()).setConstant(eps());
    }
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    for (const Part& part : parts_) {
      const Real* G = s.grad.data() + part.block.offset;
      add(part, G);
      if (s.t % settings_.interval == 0) take_roots(part);
      precondition(part, G);
      view(part.block, theta) -=
          s.learning_rate * ConstMatrixView<Real>(update_.data(), part.block.rows, part.block.cols);
    }
  }

  std::vector<std::span<Real>> state() override { return {sums_, roots_}; }

 private:
  struct Part {
    Block block;
    Index sums, roots;  // where L, then R, of the block stand
    Index left, right;  // their sizes; 0 where that side is not kept
    int kept() const { return (left > 0) + (right > 0); }
  };

  Real eps() const { return static_cast<Real>(settings_.eps); }

  void add(const Part& part, const Real* G) {
    const Index m = part.block.rows, n = part.block.cols;
    Real* sum = sums_.data() + part.sums;
    const auto accumulate = [&](Index count, const Real* gram) {
      ArrayView<Real>(sum, count) += ConstArrayView<Real>(gram, count);
      sum += count;
    };
    if (part.left > 0) {
      multiply_nt(m, m, n, G, G, gram_.data(), scratch_);
      accumulate(m * m, gram_.data());
    }
    if (part.right > 0) {
      multiply_tn(n, n, m, G, G, gram_.data(), scratch_);
      accumulate(n * n, gram_.data());
    }
    if (part.kept() == 0) ArrayView<Real>(sum, m * n) += ConstArrayView<Real>(G, m * n).square();
  }

  void take_roots(const Part& part) {
    Index at = 0;
    for (const Index n : {part.left, part.right}) {
      if (n == 0) continue;
      ArrayView<double>(wide_.data(), n * n) =
          ConstArrayView<Real>(sums_.data() + part.sums + at, n * n).template cast<double>();
      // The sum is ε I and more, which rounding may hide: eigenvalues are of what was added.
      MatrixView<double>(wide_.data(), n, n).diagonal().array() -= settings_.eps;
      powers_.power({wide_.data(), n, n}, -0.5 / part.kept(), settings_.eps, root_.data());
      ArrayView<Real>(roots_.data() + part.roots + at, n * n) =
          ConstArrayView<double>(root_.data(), n * n).template cast<Real>();
      at += n * n;
    }
  }

  // update_ ← L^(−¼) G R^(−¼), or what is kept of it.
  void precondition(const Part& part, const Real* G) {
    const Index m = part.block.rows, n = part.block.cols;
    const Real *left = roots_.data() + part.roots, *right = left + part.left * part.left;
    if (part.kept() == 0)
      ArrayView<Real>(update_.data(), m * n) =
          ConstArrayView<Real>(G, m * n) / ConstArrayView<Real>(sums_.data() + part.sums, m * n).sqrt();
    else if (part.right == 0)
      multiply_nn(m, n, m, left, G, update_.data(), scratch_);
    else if (part.left == 0)
      multiply_nn(m, n, n, G, right, update_.data(), scratch_);
    else {
      multiply_nn(m, n, m, left, G, product_.data(), scratch_);
      multiply_nn(m, n, n, product_.data(), right, update_.data(), scratch_);
    }
  }

  ShampooSettings settings_;
  std::vector<Part> parts_;
  Buffer<Real> sums_, roots_;
  Buffer<Real> gram_, update_, product_;
  Buffer<double> wide_, root_;
  MatrixPowers powers_;
  Scratch<Real> scratch_;
};

}  // namespace

OptimizerEntry shampoo() {
  using S = ShampooSettings;
  using O = Option<S>;
  const std::string gupta = "Gupta, Koren, Singer 2018";
  return make_entry<Shampoo, S>("shampoo", "inverse fourth roots of the gradients' row and column statistics",
                                gupta, "he",
                                Options<S>({O{.name = "eps",
                                              .field = &S::eps,
                                              .low = 1e-12,
                                              .high = 1,
                                              .help = "times the identity: what the statistics start from",
                                              .source = gupta},
                                            O{.name = "interval",
                                              .field = &S::interval,
                                              .low = 1,
                                              .high = 1e6,
                                              .help = "steps between two computations of the roots",
                                              .source = gupta},
                                            O{.name = "max-dim",
                                              .field = &S::max_dim,
                                              .low = 1,
                                              .high = 1e6,
                                              .help = "longest side of a block that keeps its statistic",
                                              .source = gupta}}));
}

}  // namespace symopt::optimizers
