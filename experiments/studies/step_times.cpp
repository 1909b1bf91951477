// step_times.cpp — blocks of steps by turns.
#include "experiments/studies/step_times.hpp"

#include <algorithm>
#include <chrono>

#include "protocols/training.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

// Some milliseconds a block: long beside the clock and the change of the optimizer in the caches, short
// beside what else a machine does. Lowest and highest of nine independent medians enclose what they estimate
// in all but 2 of 2⁹ cases.
constexpr int kRepeats = 9, kBlocks = 25, kSteps = 10;
constexpr double kRate = 0.01;

std::vector<std::uint32_t> some_samples(const TrialSpec& spec, const Dataset& data) {
  const auto count = static_cast<std::uint32_t>(data.train.count());
  std::vector<std::uint32_t> samples = Stream(spec.seed, 0).fork(Purpose::split).permutation(count);
  samples.resize(std::min(samples.size(), static_cast<size_t>(kSteps * spec.protocol.batch)));
  return samples;
}

// A trial's training, whose epoch is a block.
template <class Real>
class Worker {
 public:
  Worker(const TrialSpec& spec, const Dataset& data)
      : batches_(some_samples(spec, data), spec.protocol.batch, Stream(spec.seed, 0)),
        training_(spec, data, [] {}) {
    const Stream root(spec.seed, 0);
    training_.start(batches_, root.fork(Purpose::init), root.fork(Purpose::labels));
  }
  int steps() const { return static_cast<int>(batches_.count()); }
  double run_block() {
    const auto start = std::chrono::steady_clock::now();
    double cost = 0;
    training_.train_epoch(batches_, ++epoch_, kRate, cost);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

 private:
  Batches batches_;
  Training<Real> training_;
  int epoch_ = 0;
};

template <class Real>
StepRatio timed(const TrialSpec& first, const TrialSpec& second, const Dataset& data) {
  Worker<Real> a(first, data), b(second, data);
  a.run_block(), b.run_block();  // fill the caches
  Blocks of_a(kRepeats), of_b(kRepeats);
  for (int repeat = 0; repeat < kRepeats; ++repeat)
    for (int block = 0; block < kBlocks; ++block) {
      // Who comes first changes, so that a drift favours neither.
      if (block % 2 == 0) of_a[repeat].push_back(a.run_block());
      of_b[repeat].push_back(b.run_block());
      if (block % 2 == 1) of_a[repeat].push_back(a.run_block());
    }
  return step_ratio(of_a, of_b, a.steps());
}

}  // namespace

StepRatio step_ratio(const Blocks& first, const Blocks& second, int steps) {
  std::vector<double> a, b, ratios;
  for (size_t repeat = 0; repeat < first.size(); ++repeat) {
    a.push_back(median(first[repeat]) / steps), b.push_back(median(second[repeat]) / steps);
    ratios.push_back(a.back() / b.back());
  }
  return {median(a),           median(b),           median(ratios),
          quantile(ratios, 0), quantile(ratios, 1), static_cast<int>(ratios.size())};
}

StepRatio time_steps(const TrialSpec& first, const TrialSpec& second, const Dataset& data) {
  return first.precision == "double" ? timed<double>(first, second, data) : timed<float>(first, second, data);
}

}  // namespace symopt
