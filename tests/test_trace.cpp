// test_trace.cpp — a trace holds what the trainer computes, and gives the same bytes each time.
#include <cmath>
#include <limits>
#include <set>

#include "experiments/certificates/trace_folder.hpp"
#include "optimizers/optimizer.hpp"
#include "protocols/trace.hpp"
#include "protocols/trainer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command_runs.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/results_folder.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

constexpr int kEpochs = 3, kSteps = 4 * kEpochs;  // 36 samples in batches of 10
const char* const kNormalized = "archbn:8-4-3/pool2";
const char* const kPlain = "mlp:8-5-3+bias";

// Trains at one rate for all epochs.
TrialSpec fixed_trial(const Dataset& data, const std::string& network, const std::string& optimizer) {
  TrialSpec spec = small_trial(data, network, optimizer, 1);
  spec.protocol.search = false, spec.protocol.learning_rate = 0.05;
  spec.protocol.max_epochs = kEpochs, spec.protocol.min_epochs = 1, spec.protocol.stop_early = false;
  return spec;
}

const TraceArray& find(const Trace& trace, const std::string& quantity, const std::string& part = "") {
  for (const TraceArray& a : trace.arrays)
    if (a.quantity == quantity && a.part == part) return a;
  throw std::logic_error("no " + quantity + " " + part);
}
bool has(const Trace& trace, const std::string& quantity) {
  return std::any_of(trace.arrays.begin(), trace.arrays.end(),
                     [&](const TraceArray& a) { return a.quantity == quantity; });
}

// The part of an array at its first index.
template <class T>
std::vector<T> row(const NpyArray& array, size_t i) {
  const std::vector<T> values = array.values<T>();
  const size_t size = values.size() / array.shape[0];
  return {values.begin() + static_cast<std::ptrdiff_t>(i * size),
          values.begin() + static_cast<std::ptrdiff_t>((i + 1) * size)};
}

// theta and running statistics at a step, as parameters are kept.
template <class Real>
std::vector<Real> state_at(const Trace& trace, size_t step) {
  std::vector<Real> all;
  const auto add = [&](const TraceArray& a) {
    const std::vector<Real> part = row<Real>(a.array, step);
    all.insert(all.end(), part.begin(), part.end());
  };
  for (const Block& block : trace.layout.blocks) add(find(trace, "theta", block.name));
  for (size_t l = 1; l < trace.layout.layers.size() && has(trace, "running_mean"); ++l)
    for (const char* quantity : {"running_mean", "running_variance"})
      add(find(trace, quantity, "layer" + std::to_string(l)));
  return all;
}

std::vector<std::string> every_optimizer() {
  std::vector<std::string> names = {"teleport+sgd", "teleport+momentum"};
  for (const OptimizerEntry& entry : optimizer_registry()) names.push_back(entry.name);
  return names;
}

template <class Real>
void check_end(const TrialSpec& spec, const Dataset& data) {
  const ScratchFolder folder;
  const ParameterFolder parameters(folder / "parameters");
  TrialControl control;
  control.parameters = &parameters;
  Monitor monitor;
  const TrialRecord record = run_trial(spec, data, monitor, control);
  REQUIRE(record.status == Status::completed);
  const std::vector<Real> expected = read_npy(parameters.path(spec.hash())).template values<Real>();
  const Trace trace = trace_training(spec, data, kSteps);
  CHECK(trace.divergence.empty());
  CHECK(trace.steps == record.curve.back().steps);
  // Population statistics are taken after the epoch, behind the trace's last step.
  const bool running = spec.protocol.bn_statistics == "running";
  const auto compared = [&](std::vector<Real> state) {
    if (!running) state.resize(static_cast<size_t>(trace.layout.size));
    return state;
  };
  CHECK(compared(state_at<Real>(trace, kSteps)) == compared(expected));
  CHECK(compared(state_at<Real>(trace, 0)) != compared(expected));
  const std::vector<double> losses = find(trace, "loss").array.values<double>(),
                            rates = find(trace, "learning_rate").array.values<double>();
  for (size_t e = 0; e < kEpochs; ++e) {
    double sum = 0;
    for (size_t i = 0; i < 4; ++i) {
      sum += losses[4 * e + i];
      CHECK(rates[4 * e + i] == record.curve[e].learning_rate);
    }
    CHECK(sum / 4 == record.curve[e].cost);
  }
}

}  // namespace

