// landscape_teleport.cpp — steps along the orbit by the gradient of a mean of losses around the point, or of
// a curvature.
#include "experiments/studies/landscape_teleport.hpp"

#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

#include "core/symmetry/general_linear.hpp"
#include "core/symmetry/orbits.hpp"
#include "experiments/studies/average_sharpness.hpp"
#include "experiments/studies/orbit_curvature.hpp"

namespace symopt {

namespace {

// The public code ends a search above it, and divides its sum over nine radii by ten.
constexpr double kSharpnessBound = 2, kPublishedScale = 0.9;

// first, first + step, … below `end`, without the sums of rounding.
std::vector<double> evenly(double first, double step, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(first + i * step);
  return values;
}

std::vector<LandscapeTeleport> kinds(double flatter, double sharper, double straighter, double more_bent,
                                     int flatter_count, int more_bent_count) {
  // Ours, as the published rates are found to leave every orbit: a hundredth of them.
  constexpr double kShort = 0.01;
  return {{"lower sharpness", Landscape::sharpness, true, flatter, flatter_count, 10},
          {"higher sharpness", Landscape::sharpness, false, sharper, 2, 10},
          {"lower curvature", Landscape::curvature, true, straighter, 5, 1},
          {"higher curvature", Landscape::curvature, false, more_bent, more_bent_count, 1},
          {"lower curvature, λ/100", Landscape::curvature, true, kShort * straighter, 5, 1},
          {"higher curvature, λ/100", Landscape::curvature, false, kShort * more_bent, more_bent_count, 1}};
}

ConstMatrixView<double> rows_of(const SampleColumns& samples) {
  return {samples.X.data(), samples.X.cols(), samples.X.rows()};
}

int follow_sharpness(const LandscapeTeleport& kind, const NetworkSpec& spec, const SampleColumns& samples,
                     int directions, const Stream& stream, std::span<double> theta) {
  const ParamLayout layout = layout_of(spec);
  const auto orbit = make_orbit("general-linear", spec, samples.X.cols(), true);
  orbit->set_samples(rows_of(samples));
  std::vector<double> T(static_cast<size_t>(orbit->size()));
  for (int step = 0; step < kind.steps; ++step) {
    const AverageSharpness at =
        average_sharpness(layout, theta, samples, teleport_radii(), directions,
                          stream.fork(Purpose::teleport, static_cast<std::uint64_t>(step)), true);
    // A NaN is not below the bound either.
    if (!(kPublishedScale * at.mean <= kSharpnessBound)) return step;
    orbit->pull_back(theta, at.gradient, T);
    for (double& t : T) t *= (kind.lower ? -1 : 1) * kind.rate * kPublishedScale;
    orbit->act(T, theta);
  }
  return kind.steps;
}

int follow_curvature(const LandscapeTeleport& kind, const NetworkSpec& spec, const SampleColumns& samples,
                     const Stream& stream, std::span<double> theta) {
  const ParamLayout layout = layout_of(spec);
  const size_t layer = layout.layers.size() - 2;
  GeneralLinear action(spec, layer, samples.X.cols());
  const Matrix<double> X = rows_of(samples);
  for (int step = 0; step < kind.steps; ++step) {
    Stream draws = stream.fork(Purpose::teleport, static_cast<std::uint64_t>(step));
    Eigen::MatrixXd M(action.filters(), action.filters());
    for (double& m : M.reshaped()) m = draws.uniform();
    const LayerMatrices W = matrices_of(layout, theta);
    Eigen::MatrixXd h = samples.X;
    for (size_t l = 0; l < layer; ++l) h = leaky_features(W[l] * h);
    const double t =
        (kind.lower ? -1 : 1) * kind.rate * general_linear_curvature(W[layer], W[layer + 1], h, M).rate;
    if (!std::isfinite(t)) return step;
    const Eigen::MatrixXd g = (t * M).exp();
    action.act(g, X, theta);
  }
  return kind.steps;
}

}  // namespace

LandscapeSettings landscape_settings(const Dataset& data) {
  if (data.name == "fashion-mnist") return {evenly(1e-4, 1e-3, 20), kinds(0.3, 0.1, 3e-3, 5e-3, 5, 5)};
  if (data.channels > 1) return {evenly(1e-4, 1e-3, 20), kinds(0.05, 0.05, 0.05, 0.2, 10, 10)};
  return {evenly(1e-3, 1e-2, 20), kinds(0.05, 0.05, 0.05, 0.2, 5, 5)};
}

std::vector<double> teleport_radii() { return evenly(0.1, 0.1, 9); }

LandscapeMove landscape_teleport(const LandscapeTeleport& kind, const NetworkSpec& spec,
                                 const SampleColumns& samples, int directions, const Stream& stream,
                                 std::span<double> theta) {
  const ParamLayout layout = layout_of(spec);
  LandscapeMove move;
  move.loss_before = loss_of(matrices_of(layout, theta), samples);
  move.steps = kind.objective == Landscape::sharpness
                   ? follow_sharpness(kind, spec, samples, directions, stream, theta)
                   : follow_curvature(kind, spec, samples, stream, theta);
  move.loss_after = loss_of(matrices_of(layout, theta), samples);
  return move;
}

}  // namespace symopt
