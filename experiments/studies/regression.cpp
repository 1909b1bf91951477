// regression.cpp — training on the squared error, which only this study has.
// n samples X: n×5, Y: n×8.
#include "experiments/studies/regression.hpp"

#include <chrono>

#include "core/algebra/dual.hpp"
#include "core/symmetry/orbits.hpp"
#include "experiments/studies/feature_orbit.hpp"
#include "experiments/studies/published_teleport.hpp"
#include "optimizers/optimizer.hpp"
#include "protocols/kept_log.hpp"

namespace symopt {

namespace {

constexpr Index kSamples = 4;
constexpr const char* kShape = "mlp:5-6-7-8/leaky-relu";

// L and its gradient, over doubles or duals.
template <class Real>
class SquaredError {
 public:
  SquaredError(const NetworkSpec& spec, const Matrix<double>& X, const Matrix<double>& Y)
      : network_(spec, X.rows()),
        X_(X.size()),
        Y_(Y.size()),
        dZ_(Y.size()),
        rows_(X.rows()),
        inputs_(X.cols()) {
    for (Index i = 0; i < X.size(); ++i) X_[static_cast<size_t>(i)] = X.data()[i];
    for (Index i = 0; i < Y.size(); ++i) Y_[static_cast<size_t>(i)] = Y.data()[i];
  }
  const ParamLayout& layout() const { return network_.layout(); }
  Real gradient(std::span<const Real> theta, std::span<Real> grad) {
    const auto Z = network_.forward(theta, {X_.data(), rows_, inputs_}, Mode::train);
    Real loss = 0;
    for (size_t i = 0; i < dZ_.size(); ++i) {
      dZ_[i] = Z.data()[i] - Y_[i];
      loss += Real(0.5) * dZ_[i] * dZ_[i];
    }
    network_.pull_back(theta, dZ_.data(), grad);
    return loss;
  }

 private:
  Network<Real> network_;
  Buffer<Real> X_, Y_, dZ_;
  Index rows_, inputs_;
};

class RegressionSurface final : public Surface {
 public:
  RegressionSurface(const NetworkSpec& spec, const Matrix<double>& X, const Matrix<double>& Y)
      : error_(spec, X, Y), theta_(static_cast<size_t>(error_.layout().size)), grad_(theta_.size()) {}
  double compute(std::span<const double> theta, std::span<const double> v, std::span<double> grad,
                 std::span<double> product) override {
    for (size_t i = 0; i < theta_.size(); ++i) theta_[i] = {theta[i], v[i]};
    const double loss = error_.gradient(theta_, grad_).v;
    for (size_t i = 0; i < grad_.size(); ++i) grad[i] = grad_[i].v, product[i] = grad_[i].d;
    return loss;
  }

 private:
  SquaredError<Dual<double>> error_;
  Buffer<Dual<double>> theta_, grad_;
};

Matrix<double> uniform(Index rows, Index cols, Stream& stream) {
  Matrix<double> A(rows, cols);
  for (double& a : A.reshaped<Eigen::RowMajor>()) a = stream.uniform();
  return A;
}

}  // namespace

RegressionRun run_regression(const RegressionSettings& settings, std::uint64_t seed) {
  using Clock = std::chrono::steady_clock;
  const NetworkSpec spec = parse_network(kShape, 0, 0);
  Stream stream(seed, 0);
  Buffer<double> theta(static_cast<size_t>(layout_of(spec).size)), grad(theta.size());
  for (double& w : theta) w = stream.uniform();
  const Matrix<double> X = uniform(kSamples, spec.inputs(), stream),
                       Y = uniform(kSamples, spec.classes(), stream);

  SquaredError<double> error(spec, X, Y);
  RegressionSurface surface(spec, X, Y);
  const auto exact = make_orbit("general-linear", spec, kSamples, true);
  exact->set_samples({X.data(), X.rows(), X.cols()});
  FeatureOrbit by_features(spec, X);
  Orbit& orbit = settings.action == TeleportAction::exact ? static_cast<Orbit&>(*exact) : by_features;
  const PublishedTeleport published(spec, X, Y);
  Teleporter teleporter(error.layout().size, orbit.size());
  const auto optimizer = find_optimizer(settings.optimizer).make<double>({});
  optimizer->attach(spec, kSamples);
  optimizer->bind(error.layout(), theta);
  const Extras<double> nothing;
  KeptLog log;

  RegressionRun run;
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  for (int epoch = 1; epoch <= settings.epochs; ++epoch) {
    log.begin_step(epoch - 1);
    if (settings.teleport == epoch) {
      log.begin_event();
      log.teleported(settings.action == TeleportAction::published
                         ? published.move(settings.ascent, theta)
                         : teleporter.move(settings.ascent, surface, orbit, theta));
    }
    run.loss.push_back(error.gradient(theta, grad));
    run.gradient.push_back(as_array(std::span<const double>(grad)).square().sum());
    run.seconds.push_back(elapsed());
    optimizer->step({epoch - 1, settings.rate, grad, nothing, log}, theta);
  }
  run.teleports = log.teleports();
  return run;
}

}  // namespace symopt