TEST_CASE("trace: ends where the trial ends, to the bit, with every optimizer, precision and statistics") {
  const Dataset data = noisy_classes();
  for (const std::string& optimizer : every_optimizer())
    for (const char* network : {kNormalized, kPlain}) {
      TrialSpec spec = fixed_trial(data, network, optimizer);
      INFO(optimizer << " on " << network);
      if (find_optimizer(optimizer).refuses(parse_sized_network(spec.shape))) continue;
      // What they leave is the mean of their points, and the trace has the points.
      if (optimizer.starts_with("schedule-free-")) continue;
      check_end<double>(spec, data);
      spec.protocol.bn_statistics = "population";
      check_end<double>(spec, data);
      spec.precision = "float";
      check_end<float>(spec, data);
    }
}

TEST_CASE("trace: loss, gradient and statistics are those of a pass of its own at theta") {
  const Dataset data = noisy_classes();
  const TrialSpec spec = fixed_trial(data, kNormalized, "sgd");
  const Trace trace = trace_training(spec, data, kSteps);
  const std::vector<std::int32_t> batches = find(trace, "batch").array.values<std::int32_t>();
  Network<double> network(parse_sized_network(spec.shape), spec.protocol.batch);
  BatchBuffer<double> buffer(spec.protocol.batch, data.inputs());
  std::set<std::uint32_t> epoch;
  for (size_t t = 0; t < kSteps; ++t) {
    INFO("step " << t);
    std::vector<std::uint32_t> samples;
    for (size_t i = 0; i < 10; ++i)
      if (batches[10 * t + i] >= 0) samples.push_back(static_cast<std::uint32_t>(batches[10 * t + i]));
    CHECK(samples.size() == (t % 4 == 3 ? 6 : 10));  // the last batch of an epoch is smaller
    if (t < 4) epoch.insert(samples.begin(), samples.end());
    const Batch<double> batch = buffer.gather(data.train, samples);
    const std::vector<double> state = state_at<double>(trace, t);
    const size_t size = static_cast<size_t>(trace.layout.size);
    Buffer<double> theta(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(size)), grad(size);
    CHECK(network.gradient(theta, batch, grad) == find(trace, "loss").array.values<double>()[t]);
    const double rate = find(trace, "learning_rate").array.values<double>()[t];
    for (const Block& block : trace.layout.blocks) {
      const std::vector<double> g = row<double>(find(trace, "gradient", block.name).array, t),
                                after = row<double>(find(trace, "theta", block.name).array, t + 1);
      for (size_t i = 0; i < g.size(); ++i) {
        const size_t at = static_cast<size_t>(block.offset) + i;
        CHECK(g[i] == grad[at]);
        // One fused rounding or two: the product's and the difference's.
        const double rounding =
            std::numeric_limits<double>::epsilon() * (std::abs(theta[at]) + std::abs(rate * g[i]));
        CHECK(std::abs(after[i] - (theta[at] - rate * g[i])) <= rounding);
      }
    }
    // Mean and variance over the batch, from the filters' outputs.
    const auto Z = network.filter_outputs(0);
    const std::vector<double> mean = row<double>(find(trace, "batch_mean", "layer1").array, t),
                              variance = row<double>(find(trace, "batch_variance", "layer1").array, t);
    for (Index o = 0; o < Z.cols(); ++o) {
      const double m = Z.col(o).mean(), v = (Z.col(o).array() - m).square().mean();
      CHECK(mean[static_cast<size_t>(o)] == Approx(m).epsilon(1e-13));
      CHECK(variance[static_cast<size_t>(o)] == Approx(v).epsilon(1e-13));
    }
  }
  CHECK(epoch.size() == 36);
}

