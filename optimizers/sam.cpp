// sam.cpp — sam+NAME and asam+NAME: any optimizer with the gradient from where the loss nearby is highest.
//   SAM (Foret, Kleiner, Mobahi, Neyshabur 2021):  NAME steps from w by the gradient at w + ρ g/‖g‖
//   ASAM (Kwon, Kim, Park, Choi 2021):             … at w + ρ T² g/‖T g‖,  T = |w| + η
// over all parameters at once, and of the same batch. As in ASAM's code T is 1 for biases and BN shift. With
// η = 0 (and biases=abs where there are any) rescaling the weights around a unit rescales the perturbation
// alike. The second pass leaves its share in batch normalization's running statistics, as
// teleports do.
#include "core/network/layout.hpp"
#include "optimizers/wrapper.hpp"

namespace symopt::optimizers {

namespace {

struct SamSettings {
  double rho = 0.05;
};
struct AsamSettings {
  double rho = 0.5, eta = 0.01;
  std::string biases = "one";
};

template <class Real>
Real perturb(const SamSettings& settings, const ParamLayout&, std::span<const Real>, std::span<const Real> g,
             std::span<Real> out) {
  as_array(out) = as_array(g);
  const Real norm = as_array(g).matrix().norm();
  return norm == Real(0) ? Real(0) : static_cast<Real>(settings.rho) / norm;
}

template <class Real>
Real perturb(const AsamSettings& settings, const ParamLayout& layout, std::span<const Real> theta,
             std::span<const Real> g, std::span<Real> out) {
  const Real eta = static_cast<Real>(settings.eta);
  Real square = 0;
  for (const Block& block : layout.blocks) {
    const ConstArrayView<Real> w(theta.data() + block.offset, block.size()),
        own(g.data() + block.offset, block.size());
    ArrayView<Real> e(out.data() + block.offset, block.size());
    if (settings.biases == "abs" || (block.role != Role::bias && block.role != Role::bn_shift)) {
      square += ((w.abs() + eta) * own).square().sum();
      e = (w.abs() + eta).square() * own;
    } else {
      square += own.square().sum();
      e = own;
    }
  }
  return square == Real(0) ? Real(0) : static_cast<Real>(settings.rho) / std::sqrt(square);
}

template <class Real, class Settings>
class Sharpness final : public Optimizer<Real> {
 public:
  Sharpness(const Settings& settings, std::unique_ptr<Optimizer<Real>> inner)
      : settings_(settings), inner_(std::move(inner)) {}

  Needs needs(const ParamLayout& layout) const override {
    Needs needs = inner_->needs(layout);
    needs.passes = true;
    return needs;
  }
  void attach(const NetworkSpec& spec, Index max_batch) override { inner_->attach(spec, max_batch); }

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    layout_ = layout;
    there_.resize(theta.size()), grad_.resize(theta.size());
    inner_->bind(layout, theta);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    // A gradient that is not finite is passed on: taken anew it might hide that.
    if (!as_array(s.grad).allFinite()) return inner_->step(s, theta);
    const Real length = perturb<Real>(settings_, layout_, theta, s.grad, there_);
    auto there = as_array(std::span<Real>(there_));
    there = as_array(std::span<const Real>(theta)) + length * there;
    s.extras.passes->gradient(there_, *s.extras.batch, grad_);
    inner_->step({s.t, s.learning_rate, grad_, s.extras, s.log, s.epoch_steps}, theta);
  }

  std::vector<std::span<Real>> state() override { return inner_->state(); }
  void conclude(Log& log) const override { inner_->conclude(log); }

 private:
  Settings settings_;
  std::unique_ptr<Optimizer<Real>> inner_;
  ParamLayout layout_;
  Buffer<Real> there_, grad_;
};

template <class Real>
using Sam = Sharpness<Real, SamSettings>;
template <class Real>
using Asam = Sharpness<Real, AsamSettings>;

// What looks at the passes would see those from another point than the one it steps from.
template <class Settings>
WrapperChecks<Settings> only_by_gradients() {
  WrapperChecks<Settings> checks;
  checks.refuses = [](const Settings&, const OptimizerEntry& inner, const Assignments& values,
                      const NetworkSpec& spec) -> std::optional<std::string> {
    if (const auto reason = inner.refuses(spec, values)) return reason;
    if (!inner.make_double(values)->needs(layout_of(spec)).passes) return std::nullopt;
    return fmt::format(
        "expected an optimizer that needs gradients only, found {}: what the network saw is "
        "from where the loss is highest, not from where it steps",
        inner.name);
  };
  return checks;
}

}  // namespace

Wrapper sam() {
  using S = SamSettings;
  using O = Option<S>;
  const std::string foret = "Foret, Kleiner, Mobahi, Neyshabur 2021";
  return make_wrapper<Sam, S>("sam", ", sharpness-aware",
                              "with the gradient from where the loss at a distance is highest", foret,
                              Options<S>({O{.name = "rho",
                                            .field = &S::rho,
                                            .low = 0,
                                            .high = 1e6,
                                            .help = "distance at which the gradient is taken",
                                            .source = foret}}),
                              only_by_gradients<S>());
}

Wrapper asam() {
  using S = AsamSettings;
  using O = Option<S>;
  const std::string kwon = "Kwon, Kim, Park, Choi 2021";
  return make_wrapper<Asam, S>(
      "asam", ", adaptively sharpness-aware",
      "with the gradient from where the loss nearby is highest, by distances relative to the weights", kwon,
      Options<S>({O{.name = "rho",
                    .field = &S::rho,
                    .low = 0,
                    .high = 1e6,
                    .help = "distance at which the gradient is taken, relative to the weights",
                    .source = kwon},
                  O{.name = "eta",
                    .field = &S::eta,
                    .low = 0,
                    .high = 1e6,
                    .help = "added to the sizes of the weights",
                    .source = kwon},
                  O{.name = "biases",
                    .field = &S::biases,
                    .choices = {"one", "abs"},
                    .help = "what distances of biases and BN shift are relative to: 1, or their sizes, which "
                            "rescaling a unit with a bias asks for",
                    .source = "Kwon, Kim, Park, Choi 2021; abs is ours"}}),
      only_by_gradients<S>());
}

}  // namespace symopt::optimizers
