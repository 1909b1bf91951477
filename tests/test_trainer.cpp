// test_trainer.cpp — a trial against a plain loop written from the protocol, and what pairs trials.
#include <cmath>
#include <limits>
#include <set>

#include "protocols/finiteness.hpp"
#include "protocols/spec_check.hpp"
#include "protocols/trainer.hpp"
#include "results/summary.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/naive_trial.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

const char* const kNormalized = "archbn:8-4-3/pool2";
const char* const kPictures = "conv:2x4x1-4c3-p2s2-3c2-3/bn/relu";

Monitor& no_monitor() {
  static Monitor monitor;
  return monitor;
}

TrialRecord without_seconds(TrialRecord record) {  // they are no result
  CHECK(record.timings.size() == record.curve.size());
  record.search_seconds = 0;
  record.timings.clear();
  return record;
}
TrialRecord run(const TrialSpec& spec, const Dataset& data) {
  return without_seconds(run_trial(spec, data, no_monitor()));
}

// Everything of a record but the spec.
bool same_results(TrialRecord a, const TrialRecord& b) {
  a.spec = b.spec;
  return same_bits(a, b);
}

}  // namespace

TEST_CASE("trial: equals a plain loop over the protocol, to the bit") {
  const Dataset data = noisy_classes();
  std::set<std::string> stops;
  for (const char* network : {kNormalized, "mlp:8-5-3+bias", kPictures})
    for (const char* optimizer : {"sgd", "un", "sm"})
      for (const char* statistics : {"running", "population"})
        for (int trial = 0; trial < 3; ++trial) {
          TrialSpec spec = small_trial(data, network, optimizer, trial);
          spec.protocol.bn_statistics = statistics;
          INFO(network << " " << optimizer << " " << statistics << " trial " << trial);
          const TrialRecord expected = NaiveTrial<double>(spec, data).run(), found = run(spec, data);
          REQUIRE(expected.search.size() == 3);
          CHECK(same_bits(found, expected));
          stops.insert(found.stop);
        }
  CHECK(stops.size() >= 2);  // the cases end in more than one way
}

TEST_CASE("trial: equals the plain loop in single precision too") {
  const Dataset data = noisy_classes();
  for (int trial = 0; trial < 4; ++trial) {
    TrialSpec spec = small_trial(data, kNormalized, "un", trial);
    spec.precision = "float";
    CHECK(same_bits(run(spec, data), NaiveTrial<float>(spec, data).run()));
    TrialSpec precise = spec;
    precise.precision = "double";
    CHECK_FALSE(same_results(run(precise, data), run(spec, data)));
  }
}

TEST_CASE("trial: a trial has the same bits whatever the threads of its passes") {
  const Dataset data = noisy_classes();
  for (const char* network : {kPictures, "conv:2x4x1-4c2-lrn-gap-3/relu+bias", kNormalized})
    for (const char* optimizer : {"momentum", "un", "kfac"}) {
      INFO(network << " " << optimizer);
      TrialSpec spec = small_trial(data, network, optimizer);
      spec.precision = "float";
      const TrialRecord alone = run(spec, data);
      for (int threads : {2, 5}) {
        TrialControl control;
        control.threads = threads;
        CHECK(same_results(without_seconds(run_trial(spec, data, no_monitor(), control)), alone));
      }
    }
}

TEST_CASE("trial: optimizers whose steps are the same have the same records: nothing drawn depends on them") {
  const Dataset data = noisy_classes();
  TrialSpec sgd = small_trial(data, kNormalized, "sgd"), b_sgd = small_trial(data, kNormalized, "b-sgd");
  CHECK_FALSE(same_results(run(sgd, data), run(b_sgd, data)));  // their own starts differ
  sgd.start = "balanced";
  CHECK(same_results(run(sgd, data), run(b_sgd, data)));
}

