// hyperball.cpp — hyperball+NAME (Wen et al. 2026, arXiv 2606.16899): any optimizer with matrices of one
// norm.
//   R = ‖W‖ at the start, u NAME's direction;  W ← R N(W − λ R N(u)),  N(X) = X/‖X‖ over the whole matrix
// of filters, and of class vectors; vectors move as NAME moves them. u is what NAME's own step changes: NAME
// steps on a copy, and its rate only matters to vectors, and through a weight decay, which has no place here.
// The direction is lost where NAME's step is below the rounding of W. R is taken behind NAME's bind.
#include "core/network/layer_weights.hpp"
#include "optimizers/wrapper.hpp"

namespace symopt::optimizers {

namespace {

struct HyperballSettings {};

template <class Real>
class Hyperball final : public Optimizer<Real> {
 public:
  Hyperball(const HyperballSettings&, std::unique_ptr<Optimizer<Real>> inner) : inner_(std::move(inner)) {}

  Needs needs(const ParamLayout& layout) const override { return inner_->needs(layout); }
  void attach(const NetworkSpec& spec, Index max_batch) override { inner_->attach(spec, max_batch); }

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    inner_->bind(layout, theta);
    matrices_.clear();
    for (const Block& block : layout.blocks)
      if (is_weight(block.role)) matrices_.push_back(block);
    radius_.clear();
    for (const Block& block : matrices_) radius_.push_back(view(block, theta).norm());
    moved_.resize(theta.size());
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    std::copy(theta.begin(), theta.end(), moved_.begin());
    inner_->step(s, moved_);
    for (size_t i = 0; i < matrices_.size(); ++i) {
      auto W = view(matrices_[i], theta);
      auto U = view(matrices_[i], std::span<Real>(moved_));
      U -= W;
      const Real R = radius_[i], length = U.norm();
      if (length != Real(0)) {  // else NAME stood still
        U = W + (s.learning_rate * R / length) * U;
        U *= R / U.norm();
      } else {
        U = W;
      }
    }
    std::copy(moved_.begin(), moved_.end(), theta.begin());
  }

  std::vector<std::span<Real>> state() override {
    std::vector<std::span<Real>> arrays = inner_->state();
    arrays.push_back(radius_);
    return arrays;
  }
  void conclude(Log& log) const override { inner_->conclude(log); }

 private:
  std::unique_ptr<Optimizer<Real>> inner_;
  std::vector<Block> matrices_;
  Buffer<Real> radius_, moved_;
};

}  // namespace

Wrapper hyperball() {
  using S = HyperballSettings;
  WrapperChecks<S> checks;
  checks.refuses = [](const S&, const OptimizerEntry& inner, const Assignments& values,
                      const NetworkSpec& spec) -> std::optional<std::string> {
    for (const OptionInfo& option : inner.options) {
      if (option.name != "weight-decay") continue;
      std::string value = option.default_value;
      for (const auto& [name, given] : values)
        if (name == option.name) value = given;
      if (to_double(option.name, value) != 0)
        return fmt::format("expected weight-decay=0, found {}: the norms of matrices stay", value);
    }
    return inner.refuses(spec, values);
  };
  return make_wrapper<Hyperball, S>("hyperball", ", with matrices of one norm",
                                    "with filter and class matrices that keep their norm", "Wen et al. 2026",
                                    Options<S>(std::vector<Option<S>>{}), checks);
}

}  // namespace symopt::optimizers
