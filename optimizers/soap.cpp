// soap.cpp — SOAP (Vyas et al. 2024, arXiv 2409.11321): Adam in the eigenbasis of Shampoo's statistics.
//   L ← β₂ L + (1−β₂) G Gᵀ, R ← β₂ R + (1−β₂) Gᵀ G;  rows of P, Q: the eigenvectors of L, R
//   M ← β₁ M + (1−β₁) G;  V ← β₂ V + (1−β₂) (P G Qᵀ)²
//   W ← (1 − λ·decay) (W − λ √(1−β₂ᵗ)/(1−β₁ᵗ) Pᵀ [P M Qᵀ / (√V + ε)] Q)
// The first step only makes L, R, P, Q. Every `interval` steps P becomes the orthonormal rows of P L, in the
// order of its diagonal P L Pᵀ, with V reordered alike: one step of power iteration and QR. M stays in the
// coordinates of W, which is the authors' M carried from basis to basis. A side longer than max-dim keeps its
// own coordinates; vectors follow Adam, and take no first step either. A convolution's filters are a matrix
// of out × (window · in). Where L leaves directions out (a batch's gradient has no full rank, and softmax
// leaves the sum of class vectors out always) any basis of them is one of eigenvectors; ours is the one of
// orthonormal_rows.hpp, so that the order of units is no part of it. All is kept in double, as pairs of float
// where those are the parameters: in directions that gradients leave out but for rounding, Adam's quotient is
// of roundings.
#include "optimizers/matrix_root.hpp"
#include "optimizers/optimizer.hpp"
#include "optimizers/orthonormal_rows.hpp"

namespace symopt::optimizers {

namespace {

struct SoapSettings {
  double beta1 = 0.95, beta2 = 0.95, eps = 1e-8, weight_decay = 0.01;
  int interval = 10, max_dim = 10000;
};

template <class Real>
class Soap final : public Optimizer<Real> {
 public:
  explicit Soap(const SoapSettings& settings) : settings_(settings) {}

  void bind(const ParamLayout& layout, std::span<Real>) override {
    parts_.clear();
    Index at = 0, largest = 1, side = 0;
    std::vector<Index> sides;
    for (const Block& block : layout.blocks) {
      const bool matrix = block.rows > 1 && block.cols > 1;
      Part part{block, matrix && block.rows <= settings_.max_dim ? block.rows : 0,
                matrix && block.cols <= settings_.max_dim ? block.cols : 0, at};
      at += 2 * (block.size() + part.left * part.left + part.right * part.right);
      largest = std::max(largest, block.size());
      side = std::max({side, part.left, part.right, matrix ? std::min(block.rows, block.cols) : 0});
      if (part.left + part.right > 0) sides.push_back(std::min(block.rows, block.cols));
      parts_.push_back(part);
    }
    wide_.assign(static_cast<size_t>(at), 0.0);
    kept_.assign(wide_.size() * kPieces, Real(0));
    for (Buffer<double>* block : {&G_, &rotated_, &update_, &half_})
      block->assign(static_cast<size_t>(largest), 0.0);
    for (Buffer<double>* square : {&S_, &T_}) square->assign(static_cast<size_t>(side * side), 0.0);
    sorted_.assign(static_cast<size_t>(std::max<Index>(side, 1)), 0), order_ = sorted_;
    diagonal_.resize(side);
    powers_.reserve(sides);
    rows_.reserve(side);
    for (const Part& part : parts_) {  // the products' scratch memory grows now
      gather(part), rotate(part, G_.data()), rotate_back(part);
      if (part.left + part.right > 0) decompose(part.block.rows, part.block.cols);
      for (const Index n : {part.left, part.right})
        if (n > 0) multiply_nn(n, n, n, S_.data(), T_.data(), wide_.data(), scratch_);
    }
    std::fill(wide_.begin(), wide_.end(), 0.0);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    load();
    const double rate = static_cast<double>(s.learning_rate), t = static_cast<double>(s.t);
    const double unbiased =
        rate * std::sqrt(1 - std::pow(settings_.beta2, t)) / (1 - std::pow(settings_.beta1, t));
    for (const Part& part : parts_) {
      auto W = view(part.block, theta);
      const auto G = view(part.block, s.grad);
      MatrixView<double>(G_.data(), W.rows(), W.cols()) = G.template cast<double>();
      if (s.t == 0) {
        W += Real(0) * G;  // what is not a number stays seen
        gather(part), start_bases(part);
        continue;
      }
      move(part, unbiased);
      const ConstMatrixView<double> U(update_.data(), W.rows(), W.cols());
      W = ((1 - rate * settings_.weight_decay) * (W.template cast<double>() - U)).template cast<Real>();
      gather(part);
      if (s.t % settings_.interval == 0) turn_bases(part);
    }
    store();
  }

  std::vector<std::span<Real>> state() override { return {kept_}; }