TEST_CASE("trial: every optimizer has the same splits, starting values and batches, over the registry") {
  // At a rate of 10^-20 nothing moves, so costs and errors tell of these alone; batch normalization lets
  // each cost depend on which samples share a batch.
  const Dataset data = noisy_classes();
  const NetworkSpec shape = parse_network(kNormalized, data.inputs(), data.classes);
  const auto still = [&](const std::string& optimizer, int trial) {
    TrialSpec spec = small_trial(data, kNormalized, optimizer, trial);
    spec.start = "balanced";
    spec.protocol.search_eta_min = spec.protocol.search_eta_max = 20;
    spec.protocol.annealing = "constant";
    return run(spec, data);
  };
  const TrialRecord sgd = still("sgd", 0), other_trial = still("sgd", 1);
  REQUIRE(sgd.curve.size() >= 2);
  CHECK(sgd.curve[0].cost != sgd.curve[1].cost);  // a fresh order each epoch
  CHECK(sgd.curve[0].cost != other_trial.curve[0].cost);
  CHECK(sgd.search[0].cost != other_trial.search[0].cost);
  for (const OptimizerEntry& entry : optimizer_registry()) {
    if (entry.refuses(shape)) continue;
    // They change the start's function: take the means of rows away, make class vectors orthonormal, or bring
    // filters to a length at which the epsilon of batch normalization shows.
    if (entry.name == "nero" || entry.name == "muon-stiefel" || entry.name == "spectral-sphere" ||
        entry.name.starts_with("rotational-"))
      continue;
    INFO(entry.name);
    const TrialRecord record = still(entry.name, 0);
    REQUIRE(record.curve.size() == sgd.curve.size());
    // An optimizer may normalize what is normalized: some ulps of costs near 1.
    constexpr double tolerance = 1e-12;
    CHECK(std::abs(record.search[0].cost - sgd.search[0].cost) < tolerance);
    CHECK(record.search[0].validation_error == sgd.search[0].validation_error);
    for (size_t e = 0; e < sgd.curve.size(); ++e) {
      CHECK(std::abs(record.curve[e].cost - sgd.curve[e].cost) < tolerance);
      CHECK(record.curve[e].train_error == sgd.curve[e].train_error);
      CHECK(record.curve[e].validation_error == sgd.curve[e].validation_error);
      CHECK(record.curve[e].test_error == sgd.curve[e].test_error);
    }
  }
}

TEST_CASE("trial: other trials and other seeds draw other numbers") {
  const Dataset data = noisy_classes();
  TrialSpec spec = small_trial(data, kNormalized, "un");
  const TrialRecord first = run(spec, data);
  CHECK(same_results(run(spec, data), first));
  spec.trial = 1;
  CHECK_FALSE(same_results(run(spec, data), first));
  spec.trial = 0, spec.seed = 2;
  CHECK_FALSE(same_results(run(spec, data), first));
}

TEST_CASE("trial: training and validation samples are disjoint, and together all that were asked for") {
  // The test samples are the training samples, 36 of which train and 24 validate: exactly then the errors
  // of the two parts add up to those of the whole.
  const Dataset data = lone_samples();
  for (int trial = 0; trial < 5; ++trial) {
    TrialSpec spec = small_trial(data, "mlp:60-3", "sgd", trial);
    spec.start = "balanced";
    spec.protocol.search_eta_min = spec.protocol.search_eta_max = -1;
    const TrialRecord record = run(spec, data);
    REQUIRE(!record.curve.empty());
    bool learnt_some = false;
    for (const EpochPoint& p : record.curve) {
      CHECK(std::lround(60 * p.test_error) ==
            std::lround(36 * p.train_error) + std::lround(24 * p.validation_error));
      learnt_some = learnt_some || p.train_error < p.validation_error;
    }
    CHECK(learnt_some);
  }
}

TEST_CASE("trial: without a search the full training is the same as with one that chose that rate") {
  const Dataset data = noisy_classes();
  const TrialSpec searched = small_trial(data, kNormalized, "un");
  const TrialRecord with = run(searched, data);
  TrialSpec given = searched;
  given.protocol.search = false;
  given.protocol.learning_rate = with.learning_rate;
  TrialRecord without = run(given, data);
  CHECK(without.search.empty());
  CHECK(without.edge == "none");
  without.search = with.search, without.edge = with.edge;
  CHECK(same_results(without, with));
}

TEST_CASE("trial: one that diverges keeps its finished epochs and says where it ended") {
  const Dataset data = noisy_classes();
  TrialSpec spec = small_trial(data, "mlp:8-5-5-3/linear", "sgd");
  spec.protocol.search = false;
  spec.protocol.learning_rate = 1e-3;
  spec.protocol.bold_up = 1e6, spec.protocol.bold_down = 1;  // the rate explodes after epoch 2
  const TrialRecord record = run(spec, data);
  CHECK(record.status == Status::diverged);
  REQUIRE(record.curve.size() >= 2);
  CHECK(record.stop.empty());
  const int epoch = static_cast<int>(record.curve.size()) + 1;
  INFO(record.message);
  CHECK(contains(record.message, fmt::format("not finite at epoch {}, step ", epoch)));
  // Steps count from 1, and an epoch of 36 samples in batches of 10 has 4.
  const int step = std::stoi(record.message.substr(record.message.rfind(' ')));
  CHECK((step > 4 * (epoch - 1) && step <= 4 * epoch));
  for (const EpochPoint& p : record.curve) CHECK(std::isfinite(p.cost));

  spec.protocol.learning_rate = 1e300;
  const TrialRecord at_once = run(spec, data);
  CHECK(at_once.status == Status::diverged);
  CHECK(at_once.curve.empty());
  CHECK(at_once.learning_rate == 1e300);
  CHECK(at_once.message == "loss not finite at epoch 1, step 2");
}

