// test_search.cpp — an epoch's batches, and the search for the learning rate that a trial starts with.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "protocols/batches.hpp"
#include "protocols/search.hpp"
#include "protocols/trainer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

TrialRecord run(const TrialSpec& spec, const Dataset& data) {
  Monitor monitor;
  return run_trial(spec, data, monitor);
}

std::vector<SearchPoint> points(const std::vector<double>& errors) {
  std::vector<SearchPoint> search;
  for (size_t i = 0; i < errors.size(); ++i) {
    const bool diverged = std::isnan(errors[i]);
    search.push_back({std::pow(10, -0.5 * static_cast<double>(i)),
                      diverged ? Status::diverged : Status::completed, 0, errors[i]});
  }
  return search;
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<std::uint32_t> all_of(const Batches& batches) {
  std::vector<std::uint32_t> all;
  for (size_t i = 0; i < batches.count(); ++i) all.insert(all.end(), batches[i].begin(), batches[i].end());
  return all;
}

}  // namespace

TEST_CASE("batches: every epoch has every sample once, in full batches but for the last") {
  for (size_t count : {1, 9, 10, 11, 40}) {
    std::vector<std::uint32_t> samples;
    for (size_t i = 0; i < count; ++i) samples.push_back(static_cast<std::uint32_t>(100 + 3 * i));
    Batches batches(samples, 10, Stream(1));
    CHECK(batches.count() == (count + 9) / 10);
    for (int epoch = 1; epoch <= 3; ++epoch) {
      batches.start(epoch);
      for (size_t i = 0; i + 1 < batches.count(); ++i) CHECK(batches[i].size() == 10);
      auto all = all_of(batches);
      std::sort(all.begin(), all.end());
      CHECK(all == samples);
    }
  }
}

TEST_CASE(
    "batches: without the last one an epoch has full batches only, each sample at most once, others in "
    "turn") {
  for (size_t count : {10, 19, 40, 41}) {
    std::vector<std::uint32_t> samples(count);
    std::iota(samples.begin(), samples.end(), 0u);
    Batches batches(samples, 10, Stream(1), LastBatch::drop), kept(samples, 10, Stream(1));
    CHECK(batches.count() == count / 10);
    CHECK(batches.whole_batches().size() == 10 * (count / 10));
    CHECK(kept.whole_batches().size() == count);
    std::set<std::uint32_t> seen;
    for (int epoch = 1; epoch <= 40; ++epoch) {
      batches.start(epoch), kept.start(epoch);
      for (size_t i = 0; i < batches.count(); ++i) {
        CHECK(batches[i].size() == 10);
        CHECK(std::equal(batches[i].begin(), batches[i].end(), kept[i].begin()));
      }
      const auto all = all_of(batches);
      CHECK(std::set(all.begin(), all.end()).size() == all.size());
      seen.insert(all.begin(), all.end());
    }
    CHECK(seen.size() == count);  // nobody is left out for ever
  }
  CHECK(Batches({1, 2, 3}, 10, Stream(1), LastBatch::drop).count() == 0);
}

TEST_CASE("batches: an epoch's order depends on the stream and the epoch, not on the epochs before") {
  std::vector<std::uint32_t> samples(50);
  std::iota(samples.begin(), samples.end(), 0u);
  Batches in_turn(samples, 10, Stream(1)), at_once(samples, 10, Stream(1)), other(samples, 10, Stream(2));
  std::set<std::vector<std::uint32_t>> orders = {samples};
  for (int epoch = 1; epoch <= 4; ++epoch) {
    in_turn.start(epoch);
    CHECK(orders.insert(all_of(in_turn)).second);
  }
  at_once.start(4);
  CHECK(all_of(at_once) == all_of(in_turn));
  other.start(4);
  CHECK(all_of(other) != all_of(in_turn));
  CHECK(std::equal(samples.begin(), samples.end(), in_turn.samples().begin()));  // the split itself stays
}

TEST_CASE("search grid: 10^-eta from the largest rate on, both ends included") {
  const std::vector<double> grid = search_grid({});
  REQUIRE(grid.size() == 11);
  for (size_t i = 0; i < grid.size(); ++i)
    CHECK(grid[i] == Approx(std::pow(10, -0.5 * static_cast<double>(i))).epsilon(1e-15));
  ProtocolSettings protocol;
  protocol.search_eta_min = 0, protocol.search_eta_max = 0.3, protocol.search_eta_step = 0.1;
  CHECK(search_grid(protocol).size() == 4);  // though 3 · 0.1 > 0.3 in floating point
  protocol.search_eta_max = 0.25;
  CHECK(search_grid(protocol).size() == 3);
  protocol.search_eta_max = 0;
  CHECK(search_grid(protocol) == std::vector<double>{1});
}

