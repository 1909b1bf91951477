// test_pixel_labels.cpp — a class for each pixel: metrics of classes by hand, trials that are interrupted,
// what is refused, and what comes back from files.
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "core/data/png.hpp"
#include "experiments/studies/predictions.hpp"
#include "protocols/spec_check.hpp"
#include "protocols/trainer.hpp"
#include "results/class_metrics.hpp"
#include "results/files.hpp"
#include "results/predictions.hpp"
#include "results/table.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

TrialRecord run(const TrialSpec& spec, const Dataset& data, const TrialControl& control = {}) {
  Monitor monitor;
  TrialRecord record = run_trial(spec, data, monitor, control);
  record.search_seconds = 0;
  for (EpochTiming& t : record.timings) t = {0, 0};
  return record;
}

}  // namespace

TEST_CASE("pixel labels: errors, metrics and confusions of a trial are of one kind, tests come at the end") {
  const Dataset data = noisy_pixels();
  const TrialRecord record = run(pixel_trial(data, "un"), data);
  REQUIRE(record.status == Status::completed);
  REQUIRE(record.curve.size() == 4);
  REQUIRE(record.class_metrics.size() == 2 * 4 + 1);
  for (int e = 0; e < 4; ++e) {
    const EpochPoint& p = record.curve[static_cast<size_t>(e)];
    CHECK(std::isnan(p.test_error) == (e < 3));
    CHECK(p.train_error == 1 - record.class_metrics[static_cast<size_t>(2 * e)].mean_iou);
    CHECK(p.validation_error == 1 - record.class_metrics[static_cast<size_t>(2 * e + 1)].mean_iou);
    CHECK(record.class_metrics[static_cast<size_t>(2 * e)].loss == p.cost);
  }
  const auto matrices = confusions(record);
  REQUIRE(matrices.size() == 3);
  const Confusion& test = matrices[2].second;
  CHECK(1 - test.mean_iou() == record.curve.back().test_error);
  std::int64_t rows = 0, counted = 0;
  for (Index k = 0; k < 3; ++k) rows += test.rows_of(k);
  for (const std::uint8_t label : data.test.labels) counted += label != data.ignored;
  CHECK(rows == counted);
}

TEST_CASE("pixel labels: an interrupted trial has the bits of one that was not, for any threads") {
  struct Impatient : Monitor {
    int left;
    explicit Impatient(int epochs) : left(epochs) {}
    void epoch(const TrialSpec&, const char*, int, int) override { --left; }
    bool cancelled() const override { return left <= 0; }
  };
  const Dataset data = noisy_pixels();
  const TrialSpec spec = pixel_trial(data, "un-momentum");
  const TrialRecord whole = run(spec, data);
  const int epochs = 3 * spec.protocol.search_epochs + spec.protocol.max_epochs;
  for (int cut = 1; cut < epochs; ++cut) {
    INFO("after epoch " << cut);
    const ScratchFolder scratch;
    const CheckpointFolder checkpoints(scratch.path / "checkpoints", scratch.path / "damaged");
    TrialControl control;
    control.checkpoints = &checkpoints;
    control.threads = 1 + cut % 3;
    Impatient impatient(cut);
    CHECK_THROWS_AS(run_trial(spec, data, impatient, control), Cancelled);
    CHECK(same_bits(run(spec, data, control), whole));
  }
}

TEST_CASE("confusion: its metrics, by hand") {
  Confusion c(4);
  CHECK(std::isnan(c.accuracy()));
  CHECK(std::isnan(c.mean_iou()));
  // Labels 0 and 1 are there; 2 is only predicted; 3 is neither.
  c.add(0, 0, 6), c.add(0, 1, 2), c.add(1, 1, 3), c.add(1, 2, 1);
  CHECK(c.accuracy() == 9.0 / 12);
  CHECK(c.class_accuracy() == (6.0 / 8 + 3.0 / 4) / 2);
  CHECK(c.iou_of(1) == 3.0 / (4 + 5 - 3));
  CHECK(c.iou_of(2) == 0);
  CHECK(std::isnan(c.iou_of(3)));
  CHECK(std::abs(c.mean_iou() - (6.0 / 8 + 3.0 / 6 + 0) / 3) < 1e-15);
  CHECK(error_of(c, "error") == 1 - 9.0 / 12);
  // Of equal logits the first; NaN is never the largest; ignored rows do not count.
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> logits = {1, 1, 0, nan, 2, 1, 0, 0, 5};
  const std::vector<std::uint8_t> labels = {1, 1, 3};
  Confusion d(3);
  d.add(ConstMatrixView<double>(logits.data(), 3, 3), Targets<double>(labels.data(), 3));
  CHECK(d.count(1, 0) == 1);
  CHECK(d.count(1, 1) == 1);
  CHECK(d.rows_of(1) == 2);
}

TEST_CASE(
    "pixel labels: a network without a class for each label is refused, and so is a split that is not "
    "there") {
  const Dataset data = noisy_pixels();
  const auto refusal = [&](const TrialSpec& spec) { return error_of([&] { check_spec(spec, data); }); };
  TrialSpec spec = pixel_trial(data, "sgd");
  CHECK(refusal(spec).empty());
  spec.protocol.train = 31;
  CHECK(refusal(spec) == "option 'train': expected at most 30 (noisy-pixels has that many for it), found 31");
  spec = pixel_trial(data, "sgd");
  spec.shape = spec.network = "mlp:48-5-3";
  CHECK(refusal(spec) ==
        "network mlp:48-5-3: expected a class for each of 4 x 6 pixels, as noisy-pixels has labels, found "
        "one class a "
        "sample");
}