TEST_CASE("trial: without batch normalization a batch may be a single sample") {
  const Dataset data = noisy_classes();
  TrialSpec spec = small_trial(data, "mlp:8-5-3+bias", "un");
  spec.protocol.train = 31, spec.protocol.search_train = 21;
  CHECK(error_of([&] { check_spec(spec, data); }).empty());
  CHECK(same_bits(run(spec, data), NaiveTrial<double>(spec, data).run()));
  spec.protocol.batch = 1;
  CHECK(error_of([&] { check_spec(spec, data); }).empty());
  CHECK(run(spec, data).status == Status::completed);
}

TEST_CASE("trial: last-batch=drop leaves the samples out of an epoch that do not fill its last batch") {
  const Dataset data = noisy_classes();
  for (const char* statistics : {"running", "population"}) {
    TrialSpec spec = small_trial(data, kNormalized, "un");
    spec.protocol.train = 31, spec.protocol.search_train = 21;
    spec.protocol.last_batch = "drop", spec.protocol.bn_statistics = statistics;
    CHECK(error_of([&] { check_spec(spec, data); }).empty());
    const TrialRecord record = run(spec, data);
    CHECK(same_bits(record, NaiveTrial<double>(spec, data).run()));
    REQUIRE_FALSE(record.curve.empty());
    CHECK(record.curve[0].steps == 3);
    spec.protocol.last_batch = "keep";
    CHECK(run(spec, data).curve[0].steps == 4);
  }
}

TEST_CASE("trial: statistics and logits that overflow are a divergence, though loss and parameters go on") {
  // A step at a huge rate leaves huge filters: finite, and what a batch normalizes by itself too. What
  // evaluation reads overflows: the running or the population variance or, where the running one stays at 1,
  // the logits.
  const Dataset data = noisy_classes();
  std::set<std::string> seen;
  for (const char* statistics : {"running", "population"})
    for (const double momentum : {0.1, 0.0})
      for (int exponent = 1; exponent <= 30; ++exponent) {
        TrialSpec spec = small_trial(data, "archbn:8-4-4-3/pool2", "sgd");
        spec.precision = "float";
        spec.protocol.search = false, spec.protocol.learning_rate = std::pow(10, exponent);
        spec.protocol.bn_momentum = momentum, spec.protocol.bn_statistics = statistics;
        spec.protocol.annealing = "constant";
        if (momentum == 0)
          spec.protocol.train = 10;  // one step an epoch, after which evaluation is the first to look
        const TrialRecord record = run(spec, data);
        INFO(statistics << ", bn-momentum " << momentum << ", rate 1e" << exponent << ": "
                        << to_text(record.status) << ", " << record.message);
        for (const EpochPoint& p : record.curve)
          CHECK((std::isfinite(p.cost) && p.train_error < 1 && p.validation_error < 1 && p.test_error < 1));
        if (record.status != Status::diverged) continue;
        const size_t at = record.message.find(" not finite ");
        REQUIRE(at != std::string::npos);
        const std::string what = record.message.substr(0, at);
        seen.insert(what);
        const int epoch = static_cast<int>(record.curve.size()) + 1;
        if (what.starts_with("logits"))
          CHECK(contains(record.message, fmt::format(" after epoch {}, from ", epoch)));
        else if (what.starts_with("population"))
          CHECK(record.message.ends_with(fmt::format(" after epoch {}", epoch)));
        else
          CHECK(contains(record.message, fmt::format(" at epoch {}, step ", epoch)));
      }
  for (const char* what :
       {"running variance of layer2", "population variance of layer2", "logits of training samples"})
    CHECK(seen.count(what) == 1);
}

