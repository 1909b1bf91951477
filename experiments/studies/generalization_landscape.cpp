// generalization_landscape.cpp — networks that differ in their start alone, the landscape around where they
// end, and what that has to do with samples they have not seen.
#include <algorithm>
#include <cmath>

#include "core/algebra/least_squares.hpp"
#include "core/network/start.hpp"
#include "core/parallel.hpp"
#include "experiments/studies/average_sharpness.hpp"
#include "experiments/studies/generalization.hpp"
#include "experiments/studies/orbit_curvature.hpp"
#include "protocols/phase.hpp"
#include "results/correlation.hpp"

namespace symopt {

LandscapeSizes landscape_sizes(const Request& request) {
  constexpr int kCurves = 200, kCurveBatch = 200, kRuns = 5, kTeleportBatch = 2000;
  const int train = request.protocol.train;
  LandscapeSizes sizes{};
  sizes.networks = request.trials;
  sizes.curve_batch = std::min(kCurveBatch, train);
  sizes.curves = std::min(kCurves, train / sizes.curve_batch);
  sizes.runs = std::clamp(request.trials / 4, 1, kRuns);
  // Published: 2000 of 50,000.
  sizes.teleport_batch = std::clamp(train / 10, sizes.curve_batch, kTeleportBatch);
  sizes.directions = 100;
  sizes.teleport_after = request.protocol.max_epochs / 2;
  return sizes;
}

TrainedNetworks train_networks(const TrialSpec& spec, const Dataset& data, const LandscapeSizes& sizes) {
  const auto networks = static_cast<size_t>(sizes.networks), runs = static_cast<size_t>(sizes.runs);
  TrainedNetworks trained{{spec.network, spec.optimizer, spec.settings}, spec, {}, {}};
  trained.networks.resize(networks);
  trained.halfway.resize(runs);
  const ParamLayout layout = layout_of(network_of(spec));
  parallel_for(networks, usable_cores(), [&](size_t i) {
    TrialSpec own = spec;
    own.trial = static_cast<int>(i);
    std::vector<double> start(static_cast<size_t>(layout.size));
    fill_start<double>(spec.start, layout, trial_stream(own).fork(Purpose::init), start);
    if (i < runs) trained.halfway[i] = start;
    const int last = spec.protocol.max_epochs;
    trained.networks[i] =
        train_epochs(spec, data, start, {1, last, i < runs ? 1 : last}, [&](int epoch, auto theta) {
          if (i < runs && epoch == sizes.teleport_after)
            trained.halfway[i].assign(theta.begin(), theta.end());
        });
  });
  return trained;
}

namespace {

// Of one network on one batch.
struct PointMeasures {
  double loss, sharpness, curvature, exact_curvature;
};

}  // namespace

std::vector<LandscapeRow> measure_landscape(const TrainedNetworks& trained, const Dataset& data,
                                            const LandscapeSizes& sizes) {
  const TrialSpec& spec = trained.spec;
  const ParamLayout layout = layout_of(network_of(spec));
  const std::vector<double> radii = landscape_settings(data).radii;
  const Phase phase = full_training(spec, data);
  const Stream root = trial_stream(spec);
  std::vector<std::uint32_t> order(phase.batches.samples().begin(), phase.batches.samples().end());
  root.fork(Purpose::teleport, 0).shuffle(order);
  const auto curves = static_cast<size_t>(sizes.curves), batch = static_cast<size_t>(sizes.curve_batch);
  std::vector<std::vector<PointMeasures>> measures(curves);
  parallel_for(curves, usable_cores(), [&](size_t b) {
    const SampleColumns samples =
        columns_at(data.train, data.inputs(), std::span(order).subspan(b * batch, batch));
    const Eigen::MatrixXd inverse = pseudo_inverse(samples.X);
    const LayerMatrices M = unit_algebra_elements(matrices_of(layout, trained.networks[0].theta),
                                                  root.fork(Purpose::teleport, 1).fork(Purpose::teleport, b));
    const Stream direction = root.fork(Purpose::teleport, 2).fork(Purpose::teleport, b);
    for (const EpochTraining& network : trained.networks) {
      const AverageSharpness sharp =
          average_sharpness(layout, network.theta, samples, radii, 1, direction, false);
      const FeatureCurve curve = feature_curve(matrices_of(layout, network.theta), samples.X, inverse, M);
      measures[b].push_back(
          {sharp.loss, sharp.mean, curvature_of(curve.published), curvature_of(curve.exact)});
    }
  });

  std::vector<LandscapeRow> rows;
  for (size_t i = 0; i < trained.networks.size(); ++i) {
    const EpochTraining& network = trained.networks[i];
    LandscapeRow row;
    static_cast<LandscapeKey&>(row) = trained.key;
    row.run = static_cast<int>(i), row.message = network.message;
    for (size_t b = 0; b < curves; ++b) {
      const PointMeasures& m = measures[b][i];
      row.loss += m.loss, row.sharpness += m.sharpness;
      row.curvature += m.curvature, row.exact_curvature += m.exact_curvature;
    }
    for (double* sum : {&row.loss, &row.sharpness, &row.curvature, &row.exact_curvature})
      *sum /= static_cast<double>(curves);
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    const EpochLosses end =
        network.message.empty() ? network.curve.back() : EpochLosses{0, kNone, kNone, kNone, kNone, kNone};
    row.validation_loss = end.validation_loss, row.validation_error = end.validation_error;
    row.test_loss = end.test_loss, row.test_error = end.test_error;
    rows.push_back(row);
  }
  return rows;
}

std::vector<CorrelationRow> correlate(const std::vector<LandscapeRow>& rows) {
  using Value = double (*)(const LandscapeRow&);
  const std::pair<const char*, Value> measures[] = {
      {"sharpness", [](const LandscapeRow& r) { return r.sharpness; }},
      {"sharpness − loss", [](const LandscapeRow& r) { return r.sharpness - r.loss; }},
      {"curvature", [](const LandscapeRow& r) { return r.curvature; }},
      {"exact curvature", [](const LandscapeRow& r) { return r.exact_curvature; }},
      {"training loss", [](const LandscapeRow& r) { return r.loss; }}};
  const std::pair<const char*, Value> outcomes[] = {
      {"validation loss", [](const LandscapeRow& r) { return r.validation_loss; }},
      {"validation error", [](const LandscapeRow& r) { return r.validation_error; }},
      {"test loss", [](const LandscapeRow& r) { return r.test_loss; }},
      {"test error", [](const LandscapeRow& r) { return r.test_error; }}};
  const auto values = [&](Value value) {
    std::vector<double> list;
    for (const LandscapeRow& row : rows)
      if (row.message.empty()) list.push_back(value(row));
    return list;
  };
  std::vector<CorrelationRow> result;
  for (const auto& [measure, x] : measures)
    for (const auto& [outcome, y] : outcomes) {
      const Correlation c = correlation(values(x), values(y));
      result.push_back({rows.front(), measure, outcome, c.pairs, c.r, c.interval.low, c.interval.high, c.p});
    }
  return result;
}

}  // namespace symopt