 private:
  static constexpr size_t kPieces = sizeof(double) / sizeof(Real);
  // Relative to the largest eigenvalue: what is below is left out by the gradients but for rounding.
  static constexpr double kNull = 1e-12;
  // Relative to the norm of a matrix: an element in other coordinates that is below is rounding of the turn.
  static constexpr double kRounding = 1e-13;

  struct Part {
    Block block;
    Index left, right;  // sizes of L and R; 0 where that side keeps its coordinates
    Index at;           // where M, V, L, R, P, Q stand, one after the other
  };
  double* M(const Part& p) { return wide_.data() + p.at; }
  double* V(const Part& p) { return M(p) + p.block.size(); }
  double* L(const Part& p) { return V(p) + p.block.size(); }
  double* R(const Part& p) { return L(p) + p.left * p.left; }
  double* P(const Part& p) { return R(p) + p.right * p.right; }
  double* Q(const Part& p) { return P(p) + p.left * p.left; }

  void load() {
    for (size_t i = 0; i < wide_.size(); ++i) {
      wide_[i] = static_cast<double>(kept_[kPieces * i]);
      if constexpr (kPieces == 2) wide_[i] += static_cast<double>(kept_[2 * i + 1]);
    }
  }
  void store() {
    for (size_t i = 0; i < wide_.size(); ++i) {
      kept_[kPieces * i] = static_cast<Real>(wide_[i]);
      if constexpr (kPieces == 2)
        kept_[2 * i + 1] = static_cast<Real>(wide_[i] - static_cast<double>(kept_[2 * i]));
    }
  }

  // L and R take the gradient in.
  void gather(const Part& part) {
    const Index m = part.block.rows, n = part.block.cols;
    const double keep = settings_.beta2, rest = 1 - keep;
    if (part.left > 0) {
      multiply_nt(m, m, n, G_.data(), G_.data(), S_.data(), scratch_);
      ArrayView<double>(L(part), m * m) =
          keep * ArrayView<double>(L(part), m * m) + rest * ArrayView<double>(S_.data(), m * m);
    }
    if (part.right > 0) {
      multiply_tn(n, n, m, G_.data(), G_.data(), S_.data(), scratch_);
      ArrayView<double>(R(part), n * n) =
          keep * ArrayView<double>(R(part), n * n) + rest * ArrayView<double>(S_.data(), n * n);
    }
  }

  // rotated_ ← P X Qᵀ.
  void rotate(const Part& part, const double* X) {
    const Index m = part.block.rows, n = part.block.cols;
    const double* half = X;
    if (part.left > 0) multiply_nn(m, n, m, P(part), X, half_.data(), scratch_), half = half_.data();
    if (part.right > 0)
      multiply_nt(m, n, n, half, Q(part), rotated_.data(), scratch_);
    else
      std::copy_n(half, m * n, rotated_.data());
    ArrayView<double> rotated(rotated_.data(), m * n);
    const double least = kRounding * rotated.matrix().norm();
    rotated = (rotated.abs() < least).select(0.0, rotated);
  }

  // update_ ← Pᵀ rotated_ Q.
  void rotate_back(const Part& part) {
    const Index m = part.block.rows, n = part.block.cols;
    const double* half = rotated_.data();
    if (part.left > 0)
      multiply_tn(m, n, m, P(part), rotated_.data(), half_.data(), scratch_), half = half_.data();
    if (part.right > 0)
      multiply_nn(m, n, n, half, Q(part), update_.data(), scratch_);
    else
      std::copy_n(half, m * n, update_.data());
  }

  void move(const Part& part, double rate) {
    const Index count = part.block.size();
    const double b1 = settings_.beta1, b2 = settings_.beta2;
    ArrayView<double> mean(M(part), count), square(V(part), count), rotated(rotated_.data(), count);
    mean = b1 * mean + (1 - b1) * ArrayView<double>(G_.data(), count);
    rotate(part, G_.data());
    square = b2 * square + (1 - b2) * rotated.square();
    rotate(part, mean.data());
    rotated *= rate / (square.sqrt() + settings_.eps);
    rotate_back(part);
  }

  // The bases become the eigenvectors of G Gᵀ and Gᵀ G, those of the largest eigenvalues first: u by
  // eigenvalues of the smaller of the two, and uᵀ G (or G v) for the other.
  void start_bases(const Part& part) {
    const Index m = part.block.rows, n = part.block.cols, small = std::min(m, n), large = std::max(m, n);
    if (part.left + part.right == 0 || !ConstArrayView<double>(G_.data(), m * n).allFinite()) return;
    decompose(m, n);
    MatrixView<double> vectors(half_.data(), small, small), other(update_.data(), small, large),
        product(T_.data(), small, small);
    const double largest = other.row(0).norm();
    for (Index i = 0; i < small; ++i) product.row(i) = other.row(i).norm() * vectors.row(i);
    start_basis(m <= n ? part.left : part.right, product, largest, m <= n ? P(part) : Q(part));
    start_basis(m <= n ? part.right : part.left, other, largest, m <= n ? Q(part) : P(part));
  }