TEST_CASE("trial: a candidate of the search whose statistics or logits overflow is out") {
  const Dataset data = noisy_classes();
  for (const double momentum : {0.1, 0.0}) {
    TrialSpec spec = small_trial(data, "archbn:8-4-4-3/pool2", "sgd");
    spec.precision = "float";
    spec.protocol.search_eta_min = -30, spec.protocol.search_eta_max = 0, spec.protocol.search_eta_step = 1;
    spec.protocol.bn_momentum = momentum;
    const TrialRecord record = run(spec, data);
    int out = 0;
    for (const SearchPoint& point : record.search) {
      INFO("rate " << point.learning_rate);
      // Logits that are not numbers are all wrong.
      if (point.status == Status::completed) CHECK(point.validation_error < 1);
      if (point.status == Status::diverged)
        CHECK((std::isnan(point.cost) && std::isnan(point.validation_error)));
      out += point.status == Status::diverged;
    }
    CHECK(out >= 10);
    CHECK(out < 31);
  }
}

TEST_CASE("trial: batch normalization's epsilon and momentum reach the network") {
  const Dataset data = noisy_classes();
  const TrialSpec spec = small_trial(data, kNormalized, "un");
  const TrialRecord usual = run(spec, data);
  TrialSpec other = spec;
  other.protocol.bn_epsilon = 0.5;
  CHECK(run(other, data).search[0].cost != usual.search[0].cost);
  other = spec;
  other.protocol.bn_momentum = 0;  // the running statistics stay at 0 and 1: training is the same
  const TrialRecord unmoved = run(other, data);
  CHECK(unmoved.search[0].cost == usual.search[0].cost);
  CHECK_FALSE(same_results(unmoved, usual));
}

TEST_CASE("trial: the monitor hears of every epoch, and can end the trial between two") {
  struct Listener final : Monitor {
    std::vector<std::string> heard;
    size_t limit = 1000;
    void epoch(const TrialSpec&, const char* phase, int done, int total) override {
      heard.push_back(fmt::format("{} {}/{}", phase, done, total));
    }
    bool cancelled() const override { return heard.size() >= limit; }
  };
  const Dataset data = noisy_classes();
  const TrialSpec spec = small_trial(data, kNormalized, "un");
  Listener listener;
  const TrialRecord record = run_trial(spec, data, listener);
  std::vector<std::string> expected;
  for (int i = 1; i <= 6; ++i) expected.push_back(fmt::format("search {}/6", i));
  for (size_t i = 1; i <= record.curve.size(); ++i) expected.push_back(fmt::format("train {}/8", i));
  CHECK(listener.heard == expected);
  for (size_t limit : {size_t{0}, size_t{3}, size_t{6}, size_t{7}}) {
    Listener impatient;
    impatient.limit = limit;
    CHECK_THROWS_AS(run_trial(spec, data, impatient), Cancelled);
    CHECK(impatient.heard.size() == limit);
  }
}

TEST_CASE("check: what cannot run is refused with option, bound and value") {
  const Dataset data = noisy_classes();
  const auto refusal = [&](auto change) {
    TrialSpec spec = small_trial(data, kNormalized, "un");
    change(spec);
    return error_of([&] { check_spec(spec, data); });
  };
  CHECK(refusal([](TrialSpec&) {}).empty());
  CHECK(
      refusal([](TrialSpec& s) { s.protocol.train = 37; }) ==
      "options 'train' and 'validation': expected at most 60 samples together (noisy-classes has that many), "
      "found 37 + 24");
  CHECK(contains(refusal([](TrialSpec& s) { s.protocol.train = s.protocol.validation = 1000000000; }),
                 "found 1000000000 + 1000000000"));
  const auto search = [](TrialSpec& s) { s.protocol.search_train = 49; };
  CHECK(contains(refusal(search), "'search-train' and 'search-validation'"));
  CHECK(refusal([&](TrialSpec& s) { search(s), s.protocol.search = false; }).empty());
  CHECK(refusal([](TrialSpec& s) { s.protocol.search_eta_min = 2; }) ==
        "option 'search-eta-max': expected at least search-eta-min = 2, found 1");
  CHECK(refusal([](TrialSpec& s) { s.protocol.batch = 37; }) ==
        "option 'batch': expected at most train = 36, found 37");
  // One sample normalizes to 0.
  CHECK(refusal([](TrialSpec& s) { s.protocol.batch = 1; }) ==
        "option 'batch' on network archbn:8-4-3/pool2: expected 2 or more, as batch normalization makes 0 of "
        "one "
        "sample, found 1");
  CHECK(refusal([](TrialSpec& s) { s.protocol.train = 31; }) ==
        "option 'train' on network archbn:8-4-3/pool2: expected no last batch of one sample, of which batch "
        "normalization makes 0, found 31 in batches of 10; --last-batch drop leaves it out");
  CHECK(contains(refusal([](TrialSpec& s) { s.protocol.search_train = 21; }), "option 'search-train'"));
  CHECK(refusal([](TrialSpec& s) { s.protocol.search_train = 21, s.protocol.search = false; }).empty());
  CHECK(refusal([](TrialSpec& s) { s.protocol.train = 31, s.protocol.last_batch = "drop"; }).empty());
  CHECK(refusal([](TrialSpec& s) { s.protocol.search_train = 9, s.protocol.last_batch = "drop"; }) ==
        "option 'last-batch': expected keep where search-train = 9 is below batch = 10, found drop");
  CHECK(contains(refusal([](TrialSpec& s) { s.shape = "mlp:9-5-3"; }), "expected 8 inputs"));
  CHECK(contains(refusal([](TrialSpec& s) { s.shape = "mlp:8-5-4"; }), "expected 3 classes"));
  CHECK(contains(refusal([](TrialSpec& s) { s.optimizer = "unn"; }), "did you mean 'un'?"));
  CHECK(contains(refusal([](TrialSpec& s) { s.settings = "retraction=ex"; }), "'exp'"));
}