TEST_CASE("best candidate: the lowest validation error, ties to the larger rate, diverged ones out") {
  CHECK(best_candidate(points({0.5, 0.3, 0.4})) == 1);
  CHECK(best_candidate(points({0.3, 0.5, 0.3})) == 0);
  CHECK(best_candidate(points({0.5, 0.3, 0.3, 0.3})) == 1);
  CHECK(best_candidate(points({kNaN, 0.9, 0.8})) == 2);
  CHECK(best_candidate(points({kNaN, 0.9, kNaN})) == 1);
  CHECK(best_candidate(points({kNaN, kNaN})) == -1);
  CHECK(best_candidate({}) == -1);
  auto diverged_with_zeros = points({0.5, 0});
  diverged_with_zeros[1].status = Status::diverged;
  CHECK(best_candidate(diverged_with_zeros) == 0);
}

TEST_CASE("search: validation samples are none of those that train") {
  // At a high rate a linear network knows each sample that it was trained on, and no other: of the held-out
  // ones it gets a third right by chance, with standard deviation sqrt(2/9/100).
  const Dataset data = lone_samples();
  double errors = 0, trials = 0;
  for (int trial = 0; trial < 10; ++trial) {
    TrialSpec spec = small_trial(data, "mlp:60-3", "sgd", trial);
    spec.start = "balanced";
    spec.protocol.search_train = 50, spec.protocol.search_validation = 10;
    spec.protocol.search_epochs = 20;
    spec.protocol.search_eta_min = spec.protocol.search_eta_max = -2;
    spec.protocol.max_epochs = 1;
    const TrialRecord record = run(spec, data);
    CHECK(record.search[0].cost < 0.01);  // it knows those that train
    errors += record.search[0].validation_error, ++trials;
  }
  const double chance = 2.0 / 3, deviation = std::sqrt(2.0 / 9 / 100);
  CHECK(std::abs(errors / trials - chance) < 4 * deviation);
}

TEST_CASE("search: where every candidate diverges, so has the trial") {
  const Dataset data = noisy_classes();
  TrialSpec spec = small_trial(data, "mlp:8-5-5-3/linear", "sgd");
  spec.protocol.search_eta_min = -20, spec.protocol.search_eta_max = -19;
  const TrialRecord record = run(spec, data);
  CHECK(record.status == Status::diverged);
  REQUIRE(record.search.size() == 3);
  for (const SearchPoint& p : record.search) {
    CHECK(p.status == Status::diverged);
    CHECK(std::isnan(p.validation_error));
    CHECK(std::isnan(p.cost));
  }
  CHECK(std::isnan(record.learning_rate));
  CHECK(record.edge == "none");
  CHECK(record.curve.empty());
  CHECK(record.stop.empty());
  CHECK(record.message == "every candidate of the learning-rate search diverged");
}

TEST_CASE("search: a diverged candidate is out, the others go on as if it were not there") {
  const Dataset data = noisy_classes();
  TrialSpec spec = small_trial(data, "mlp:8-5-5-3/linear", "sgd");
  spec.protocol.search_eta_min = -20, spec.protocol.search_eta_max = 2, spec.protocol.search_eta_step = 11;
  const TrialRecord record = run(spec, data);
  REQUIRE(record.search.size() == 3);
  CHECK(record.search[0].status == Status::diverged);
  CHECK(record.search[2].status == Status::completed);
  CHECK(record.status == Status::completed);
  CHECK(record.learning_rate == 0.01);
  CHECK(record.edge == "low");
}

TEST_CASE("search: a winner at an end of the grid is flagged, one in the middle and a lone one are not") {
  const Dataset data = noisy_classes();
  std::map<std::string, int> seen;
  for (int trial = 0; trial < 12; ++trial) {
    TrialSpec spec = small_trial(data, "archbn:8-4-3/pool2", "un", trial);
    spec.protocol.search_eta_min = -1, spec.protocol.search_eta_max = 3, spec.protocol.search_eta_step = 1;
    spec.protocol.max_epochs = 1;
    const TrialRecord record = run(spec, data);
    const int best = best_candidate(record.search);
    CHECK(record.learning_rate == record.search[static_cast<size_t>(best)].learning_rate);
    CHECK(record.edge == (best == 0 ? "high" : best == 4 ? "low" : "none"));
    ++seen[record.edge];
  }
  CHECK(seen.size() >= 2);
  TrialSpec lone = small_trial(data, "archbn:8-4-3/pool2", "un");
  lone.protocol.search_eta_max = 0;
  CHECK(run(lone, data).edge == "none");
}
