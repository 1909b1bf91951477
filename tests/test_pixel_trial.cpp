// test_pixel_trial.cpp — a trial with a class for each pixel against loops in double: every step's loss,
// gradient and parameters, running statistics, confusions, mean intersection over union.
#include <cmath>
#include <limits>

#include "experiments/certificates/trace_folder.hpp"
#include "protocols/trace.hpp"
#include "protocols/trainer.hpp"
#include "results/class_metrics.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/naive_pixel_trial.hpp"
#include "tests/support/records.hpp"
#include "tests/support/results_folder.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

const char* const kNetworks[] = {"conv:4x6x2-4c3-p2s2-u-3c3-3c1/bn/relu",
                                 "conv:4x6x2-lrn-4c3-p2s2-4c3-p3s3-u-4c3-u-3c3-3c1/bn/relu",
                                 "conv:4x6x2-4c3-p2s2-u-3c3-3c1/relu+bias"};

// Sums over a batch's 96 pixels are the longest, and a dozen single operations.
constexpr double kGamma = (96 + 12) * std::numeric_limits<double>::epsilon();

TrialSpec precise_trial(const Dataset& data, const std::string& network, const std::string& optimizer) {
  TrialSpec spec = pixel_trial(data, optimizer, network);
  spec.precision = "double";
  spec.protocol.search = false, spec.protocol.learning_rate = 0.05, spec.protocol.max_epochs = 3;
  return spec;
}

double largest(const Vector& values) {
  double most = 0;
  for (const double v : values) most = std::max(most, std::abs(v));
  return most;
}

// Relative to the largest element.
double apart(const Vector& a, const Vector& b) {
  REQUIRE(a.size() == b.size());
  Vector difference = a;
  for (size_t i = 0; i < a.size(); ++i) difference[i] -= b[i];
  const double most = largest(difference), scale = largest(b);
  return most == 0 ? 0 : most / scale;
}

// What rounding may do is what moving inputs and parameters by it does (docs/checking.md).
void check_near(const std::string& what, const Vector& found, const Vector& expected, const Vector& moved) {
  const double difference = apart(found, expected), allowed = std::max(kGamma, apart(moved, expected));
  INFO(what << ": largest " << largest(expected) << ", apart " << difference << ", allowed " << allowed);
  CHECK(difference <= allowed);
  CHECK(allowed < 1e-9);  // or the comparison would see nothing
}

Vector values_of(const Trace& trace, const std::string& quantity, const std::string& part, size_t step) {
  for (const TraceArray& a : trace.arrays)
    if (a.quantity == quantity && a.part == part) {
      const Vector all = a.array.values<double>();
      const auto size = static_cast<std::ptrdiff_t>(all.size() / a.array.shape[0]);
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(step) * size;
      return {first, first + size};
    }
  throw std::logic_error("no " + quantity + " " + part);
}

Vector part_of(const Vector& flat, const Block& block) {
  const auto first = flat.begin() + static_cast<std::ptrdiff_t>(block.offset);
  return {first, first + static_cast<std::ptrdiff_t>(block.size())};
}

void check_measure(const std::string& what, const Confusion& found, const NaiveMeasure& expected,
                   const NaiveMeasure& moved) {
  INFO(what);
  // No pixel is so undecided that rounding would decide it.
  REQUIRE(moved.confusion == expected.confusion);
  for (size_t k = 0; k < expected.confusion.size(); ++k)
    for (size_t j = 0; j < expected.confusion.size(); ++j)
      CHECK(found.count(static_cast<Index>(k), static_cast<Index>(j)) == expected.confusion[k][j]);
}

void check_row(const ClassMetrics& found, const std::string& set, const NaiveMeasure& expected,
               const NaiveMeasure& moved) {
  INFO(found.set << " of epoch " << found.epoch);
  CHECK(found.set == set);
  REQUIRE(moved.confusion == expected.confusion);
  // Quotients of the same whole numbers, summed over three classes.
  const double rounding = 4 * std::numeric_limits<double>::epsilon();
  CHECK(std::abs(found.accuracy - expected.accuracy()) <= rounding);
  CHECK(std::abs(found.mean_iou - expected.mean_iou()) <= rounding);
  check_near("loss", {found.loss}, {expected.loss}, {moved.loss});
}

}  // namespace