TEST_CASE("cautions: a last batch below half a batch is told with its sizes, once for each of both epochs") {
  const Dataset data = noisy_classes();
  const auto told = [&](int batch, int train, int search_train, const char* last, const char* network) {
    TrialSpec spec = small_trial(data, network, "un");
    spec.protocol.batch = batch, spec.protocol.train = train, spec.protocol.search_train = search_train;
    spec.protocol.last_batch = last;
    return cautions(spec);
  };
  using Lines = std::vector<std::string>;
  CHECK(told(10, 34, 23, "keep", kNormalized) == Lines{"the last batch has 4 of 10 samples (train = 34), and "
                                                       "batch normalization over so few can ruin an epoch; "
                                                       "--last-batch drop leaves it out",
                                                       "the last batch has 3 of 10 samples (search-train = "
                                                       "23), and batch normalization over so few can ruin an "
                                                       "epoch; --last-batch drop leaves it out"});
  CHECK(told(10, 34, 20, "keep", "mlp:8-5-3") ==
        Lines{"the last batch has 4 of 10 samples (train = 34); --last-batch drop leaves it out"});
  CHECK(told(10, 34, 23, "drop", kNormalized).empty());
  CHECK(told(10, 35, 25, "keep", kNormalized).empty());  // half
  CHECK(told(10, 30, 20, "keep", kNormalized).empty());
  CHECK(told(20, 40, 8, "keep", kNormalized).empty());  // of the search's only batch nothing can be left out
}

TEST_CASE(
    "all_finite: sees a NaN and both infinities at every place, and takes the largest numbers as finite") {
  for (size_t size : {1, 7, 64, 129}) {
    std::vector<float> values(size, std::numeric_limits<float>::max());
    CHECK(all_finite(std::span<const float>(values)));
    for (size_t i = 0; i < size; ++i)
      for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                        -std::numeric_limits<float>::infinity()}) {
        values[i] = bad;
        CHECK_FALSE(all_finite(std::span<const float>(values)));
        values[i] = 0;
      }
  }
}

TEST_CASE("trial: without a test it never reads the test samples, and is else the same to the bit") {
  const Dataset data = noisy_classes();
  Dataset without = data;
  without.test = {};
  const TrialSpec spec = small_trial(data, kNormalized, "un");
  TrialSpec untested = spec;
  untested.protocol.test = false;
  const TrialRecord found = run(untested, without);
  TrialRecord expected = run(spec, data);
  REQUIRE_FALSE(found.curve.empty());
  for (EpochPoint& point : expected.curve) {
    CHECK_FALSE(std::isnan(point.test_error));
    point.test_error = std::numeric_limits<double>::quiet_NaN();
  }
  CHECK(same_results(found, expected));
}

TEST_CASE(
    "trial: one whose rate moves no parameter completes and says so, also taken up after an interruption") {
  const Dataset data = noisy_classes();
  for (const char* precision : {"float", "double"})
    for (const char* optimizer : {"sgd", "un", "momentum"}) {
      INFO(precision << " " << optimizer);
      TrialSpec spec = small_trial(data, kNormalized, optimizer, 0);
      spec.precision = precision, spec.protocol.search = false;
      spec.protocol.learning_rate = 1e-3;
      CHECK(run(spec, data).message.empty());
      spec.protocol.learning_rate = 1e-30;
      const TrialRecord still = run(spec, data);
      CHECK(still.status == Status::completed);
      CHECK(still.message == kUnchanged);
      CHECK(group_records({still}).at(0).unchanged == 1);
    }
}