TEST_CASE("trace: holds the pixels and labels of every sample that it names") {
  const Dataset data = noisy_classes();
  TrialSpec spec = fixed_trial(data, kPlain, "teleport+sgd");
  spec.settings = "tele-batch=7 first-batches=2";
  const Trace trace = trace_training(spec, data, 3);
  const std::vector<std::int32_t> numbers = find(trace, "sample_numbers").array.values<std::int32_t>();
  const std::vector<std::uint8_t> labels = find(trace, "sample_labels").array.values<std::uint8_t>();
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto n = static_cast<size_t>(numbers[i]);
    const auto pixels = row<std::uint8_t>(find(trace, "sample_pixels").array, i);
    CHECK(labels[i] == data.train.labels[n]);
    CHECK(std::equal(pixels.begin(), pixels.end(),
                     data.train.pixels.begin() + static_cast<std::ptrdiff_t>(8 * n)));
  }
  for (const char* quantity : {"batch", "draws_samples"})
    for (const std::int32_t n : find(trace, quantity).array.values<std::int32_t>())
      CHECK((n == -1 || std::binary_search(numbers.begin(), numbers.end(), n)));
  const NpyArray& drawn = find(trace, "draws_samples").array;
  CHECK(drawn.shape == std::vector<size_t>{3, 7});
  CHECK(row<std::int32_t>(drawn, 0) != row<std::int32_t>(drawn, 1));
  CHECK(row<std::int32_t>(drawn, 2) == std::vector<std::int32_t>(7, -1));  // no teleport there
}

TEST_CASE("trace: of a data set of floats it holds the values, and training on pixels / 255 is the same") {
  const Dataset bytes = noisy_classes();
  Dataset floats = bytes;
  for (Samples* samples : {&floats.train, &floats.test}) {
    for (const std::uint8_t pixel : samples->pixels)
      samples->values.push_back(static_cast<float>(pixel) * (1.f / 255.f));
    samples->pixels.clear();
  }
  TrialSpec spec = fixed_trial(bytes, kPlain, "sgd");
  spec.precision = "float";  // in which the quotients are rounded; double has its own
  const Trace expected = trace_training(spec, bytes, 3), actual = trace_training(spec, floats, 3);
  CHECK(find(actual, "loss").array.bytes == find(expected, "loss").array.bytes);
  const std::vector<std::int32_t> numbers = find(actual, "sample_numbers").array.values<std::int32_t>();
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto values = row<float>(find(actual, "sample_values").array, i);
    CHECK(std::equal(values.begin(), values.end(), floats.train.values.begin() + 8 * numbers[i]));
  }
}

TEST_CASE("trace: what K-FAC draws stands at the steps that draw it") {
  const Dataset data = noisy_classes();
  TrialSpec spec = fixed_trial(data, kNormalized, "kfac");
  spec.settings = "t-cov=3";
  const NpyArray labels = find(trace_training(spec, data, 5), "draws_labels").array;
  spec.settings = "fisher=exact t-cov=3";
  const NpyArray signs = find(trace_training(spec, data, 5), "draws_signs").array;
  spec.settings = "fisher=empirical";
  CHECK_FALSE(has(trace_training(spec, data, 5), "draws_labels"));
  REQUIRE(labels.shape == std::vector<size_t>{5, 10});
  REQUIRE(signs.shape == std::vector<size_t>{5, 10});
  for (size_t t = 0; t < 5; ++t)
    for (size_t b = 0; b < 10; ++b) {
      const bool drawn = t == 0 || (t == 3 && b < 6);  // step 3 has the smaller batch
      const std::int32_t label = row<std::int32_t>(labels, t)[b], sign = row<std::int32_t>(signs, t)[b];
      INFO("step " << t << " sample " << b << ": " << label << " " << sign);
      CHECK((drawn ? label >= 0 && label < 3 : label == -1));
      CHECK((drawn ? sign == 1 || sign == -1 : sign == 0));
    }
}