  // half_ ← the eigenvectors u of the smaller, as rows, update_ ← uᵀ G, or (G u)ᵀ.
  void decompose(Index m, Index n) {
    const Index small = std::min(m, n);
    if (m <= n)
      multiply_nt(m, m, n, G_.data(), G_.data(), S_.data(), scratch_);
    else
      multiply_tn(n, n, m, G_.data(), G_.data(), S_.data(), scratch_);
    MatrixView<double> vectors(half_.data(), small, small);
    vectors = ConstMatrixView<double>(powers_.eigenvectors({S_.data(), small, small}), small, small)
                  .colwise()
                  .reverse();
    if (m <= n)
      multiply_nn(m, n, m, half_.data(), G_.data(), update_.data(), scratch_);
    else
      multiply_nt(n, m, n, half_.data(), G_.data(), update_.data(), scratch_);
  }

  void start_basis(Index n, MatrixView<double> rows, double largest, double* basis) {
    if (n == 0) return;
    MatrixView<double> E(basis, n, n);
    rows_.complete(E, rows_.append(rows, std::sqrt(kNull) * largest, E, order_.data()));
  }

  void turn_bases(const Part& part) {
    const Index m = part.block.rows, n = part.block.cols;
    MatrixView<double> square(V(part), m, n), copy(half_.data(), m, n);
    if (turn_basis(part.left, L(part), P(part))) {
      copy = square;
      for (Index i = 0; i < m; ++i) square.row(i) = copy.row(order_[static_cast<size_t>(i)]);
    }
    if (turn_basis(part.right, R(part), Q(part))) {
      copy = square;
      for (Index j = 0; j < n; ++j) square.col(j) = copy.col(order_[static_cast<size_t>(j)]);
    }
  }

  // order_ gets which row of the old basis each row of the new one comes from.
  bool turn_basis(Index n, const double* S, double* basis) {
    if (n == 0 || !ConstArrayView<double>(S, n * n).allFinite()) return false;
    MatrixView<double> E(basis, n, n), product(T_.data(), n, n), sorted(S_.data(), n, n);
    multiply_nn(n, n, n, basis, S, T_.data(), scratch_);
    for (Index i = 0; i < n; ++i) diagonal_[i] = product.row(i).dot(E.row(i));
    for (Index i = 0; i < n; ++i) sorted_[static_cast<size_t>(i)] = i;
    std::sort(sorted_.begin(), sorted_.begin() + n, [&](Index a, Index b) {
      return diagonal_[a] != diagonal_[b] ? diagonal_[a] > diagonal_[b] : a < b;
    });
    for (Index i = 0; i < n; ++i) sorted.row(i) = product.row(sorted_[static_cast<size_t>(i)]);
    const double largest = sorted.row(0).norm();
    rows_.complete(E, rows_.append(sorted, kNull * largest, E, order_.data()));
    for (Index i = 0; i < n; ++i) {
      Index& from = order_[static_cast<size_t>(i)];
      from = sorted_[static_cast<size_t>(from)];
    }
    return true;
  }

  SoapSettings settings_;
  std::vector<Part> parts_;
  Buffer<Real> kept_;    // the state
  Buffer<double> wide_;  // the same while a step works on it
  Buffer<double> G_, rotated_, update_, half_, S_, T_;
  std::vector<Index> sorted_, order_;
  Array<double> diagonal_;
  MatrixPowers powers_;
  OrthonormalRows rows_;
  Scratch<double> scratch_;
};

}  // namespace

OptimizerEntry soap() {
  using S = SoapSettings;
  using O = Option<S>;
  const std::string vyas = "Vyas et al. 2024";
  OptimizerEntry entry = make_entry<Soap, S>(
      "soap", "Adam in the eigenbasis of the gradients' row and column statistics", vyas, "he",
      Options<S>({O{.name = "beta1",
                    .field = &S::beta1,
                    .low = 0,
                    .high = 0.999999,
                    .help = "share of the mean gradient that a step keeps",
                    .source = vyas},
                  O{.name = "beta2",
                    .field = &S::beta2,
                    .low = 0,
                    .high = 0.999999,
                    .help = "share of the mean squares, and of the statistics, that a step keeps",
                    .source = vyas},
                  O{.name = "eps",
                    .field = &S::eps,
                    .low = 1e-30,
                    .high = 1,
                    .help = "added to the root of the mean square",
                    .source = vyas},
                  O{.name = "weight-decay",
                    .field = &S::weight_decay,
                    .low = 0,
                    .high = 1,
                    .help = "this times λ is the share of every parameter that a step takes away",
                    .source = vyas},
                  O{.name = "interval",
                    .field = &S::interval,
                    .low = 1,
                    .high = 1e6,
                    .help = "steps between two turns of the basis",
                    .source = vyas},
                  O{.name = "max-dim",
                    .field = &S::max_dim,
                    .low = 1,
                    .high = 1e6,
                    .help = "longest side of a block that gets a basis",
                    .source = vyas}}));
  entry.idle_steps = 1;
  return entry;
}

}  // namespace symopt::optimizers
