// natural.cpp — natural gradient descent (Amari 1998) with the exact, dense Fisher matrix of the batch:
//   w ← w − λ (F + δI)⁻¹ g,  or for δ = 0  w ← w − λ F⁺ g.
//
// F = Uᵀ U (core/network/fisher.hpp), U: N×P with N = B·K rows, P parameters. Where N ≤ P the smaller matrix
// U Uᵀ is solved:
//   (F + δI)⁻¹ g = (g − Uᵀ (U Uᵀ + δI)⁻¹ U g)/δ,   F⁺ g = Uᵀ (U Uᵀ)⁺ (U Uᵀ)⁺ U g.
// F is singular exactly along the directions that keep the function. F⁺ picks the shortest of the solutions,
// which depends on the coordinates: its finite step is equivariant to first order in λ. Rank that rounding
// has taken from F + δI is left out of the step, as for δ = 0: no pivot is divided by.
#include <cmath>
#include <limits>
#include <memory>

#include "core/algebra/semidefinite.hpp"
#include "core/network/fisher.hpp"
#include "core/network/network.hpp"
#include "optimizers/optimizer.hpp"

namespace symopt::optimizers {

struct NaturalSettings {
  double damping = 0.1;
  double rcond = 1e-5;
  int max_params = 6000;
};

template <class Real>
class Natural final : public Optimizer<Real> {
 public:
  explicit Natural(const NaturalSettings& settings)
      : delta_(static_cast<Real>(settings.damping)), rcond_(settings.rcond) {}

  Needs needs(const ParamLayout&) const override { return {.passes = true}; }
  void attach(const NetworkSpec& spec, Index max_batch) override {
    spec_ = spec;
    max_batch_ = max_batch;
  }

  void bind(const ParamLayout& layout, std::span<Real>) override {
    lowest_rank_.assign(1, std::numeric_limits<Real>::infinity());
    if (rows_) return;  // what was allocated serves again
    const Index N = max_batch_ * spec_.classes(), P = layout.size, n = std::min(N, P);
    rows_ = std::make_unique<FisherRows<Real>>(spec_, layout, max_batch_);
    solver_ = std::make_unique<Semidefinite<Real>>(n, rcond_);
    small_side_ = N <= P;
    M_.resize(static_cast<size_t>(n * n));
    t_.resize(static_cast<size_t>(n));
    direction_.resize(static_cast<size_t>(P));
    multiply_nn<Real>(1, 1, 1, t_.data(), t_.data(), M_.data(), scratch_);  // its memory has one size
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    const auto U = rows_->compute(*s.extras.passes, theta);
    const Index n = small_side_ ? U.rows() : U.cols();
    MatrixView<Real> M(M_.data(), n, n);
    if (small_side_)
      multiply_nt<Real>(n, n, U.cols(), U.data(), U.data(), M.data(), scratch_);
    else
      multiply_tn<Real>(n, n, U.rows(), U.data(), U.data(), M.data(), scratch_);
    M.diagonal().array() += delta_;
    if (solver_->factor(ConstMatrixView<Real>(M.data(), n, n), delta_ == Real(0))) {
      solve(U, s.grad);
      if (solver_->rank() < n)
        lowest_rank_[0] = std::min(lowest_rank_[0], static_cast<Real>(solver_->rank()));
    } else {
      as_array(std::span<Real>(direction_)).setConstant(std::numeric_limits<Real>::quiet_NaN());
    }
    as_array(theta) -= s.learning_rate * as_array(std::span<const Real>(direction_));
  }

  std::vector<std::span<Real>> state() override { return {lowest_rank_}; }

  /// Whether F + δI lost rank to rounding; for δ = 0 the pseudo-inverse is the method.
  void conclude(Log& log) const override {
    if (delta_ == Real(0) || !std::isfinite(lowest_rank_[0])) return;
    log.remark(fmt::format("natural: pseudo-inverse, since F + {} I lost rank to rounding, down to {}",
                           delta_, lowest_rank_[0]));
  }

 private:
  using Vector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;

  // direction_ = (F + δI)⁻¹ g, or F⁺ g.
  void solve(const ConstMatrixView<Real>& U, std::span<const Real> grad) {
    const Eigen::Map<const Vector> g(grad.data(), U.cols());
    Eigen::Map<Vector> x(direction_.data(), U.cols());
    if (!small_side_) {
      x = g;
      return solver_->solve(direction_);
    }
    Eigen::Map<Vector> t(t_.data(), U.rows());
    t.noalias() = U * g;
    solver_->solve(t_);
    if (delta_ == Real(0) || solver_->rank() < U.rows()) {
      solver_->solve(t_);
      x.noalias() = U.transpose() * t;
    } else {
      x = g;
      x.noalias() -= U.transpose() * t;
      x /= delta_;
    }
  }

  Real delta_;
  double rcond_;
  NetworkSpec spec_;
  Index max_batch_ = 0;
  bool small_side_ = false;
  std::unique_ptr<FisherRows<Real>> rows_;
  std::unique_ptr<Semidefinite<Real>> solver_;
  Buffer<Real> M_, t_, direction_;  // n×n, n, P
  Buffer<Real> lowest_rank_;        // one number: of F + δI where it had not full rank; else infinite
  Scratch<Real> scratch_;
};

OptimizerEntry natural() {
  using O = Option<NaturalSettings>;
  const Options<NaturalSettings> options{
      {O{.name = "damping",
         .field = &NaturalSettings::damping,
         .low = 0,
         .help = "δ, added to the Fisher matrix's eigenvalues; 0: pseudo-inverse",
         .source = "Martens and Grosse 2015; the default is ours"},
       O{.name = "rcond",
         .field = &NaturalSettings::rcond,
         .low = 0,
         .high = 1,
         .help = "the pseudo-inverse drops eigenvalues up to this part of the largest one",
         .source = "Penrose 1955; the default is ours"},
       O{.name = "max-params",
         .field = &NaturalSettings::max_params,
         .low = 1,
         .help = "largest number of parameters that it accepts: its matrix may have that number squared",
         .source = "ours"}}};
  OptimizerEntry entry = make_entry<Natural, NaturalSettings>(
      "natural", "natural gradient, exact dense Fisher matrix (small networks)", "Amari 1998", "he", options);
  entry.refusal = [options](const NetworkSpec& spec,
                            const Assignments& values) -> std::optional<std::string> {
    if (spec.shapes().back().pixels() > 1)
      return "expected classes of samples, found classes of pixels; kfac takes them";
    NaturalSettings settings;
    options.set(settings, values);
    const Index count = layout_of(spec).size;
    if (count <= settings.max_params) return std::nullopt;
    return fmt::format("expected at most max-params = {} parameters, found {}; kfac has no such limit",
                       settings.max_params, count);
  };
  return entry;
}

}  // namespace symopt::optimizers
