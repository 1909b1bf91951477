// generalization_teleports.cpp — networks halfway through their training, moved to flatter, sharper,
// straighter and more bent places of their orbits, and trained on.
#include <cmath>

#include "core/algebra/least_squares.hpp"
#include "core/parallel.hpp"
#include "experiments/studies/average_sharpness.hpp"
#include "experiments/studies/generalization.hpp"
#include "experiments/studies/orbit_curvature.hpp"
#include "protocols/phase.hpp"

namespace symopt {

namespace {

// What a teleport is to change, and the loss that it is to keep, on training samples that no teleport sees.
struct PlaceMeasures {
  double loss, sharpness, curvature;
};

class Place {
 public:
  Place(const TrainedNetworks& trained, const Dataset& data, const LandscapeSizes& sizes,
        std::span<const std::uint32_t> indices, const Stream& stream)
      : layout_(layout_of(network_of(trained.spec))),
        samples_(columns_at(data.train, data.inputs(), indices)),
        inverse_(pseudo_inverse(samples_.X.leftCols(sizes.curve_batch))),
        directions_(sizes.directions),
        stream_(stream) {}

  PlaceMeasures measure(std::span<const double> theta) const {
    constexpr std::uint64_t kCurves = 100;
    const AverageSharpness sharp =
        average_sharpness(layout_, theta, samples_, teleport_radii(), directions_, stream_, false);
    const LayerMatrices W = matrices_of(layout_, theta);
    const Eigen::MatrixXd X = samples_.X.leftCols(inverse_.rows());
    double curvature = 0;
    for (std::uint64_t k = 0; k < kCurves; ++k)
      curvature += curvature_of(
          feature_curve(W, X, inverse_, unit_algebra_elements(W, stream_.fork(Purpose::certificate, k)))
              .published);
    return {sharp.loss, sharp.mean, curvature / kCurves};
  }

 private:
  ParamLayout layout_;
  SampleColumns samples_;
  Eigen::MatrixXd inverse_;
  int directions_;
  Stream stream_;
};

double relative_distance(std::span<const double> a, std::span<const double> b) {
  double apart = 0, size = 0;
  for (size_t i = 0; i < a.size(); ++i) apart += (a[i] - b[i]) * (a[i] - b[i]), size += b[i] * b[i];
  return std::sqrt(apart / size);
}

LandscapeRun teleport_and_train(const TrainedNetworks& trained, const Dataset& data,
                                const LandscapeSizes& sizes, const LandscapeTeleport& kind, size_t run) {
  const TrialSpec& spec = trained.spec;
  const NetworkSpec network = network_of(spec);
  LandscapeRun result;
  LandscapeTeleportRow& row = result.teleport;
  static_cast<LandscapeKey&>(row) = trained.key;
  row.arm = kind.name, row.run = static_cast<int>(run);
  if (!trained.networks[run].message.empty()) {
    row.message = trained.networks[run].message;
    return result;
  }
  const Phase phase = full_training(spec, data);
  const Stream stream = trial_stream(spec).fork(Purpose::teleport, 3).fork(Purpose::teleport, run);
  const auto batch = static_cast<size_t>(sizes.teleport_batch);
  // Samples of the k-th teleport; the measures have the first ones.
  const auto draw = [&](std::uint64_t k) {
    std::vector<std::uint32_t> order(phase.batches.samples().begin(), phase.batches.samples().end());
    stream.fork(Purpose::split, k).shuffle(order);
    order.resize(std::min(order.size(), batch));
    return order;
  };
  const Place place(trained, data, sizes, draw(0), stream.fork(Purpose::certificate));
  std::vector<double> theta = trained.halfway[run];
  const PlaceMeasures before = place.measure(theta);
  for (int k = 1; k <= kind.teleports; ++k) {
    const auto number = static_cast<std::uint64_t>(k);
    const LandscapeMove move =
        landscape_teleport(kind, network, columns_at(data.train, data.inputs(), draw(number)),
                           sizes.directions, stream.fork(Purpose::teleport, number), theta);
    ++row.teleports, row.steps += move.steps;
  }
  const PlaceMeasures after = place.measure(theta);
  row.loss_before = before.loss, row.loss_after = after.loss;
  row.sharpness_before = before.sharpness, row.sharpness_after = after.sharpness;
  row.curvature_before = before.curvature, row.curvature_after = after.curvature;
  row.distance = relative_distance(theta, trained.halfway[run]);
  const int first = sizes.teleport_after + 1;
  EpochTraining training = train_epochs(spec, data, theta, {first, spec.protocol.max_epochs, first});
  row.message = training.message;
  result.curve = std::move(training.curve);
  return result;
}

}  // namespace

std::vector<LandscapeRun> teleport_networks(const TrainedNetworks& trained, const Dataset& data,
                                            const LandscapeSizes& sizes) {
  const std::vector<LandscapeTeleport> kinds = landscape_settings(data).teleports;
  const auto runs = static_cast<size_t>(sizes.runs);
  std::vector<LandscapeRun> all(runs * (kinds.size() + 1));
  for (size_t run = 0; run < runs; ++run) {
    LandscapeTeleportRow& row = all[run].teleport;
    static_cast<LandscapeKey&>(row) = trained.key;
    row.arm = kPlainArm, row.run = static_cast<int>(run), row.message = trained.networks[run].message;
    all[run].curve = trained.networks[run].curve;
  }
  parallel_for(runs * kinds.size(), usable_cores(), [&](size_t i) {
    all[runs + i] = teleport_and_train(trained, data, sizes, kinds[i / runs], i % runs);
  });
  return all;
}

}  // namespace symopt
