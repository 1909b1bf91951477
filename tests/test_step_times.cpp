// test_step_times.cpp — the cost of a step beside another's: what a load on the machine does to it, and that
// it tells cheap from dear.
#include <cmath>
#include <limits>

#include "core/random.hpp"
#include "experiments/plan/experiment.hpp"
#include "experiments/studies/step_times.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

// Of a quotient of two quotients.
constexpr double kRounding = 8 * std::numeric_limits<double>::epsilon();

}  // namespace

TEST_CASE("step times: the median of the repeats' ratios, with lowest and highest") {
  const StepRatio r = step_ratio({{2, 4, 3}, {5, 5, 5}, {4, 4, 4}}, {{2, 2, 9}, {4, 4, 4}, {1, 2, 3}}, 10);
  CHECK(std::abs(r.ratio - 1.5) < kRounding);
  CHECK(std::abs(r.low - 1.25) < kRounding);
  CHECK(std::abs(r.high - 2) < kRounding);
  CHECK(r.first == 4 / 10.0);
  CHECK(r.second == 2 / 10.0);
  CHECK(r.repeats == 3);
}

TEST_CASE("step times: a load that comes and goes falls on both and leaves the ratio") {
  // Whole repeats at half the speed, and a fifth of the blocks interrupted for ten times their length.
  Stream stream(6);
  Blocks a(9), b(9);
  for (int repeat = 0; repeat < 9; ++repeat)
    for (int block = 0; block < 25; ++block)
      for (Blocks* blocks : {&a, &b}) {
        const double load = (repeat % 3 == 1 ? 2 : 1) * (stream.below(5) == 0 ? 10 : 1);
        (*blocks)[static_cast<size_t>(repeat)].push_back((blocks == &a ? 1.05 : 1.0) * load);
      }
  const StepRatio r = step_ratio(a, b, 1);
  for (const double ratio : {r.ratio, r.low, r.high}) CHECK(std::abs(ratio - 1.05) < kRounding);
}

// What they take is the machine's affair; that dear steps are seen as dear is asserted on made-up blocks
// above.
TEST_CASE(
    "step times: steps of two optimizers are timed as often, repeat by repeat, and none takes no time") {
  const Dataset data = noisy_classes();
  const TrialSpec sgd = small_trial(data, "mlp:8-30-30-3", "sgd"),
                  kfac = small_trial(data, "mlp:8-30-30-3", "kfac");
  for (const TrialSpec* spec : {&kfac, &sgd}) {
    const StepRatio r = time_steps(*spec, sgd, data);
    CAPTURE(r.ratio, r.low, r.high, r.first, r.second);
    CHECK(r.repeats == 9);
    CHECK(r.first > 0);
    CHECK(r.second > 0);
    CHECK(0 < r.low);
    CHECK(r.low <= r.ratio);
    CHECK(r.ratio <= r.high);
  }
}

TEST_CASE(
    "step times: for claim 4 the paper's run times un and b-sgd in turns, one as short as --quick's does "
    "not",
    "[slow]") {
  const Dataset data = noisy_classes();
  Request quick;
  find_experiment("paper").quick(quick);
  for (const int more : {0, 1}) {
    Request request;
    request.protocol.max_epochs = quick.protocol.max_epochs + more;
    std::vector<TrialRecord> records;
    for (const char* optimizer : {"b-sgd", "un"})
      for (int trial = 0; trial < 2; ++trial) {
        TrialRecord& record = records.emplace_back();
        record.spec = small_trial(data, "archbn-4", optimizer, trial);
        record.curve = {{1, 1, 0.1, 1, 0.1, 0.1, 0.1 + 0.01 * trial}}, record.timings = {{1, 1}};
      }
    const ScratchFolder folder;
    const std::string text = find_experiment("paper").conclude(request, records, data, folder.path);
    INFO(text);
    CHECK(contains(text, "costs about what the Euclidean one does: undecided\n     not timed") ==
          (more == 0));
    CHECK(contains(text, "in 9 repeats") == (more == 1));
  }
}
