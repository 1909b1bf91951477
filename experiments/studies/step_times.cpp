// step_times.cpp — blocks of steps by turns.
#include "experiments/studies/step_times.hpp"

#include <algorithm>

#include "protocols/timed_training.hpp"
#include "results/statistics.hpp"

namespace symopt {

namespace {

// Some milliseconds a block: long beside the clock and the change of the optimizer in the caches, short
// beside what else a machine does. Lowest and highest of nine independent medians enclose what they estimate
// in all but 2 of 2⁹ cases.
constexpr int kRepeats = 9, kBlocks = 25, kSteps = 10;
constexpr double kRate = 0.01;

template <class Real>
StepRatio timed(const TrialSpec& first, const TrialSpec& second, const Dataset& data) {
  // An epoch is a block.
  TimedTraining<Real> a(first, data, static_cast<size_t>(kSteps * first.protocol.batch)),
      b(second, data, static_cast<size_t>(kSteps * second.protocol.batch));
  a.run_epoch(kRate), b.run_epoch(kRate);  // fill the caches
  Blocks of_a(kRepeats), of_b(kRepeats);
  for (int repeat = 0; repeat < kRepeats; ++repeat)
    for (int block = 0; block < kBlocks; ++block) {
      // Who comes first changes, so that a drift favours neither.
      if (block % 2 == 0) of_a[repeat].push_back(a.run_epoch(kRate));
      of_b[repeat].push_back(b.run_epoch(kRate));
      if (block % 2 == 1) of_a[repeat].push_back(a.run_epoch(kRate));
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
