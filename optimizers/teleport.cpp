// teleport.cpp — symmetry teleportation around any optimizer (Zhao, Dehmamy, Walters, Yu 2022; Zhao, Gower,
// Walters, Yu 2024). Before a chosen step, w moves along its orbit to where ‖∇L‖² is larger on samples of
// their own; the gradient of the batch is taken anew there, and NAME steps on with the state it had.
#include "core/network/hessian.hpp"
#include "core/network/network.hpp"
#include "core/network/start.hpp"
#include "core/symmetry/orbits.hpp"
#include "optimizers/wrapper.hpp"

namespace symopt::optimizers {

namespace {

struct TeleportSettings {
  std::string group = "general-linear";
  int steps = 10;
  double tele_lr = 5e-2;
  int tele_batch = 200;
  std::string epochs = "1";
  int first_batches = 8;
  std::string at_steps;
  double max_gradient = 100;
  bool exact = false;
};

Options<TeleportSettings> teleport_options() {
  using S = TeleportSettings;
  using O = Option<S>;
  const std::string source = "Zhao, Gower, Walters, Yu 2024";
  return Options<S>({
      O{.name = "group",
        .field = &S::group,
        .choices = orbit_names(),
        .help = "whose orbit is searched",
        .source = "Zhao, Dehmamy, Walters, Yu 2022; Neyshabur, Salakhutdinov, Srebro 2015"},
      O{.name = "steps",
        .field = &S::steps,
        .low = 0,
        .high = 1e6,
        .help = "steps of gradient ascent on ‖∇L‖² a teleport",
        .source = source},
      O{.name = "tele-lr",
        .field = &S::tele_lr,
        .low = 0,
        .high = 1e9,
        .help = "rate of the ascent",
        .source = source},
      O{.name = "tele-batch",
        .field = &S::tele_batch,
        .low = 1,
        .high = 1e6,
        .help = "training samples, drawn for each teleport, on which it searches",
        .source = source},
      O{.name = "epochs",
        .field = &S::epochs,
        .help = "epochs with teleports, from 1, as 1/3/5-7",
        .source = source},
      O{.name = "first-batches",
        .field = &S::first_batches,
        .low = 1,
        .high = 1e9,
        .help = "a teleport before each of the first steps of those epochs",
        .source = source},
      O{.name = "at-steps",
        .field = &S::at_steps,
        .help = "if given, the steps with a teleport before them, from 1, instead of epochs",
        .source = "Zhao, Dehmamy, Walters, Yu 2022 (their K)"},
      O{.name = "max-gradient",
        .field = &S::max_gradient,
        .low = 0,
        .help = "the search ends where ‖∇L‖² is above it, and does not start there",
        .source = source},
      O{.name = "exact",
        .field = &S::exact,
        .help = "general-linear: solve for the next layer anew instead of to first order",
        .source = "Zhao, Dehmamy, Walters, Yu 2022"},
  });
}

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

// "1/3/5-7" → {1, 1}, {3, 3}, {5, 7}: closed ranges of positive integers, in the order given. UsageError
// naming `option`.
Ranges parse_ranges(const std::string& option, const std::string& text) {
  Ranges ranges;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('/', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const size_t dash = part.find('-', 1);
    const std::int64_t first = to_integer(option, part.substr(0, dash));
    const std::int64_t last = dash == std::string::npos ? first : to_integer(option, part.substr(dash + 1));
    if (first < 1 || last < first)
      throw UsageError(fmt::format("option '{}': expected numbers from 1 and ranges, as 1/3/5-7, found '{}'",
                                   option, part));
    ranges.emplace_back(first, last);
    begin = end + 1;
  }
  return ranges;
}

// Which steps have a teleport before them.
class Schedule {
 public:
  explicit Schedule(const TeleportSettings& s)
      : by_step_(!s.at_steps.empty()),
        first_batches_(s.first_batches),
        ranges_(by_step_ ? parse_ranges("at-steps", s.at_steps) : parse_ranges("epochs", s.epochs)) {}

  /// t: steps taken before; epoch_steps: of an epoch, 0 where all are one epoch.
  bool due(std::int64_t t, std::int64_t epoch_steps) const {
    if (by_step_) return has(t + 1);
    const std::int64_t epoch = epoch_steps > 0 ? t / epoch_steps : 0, step = t - epoch * epoch_steps;
    return step < first_batches_ && has(epoch + 1);
  }

 private:
  bool has(std::int64_t n) const {
    for (const auto& [first, last] : ranges_)
      if (first <= n && n <= last) return true;
    return false;
  }
  bool by_step_;
  std::int64_t first_batches_;
  Ranges ranges_;
};

// The loss of a network on samples that stay, in double.
class NetworkSurface final : public Surface {
 public:
  NetworkSurface(const NetworkSpec& spec, Index max_samples)
      : hessian_(spec, max_samples),
        X_(static_cast<size_t>(max_samples * spec.inputs())),
        labels_(static_cast<size_t>(max_samples)),
        inputs_(spec.inputs()) {}

  template <class Real>
  void set(const Batch<Real>& batch) {
    count_ = batch.size();
    std::copy_n(batch.X.data(), batch.X.size(), X_.begin());
    std::copy_n(batch.targets.labels, count_, labels_.begin());
  }
  ConstMatrixView<double> X() const { return {X_.data(), count_, inputs_}; }
  const ParamLayout& layout() const { return hessian_.layout(); }

  double compute(std::span<const double> theta, std::span<const double> v, std::span<double> grad,
                 std::span<double> product) override {
    return hessian_.compute(theta, v, X(), labels_.data(), grad, product);
  }