TEST_CASE("segnet: its names and sizes are chains, and what is none is refused") {
  const PictureShape half{180, 240, 3};
  CHECK(parse_network("segnet:small", half, 11).text() ==
        "conv:180x240x3-32c3-p2s2-32c3-p2s2-32c3-p2s2-u-32c3-u-32c3-u-32c3-11c1/bn/relu");
  CHECK(parse_network("segnet:basic", half, 11) == parse_network("segnet:4x64c7", half, 11));
  CHECK(parse_network("segnet:2x8c5+lrn", half, 5).text() ==
        "conv:180x240x3-lrn-8c5-p2s2-8c5-p2s2-u-8c5-u-8c5-5c1/bn/relu");
  for (const char* bad : {"segnet:", "segnet:4x64", "segnet:x64c7", "segnet:4x64c7x", "segnet:0x64c7",
                          "segnet:4x64c99", "segnet:large"})
    CHECK(error_of([&] { parse_network(bad, half, 11); }).find("network '") == 0);
}

TEST_CASE("png: what is written reads back") {
  for (const int channels : {1, 3}) {
    Picture picture{7, 5, channels, {}};
    for (int i = 0; i < 35 * channels; ++i) picture.pixels.push_back(static_cast<std::uint8_t>(i * 37));
    const ScratchFolder scratch;
    write_atomically(scratch.path / "a.png", to_png(picture));
    const Picture again = read_png(scratch.path / "a.png", channels);
    CHECK((again.width == 7 && again.height == 5 && again.pixels == picture.pixels));
  }
}

TEST_CASE("parameters: what a trial left, restored, predicts what it predicted") {
  const Dataset data = noisy_pixels();
  const TrialSpec spec = pixel_trial(data, "un");
  const ScratchFolder scratch;
  const ParameterFolder folder(scratch.path / "parameters");
  TrialControl control;
  control.parameters = &folder;
  const TrialRecord record = run(spec, data, control);
  Network<float> network(parse_network(spec.shape, 0, 0), 10);
  Buffer<float> theta(static_cast<size_t>(network.layout().size));
  const fs::path file = folder.path(spec.hash());
  restore_parameters<float>(read_npy(file), file, theta, network);
  BatchBuffer<float> buffer(10, data.inputs(), 24);
  buffer.weigh(data.ignored, {});
  std::vector<std::uint32_t> all(10);
  std::iota(all.begin(), all.end(), 0u);
  const Batch<float> batch = buffer.gather(data.test, all);
  Confusion confusion(3);
  confusion.add(network.forward(theta, batch.X, Mode::evaluate), batch.targets);
  const Confusion kept = confusions(record).back().second;
  for (Index k = 0; k < 3; ++k)
    for (Index j = 0; j < 3; ++j) CHECK(confusion.count(k, j) == kept.count(k, j));
  Buffer<float> fewer(1);
  CHECK(error_of([&] {
          restore_parameters<float>(read_npy(file), file, fewer, network);
        }).find("parameters: ") == 0);
}

TEST_CASE("predictions: each network has its own pictures, of the first trial whose parameters were kept") {
  Dataset data = noisy_pixels();
  data.looks = {{"a", {255, 0, 0}}, {"b", {0, 255, 0}}, {"c", {0, 0, 255}}, {"none", {0, 0, 0}}};
  const std::uint8_t three = 3;  // pictures have three channels
  for (Samples* samples : {&data.train, &data.test})
    samples->pixels.resize(samples->labels.size() * three, 7);
  data.channels = three;
  const ScratchFolder scratch;
  const ParameterFolder folder(scratch.path / "parameters");
  std::vector<TrialRecord> records;
  for (const char* network : {"conv:4x6x3-4c3-p2s2-u-3c3-3c1/bn/relu", "conv:4x6x3-3c3-3c1/relu+bias"})
    for (const int trial : {0, 1}) {
      TrialSpec spec = pixel_trial(noisy_pixels(), "un");
      spec.shape = spec.network = network, spec.trial = trial;
      spec.protocol.search = false;
      TrialControl control;
      if (trial == 1) control.parameters = &folder;  // those of trial 0 were not kept
      records.push_back(run(spec, data, control));
      REQUIRE(records.back().status == Status::completed);
    }
  CHECK(write_predictions(records, data, {0, 9}, scratch.path).empty());
  const auto table = read_table<PredictionRow>(scratch.path / "predictions.csv");
  REQUIRE(table.size() == 2 * (2 + 2));
  std::set<std::string> names, files;
  for (const PredictionRow& row : table) {
    files.insert(row.file);
    const Picture picture = read_png(scratch.path / row.file, 3);
    CHECK((picture.width == row.width && picture.height == row.height));
    if (row.kind != "prediction") continue;
    names.insert(row.optimizer);
    CHECK(row.trial == 1);
  }
  CHECK(files.size() == table.size());
  CHECK(names == std::set<std::string>{records[0].spec.network + " un", records[2].spec.network + " un"});

  // Fewer samples and networks: what is there is what the table names, and a file of somebody else.
  write_atomically(scratch.path / "predictions/notes.txt", "mine");
  CHECK(write_predictions({records[0], records[1]}, data, {9}, scratch.path).empty());
  files = {"predictions/notes.txt"};
  for (const PredictionRow& row : read_table<PredictionRow>(scratch.path / "predictions.csv"))
    files.insert(row.file);
  CHECK(files.size() == 1 + 3);
  std::set<std::string> there;
  for (const fs::path& file : list_folder(scratch.path / "predictions"))
    there.insert(file.lexically_relative(scratch.path).string());
  CHECK(there == files);

  for (TrialRecord& record : records) record.spec.seed = 2;  // of which nothing was kept
  CHECK(write_predictions(records, data, {0}, scratch.path).find("no pictures of ") == 0);
}