TEST_CASE("trace: one that diverges ends there and says why") {
  const Dataset data = noisy_classes();
  TrialSpec spec = fixed_trial(data, kPlain, "sgd");
  spec.protocol.learning_rate = 1e300;
  const Trace trace = trace_training(spec, data, kSteps);
  CHECK(contains(trace.divergence, "not finite at epoch 1"));
  CHECK(trace.steps < kSteps);
  CHECK(find(trace, "theta", "layer1.weights").array.shape[0] == static_cast<size_t>(trace.steps) + 1);
}

TEST_CASE("trace: the folder has the same bytes each time, and the arrays that its index names") {
  const Dataset data = noisy_classes();
  const ScratchFolder folder;
  for (const char* optimizer : {"kfac", "teleport+un"}) {
    const TrialSpec spec = fixed_trial(data, kNormalized, optimizer);
    std::map<std::string, std::string> first;
    for (int time = 0; time < 2; ++time) {
      const fs::path out = folder / optimizer;
      fs::remove_all(out);
      fs::create_directory(out);
      write_trace(out, spec, data, trace_training(spec, data, kSteps));
      const auto files = snapshot(out);
      if (time == 1) CHECK(files == first);
      first = files;
    }
    const std::string index = read_text(folder / optimizer / "index.json");
    const Trace trace = trace_training(spec, data, kSteps);
    for (const TraceArray& a : trace.arrays) {
      const std::string file = a.part.empty() ? a.quantity + ".npy" : a.quantity + "/" + a.part + ".npy";
      INFO(file);
      CHECK(contains(index, "\"file\": \"" + file + "\""));
      CHECK(read_npy(folder / optimizer / file).bytes == a.array.bytes);
      CHECK(read_npy(folder / optimizer / file).shape == a.array.shape);
    }
    // Options that nobody set, too.
    CHECK(contains(index, std::string(optimizer) == "kfac" ? "\"t-inv\": \"" : "\"tele-batch\": \"200\""));
  }
}

TEST_CASE("trace: the command refuses what it cannot trace, and leaves no folder") {
  const ScratchFolder folder;
  const TemporaryFolder data;  // read each time
  data.write("train-images-idx3-ubyte", idx_header({1300, 28, 28}) + ramp(1300 * 784, 7));
  data.write("train-labels-idx1-ubyte", idx_header({1300}) + ramp(1300, 1, 10));
  data.write("t10k-images-idx3-ubyte", idx_header({100, 28, 28}) + ramp(100 * 784, 7));
  data.write("t10k-labels-idx1-ubyte", idx_header({100}) + ramp(100, 1, 10));
  const auto refusal = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"trace", "--dataset", "folder:" + data.path().string()});
    const Ended ended = symopt_in(folder.path, arguments);
    CHECK(ended.status == 2);
    CHECK(std::count(ended.error.begin(), ended.error.end(), '\n') == 1);
    CHECK(fs::is_empty(folder.path));
    return ended.error;
  };
  CHECK(contains(refusal({}), "option 'out': expected a folder, found none"));
  CHECK(contains(refusal({"here"}), "trace: expected options only, found 'here'"));
  CHECK(contains(refusal({"--out", "x", "--steps", "0"}), "option 'steps': expected 1 to"));
  CHECK(contains(refusal({"--out", "x", "--optimizer", "unn"}), "did you mean 'un'"));
  CHECK(contains(refusal({"--out", "x", "--optimizer", "un,sgd"}), "expected one network and one optimizer"));
  CHECK(contains(refusal({"--out", "x", "--steps", "1000000"}), "option 'steps': expected at most"));
  CHECK(contains(refusal({"--out", "x", "--optimizer", "natural"}), "expected at most max-params"));
  CHECK(contains(refusal({"--out", "x", "--search", "true"}), "unknown option '--search'"));
}