 private:
  HessianVector hessian_;
  Buffer<double> X_;
  std::vector<std::uint8_t> labels_;
  Index inputs_, count_ = 0;
};

template <class Real>
class TeleportOptimizer final : public Optimizer<Real> {
 public:
  TeleportOptimizer(const TeleportSettings& settings, std::unique_ptr<Optimizer<Real>> inner)
      : settings_(settings), schedule_(settings), inner_(std::move(inner)) {}

  Needs needs(const ParamLayout& layout) const override {
    Needs needs = inner_->needs(layout);
    needs.passes = true;
    needs.draw = std::max<Index>(needs.draw, settings_.tele_batch);
    return needs;
  }

  void attach(const NetworkSpec& spec, Index max_batch) override {
    if (const auto reason = orbit_refuses(settings_.group, spec))
      throw UsageError(fmt::format("teleportation on network {}: {}", spec.text(), *reason));
    surface_ = std::make_unique<NetworkSurface>(spec, settings_.tele_batch);
    orbit_ = make_orbit(settings_.group, spec, settings_.tele_batch, settings_.exact);
    teleporter_ = std::make_unique<Teleporter>(surface_->layout().size, orbit_->size());
    inner_->attach(spec, max_batch);
  }

  void bind(const ParamLayout& layout, std::span<Real> theta) override {
    grad_.resize(theta.size());
    wide_.resize(theta.size());
    inner_->bind(layout, theta);
  }

  void step(const Step<Real>& s, std::span<Real> theta) override {
    // A gradient that is not finite is passed on: taken anew it might hide that.
    if (!schedule_.due(s.t, s.epoch_steps) || !as_array(s.grad).allFinite()) return inner_->step(s, theta);
    teleport(s, theta);
    s.extras.passes->gradient(theta, *s.extras.batch, grad_);
    inner_->step({s.t, s.learning_rate, grad_, s.extras, s.log, s.epoch_steps}, theta);
  }

  std::vector<std::span<Real>> state() override { return inner_->state(); }
  std::span<const Real> evaluation_point(std::span<const Real> theta) const override {
    return inner_->evaluation_point(theta);
  }
  void conclude(Log& log) const override { inner_->conclude(log); }

 private:
  void teleport(const Step<Real>& s, std::span<Real> theta) {
    s.log.begin_event();
    surface_->set(s.extras.draw(settings_.tele_batch, s.extras.random.fork(Purpose::teleport)));
    orbit_->set_samples(surface_->X());
    std::copy(theta.begin(), theta.end(), wide_.begin());
    const Teleport result = teleporter_->move({settings_.steps, settings_.tele_lr, settings_.max_gradient},
                                              *surface_, *orbit_, wide_);
    std::copy(wide_.begin(), wide_.end(), theta.begin());
    s.log.teleported(result);
  }

  TeleportSettings settings_;
  Schedule schedule_;
  std::unique_ptr<Optimizer<Real>> inner_;
  std::unique_ptr<NetworkSurface> surface_;
  std::unique_ptr<NetworkOrbit> orbit_;
  std::unique_ptr<Teleporter> teleporter_;
  Buffer<Real> grad_;
  Buffer<double> wide_;  // theta in double
};

// Why a method that moves weights to where it lives does not go with teleportation on networks of this kind:
// its next step would move them once more, and if that is no symmetry, the function with them. Seen on a
// small network of the kind.
std::optional<std::string> binding_refuses(const OptimizerEntry& inner, const Assignments& settings,
                                           const NetworkSpec& served) {
  constexpr Index kSamples = 5;
  constexpr double kSame = 1e-9;
  DenseNetwork small;
  small.inputs = small.classes = 3;
  small.features.assign(served.hidden_layers().size(), 2);
  small.pool = served.hidden_layers().front().pool, small.activation = served.activation();
  small.batch_norm = served.batch_norm(), small.bias = served.bias();
  small.bn_epsilon = 0;
  const NetworkSpec spec = small;
  Network<double> network(spec, kSamples);
  const ParamLayout& layout = network.layout();
  Stream stream(0);
  Matrix<double> X(kSamples, spec.inputs());
  for (double& x : X.reshaped()) x = stream.normal();
  Buffer<double> theta(static_cast<size_t>(layout.size));
  fill_start<double>("gaussian", layout, stream, theta);
  const auto outputs = [&]() -> Matrix<double> {
    return network.forward(theta, {X.data(), X.rows(), X.cols()}, Mode::train);
  };
  const Matrix<double> before = outputs();
  const auto optimizer = inner.make_double(settings);
  optimizer->attach(spec, kSamples);
  optimizer->bind(layout, theta);
  if (optimizer->evaluation_point(theta).data() != theta.data())
    return fmt::format("{} has points of its own beside the weights, which a teleport would leave behind",
                       inner.name);
  if ((outputs() - before).norm() <= kSame * before.norm()) return std::nullopt;
  return fmt::format(
      "{} would not stay where a teleport leads: it moves weights back to where it lives, and "
      "the function with them",
      inner.name);
}

}  // namespace

Wrapper teleport() {
  using S = TeleportSettings;
  WrapperChecks<S> checks;
  checks.settings = [](const S& settings) { Schedule{settings}; };
  checks.refuses = [](const S& settings, const OptimizerEntry& inner, const Assignments& values,
                      const NetworkSpec& spec) {
    auto reason = orbit_refuses(settings.group, spec);
    if (!reason) reason = inner.refuses(spec, values);
    return reason ? reason : binding_refuses(inner, values, spec);
  };
  return make_wrapper<TeleportOptimizer, S>(
      "teleport", ", with teleportation", "with symmetry teleportation before chosen steps",
      "Zhao, Dehmamy, Walters, Yu 2022; Zhao, Gower, Walters, Yu 2024", teleport_options(), checks);
}

}  // namespace symopt::optimizers