TEST_CASE("pixel trial: every step, its statistics and its metrics are those of loops in double") {
  const Dataset data = noisy_pixels();
  for (const char* network : kNetworks)
    for (const std::string optimizer : {"sgd", "momentum", "un"}) {
      TrialSpec spec = precise_trial(data, network, optimizer);
      if (optimizer == "momentum") spec.settings = "weight-decay=0.0005";
      INFO(network << " " << optimizer);
      const NaivePixelTrial expected = naive_pixel_trial(spec, data),
                            moved = naive_pixel_trial(spec, data, kGamma);
      const size_t steps = expected.loss.size();
      REQUIRE(steps == 3 * 7);

      const Trace trace = trace_training(spec, data, static_cast<std::int64_t>(steps));
      REQUIRE(trace.divergence.empty());
      CHECK(largest(expected.class_weights) > 1.5);  // they differ
      for (size_t k = 0; k < 3; ++k)
        check_near("class weight", values_of(trace, "class_weights", "", k), {expected.class_weights[k]},
                   {expected.class_weights[k]});
      for (size_t t = 0; t <= steps; ++t) {
        INFO("step " << t);
        for (const Block& block : trace.layout.blocks) {
          check_near("theta " + block.name, values_of(trace, "theta", block.name, t),
                     part_of(expected.theta[t], block), part_of(moved.theta[t], block));
          if (t < steps)
            check_near("gradient " + block.name, values_of(trace, "gradient", block.name, t),
                       part_of(expected.gradient[t], block), part_of(moved.gradient[t], block));
        }
        if (t < steps)
          check_near("loss", values_of(trace, "loss", "", t), {expected.loss[t]}, {moved.loss[t]});
      }
      for (size_t l = 0; l < expected.statistics.mean.size(); ++l) {
        if (expected.statistics.mean[l].empty()) continue;
        const std::string layer = "layer" + std::to_string(l + 1);
        check_near("running mean of " + layer, values_of(trace, "running_mean", layer, steps),
                   expected.statistics.mean[l], moved.statistics.mean[l]);
        check_near("running variance of " + layer, values_of(trace, "running_variance", layer, steps),
                   expected.statistics.variance[l], moved.statistics.variance[l]);
      }

      Monitor monitor;
      const TrialRecord record = run_trial(spec, data, monitor);
      REQUIRE(record.status == Status::completed);
      REQUIRE(record.curve.size() == 3);
      REQUIRE(record.class_metrics.size() == 2 * 3 + 1);
      for (size_t e = 0; e < 3; ++e) {
        check_row(record.class_metrics[2 * e], "train", expected.train[e], moved.train[e]);
        check_row(record.class_metrics[2 * e + 1], "validation", expected.validation[e], moved.validation[e]);
        CHECK(record.curve[e].cost == record.class_metrics[2 * e].loss);
        CHECK(record.curve[e].train_error == 1 - record.class_metrics[2 * e].mean_iou);
        CHECK(record.curve[e].validation_error == 1 - record.class_metrics[2 * e + 1].mean_iou);
      }
      check_row(record.class_metrics.back(), "test", expected.test, moved.test);
      CHECK(record.curve.back().test_error == 1 - record.class_metrics.back().mean_iou);
      const auto matrices = confusions(record);
      REQUIRE(matrices.size() == 3);
      check_measure("train", matrices[0].second, expected.train.back(), moved.train.back());
      check_measure("validation", matrices[1].second, expected.validation.back(), moved.validation.back());
      check_measure("test", matrices[2].second, expected.test, moved.test);
    }
}

TEST_CASE(
    "pixel trial: a trace's folder has what the loss needs: labels of pixels, which do not count, weights") {
  const Dataset data = noisy_pixels();
  const TrialSpec spec = precise_trial(data, kNetworks[0], "un");
  const ScratchFolder folder;
  write_trace(folder.path, spec, data, trace_training(spec, data, 2));
  CHECK(contains(read_text(folder / "index.json"), "\"classes\": 3, \"ignored_label\": 3,"));
  CHECK(read_npy(folder / "class_weights.npy").shape == std::vector<size_t>{3});
  const NpyArray labels = read_npy(folder / "sample_labels.npy");
  const auto numbers = read_npy(folder / "sample_numbers.npy").values<std::int32_t>();
  REQUIRE(labels.shape == std::vector<size_t>{numbers.size(), 24});
  const auto values = labels.values<std::uint8_t>();
  for (size_t i = 0; i < numbers.size(); ++i)
    CHECK(std::equal(values.begin() + static_cast<std::ptrdiff_t>(24 * i),
                     values.begin() + static_cast<std::ptrdiff_t>(24 * (i + 1)),
                     data.train.labels.begin() + static_cast<std::ptrdiff_t>(24 * numbers[i])));

  TrialSpec alike = spec;
  alike.protocol.class_weights = "none";
  for (const TraceArray& a : trace_training(alike, data, 2).arrays) CHECK(a.quantity != "class_weights");
}

TEST_CASE(
    "pixel trial: the loops see a wrong rate, other weights of classes and pixels that should not count") {
  const Dataset data = noisy_pixels();
  const TrialSpec spec = precise_trial(data, kNetworks[0], "un");
  const NaivePixelTrial expected = naive_pixel_trial(spec, data);
  TrialSpec other = spec;
  other.protocol.learning_rate *= 1 + 1e-6;
  CHECK(apart(naive_pixel_trial(other, data).theta.back(), expected.theta.back()) > 1e-9);
  other = spec;
  other.protocol.class_weights = "none";
  CHECK(apart(naive_pixel_trial(other, data).theta.back(), expected.theta.back()) > 1e-4);
  Dataset counted = data;
  for (Samples* samples : {&counted.train, &counted.test})
    for (std::uint8_t& label : samples->labels) label = label == 3 ? 0 : label;
  CHECK(apart(naive_pixel_trial(spec, counted).theta.back(), expected.theta.back()) > 1e-4);
}
