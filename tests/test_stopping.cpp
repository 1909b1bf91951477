// test_stopping.cpp — the stop rules against curves written by hand (Badrinarayanan, Mishra, Cipolla 2015).
#include "protocols/stopping.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

namespace {

// A curve of `epochs` epochs on which no rule but the limit holds: validation falls steadily.
std::vector<EpochPoint> quiet_curve(int epochs) {
  std::vector<EpochPoint> curve;
  for (int e = 1; e <= epochs; ++e) {
    EpochPoint point;
    point.epoch = e;
    point.train_error = 0.1;
    point.validation_error = 0.5 - 0.005 * e;
    curve.push_back(point);
  }
  return curve;
}

std::string reason(const std::vector<EpochPoint>& curve, const ProtocolSettings& protocol = {}) {
  return stop_reason(protocol, curve);
}

EpochPoint& at(std::vector<EpochPoint>& curve, int epoch) { return curve[static_cast<size_t>(epoch - 1)]; }

}  // namespace

TEST_CASE("stopping: nothing stops a steady curve before the limit of 60 epochs") {
  CHECK(reason({}).empty());
  for (int epochs = 1; epochs < 60; ++epochs) {
    INFO(epochs << " epochs");
    CHECK(reason(quiet_curve(epochs)).empty());
  }
  CHECK(reason(quiet_curve(60)) == "max-epochs");
}

TEST_CASE("stopping: no rule holds up to epoch 25, each may from epoch 26") {
  for (int epochs : {1, 2, 5, 24, 25, 26, 27}) {
    INFO("epoch " << epochs);
    auto learnt = quiet_curve(epochs), still = quiet_curve(epochs);
    learnt.back().train_error = 0;
    CHECK(reason(learnt) == (epochs > 25 ? "train-error" : ""));
    if (epochs == 1) continue;
    at(still, epochs - 1).validation_error = still.back().validation_error;
    CHECK(reason(still) == (epochs > 25 ? "validation-still" : ""));
  }
  auto rose = quiet_curve(25);
  rose.back().validation_error = 0.9;
  CHECK(reason(rose).empty());
  rose = quiet_curve(30);
  rose.back().validation_error = 0.9;
  CHECK(reason(rose) == "validation-rose");
}

TEST_CASE("stopping: the training error must be below 1e-5, not at it") {
  auto curve = quiet_curve(26);
  curve.back().train_error = 1e-5;
  CHECK(reason(curve).empty());
  curve.back().train_error = 0.99e-5;
  CHECK(reason(curve) == "train-error");
  curve.back().train_error = 0.1;
  at(curve, 25).train_error = 0;  // only the last epoch counts
  CHECK(reason(curve).empty());
}

TEST_CASE("stopping: a rise of the validation error counts at epochs divisible by five only") {
  for (int epochs = 26; epochs < 60; ++epochs) {
    auto curve = quiet_curve(epochs);
    curve.back().validation_error = 0.9;
    INFO("epoch " << epochs);
    CHECK(reason(curve) == (epochs % 5 == 0 ? "validation-rose" : ""));
  }
}

TEST_CASE("stopping: the rise is against four epochs earlier, no other epoch") {
  for (int back = 1; back <= 10; ++back) {
    auto curve = quiet_curve(30);
    at(curve, 30 - back).validation_error = at(curve, 30).validation_error - 0.001;
    INFO("lower " << back << " epochs earlier");
    CHECK(reason(curve) == (back == 4 ? "validation-rose" : ""));
  }
}

TEST_CASE("stopping: an equal validation error four epochs earlier is no rise") {
  auto curve = quiet_curve(30);
  at(curve, 26).validation_error = at(curve, 30).validation_error;
  CHECK(reason(curve).empty());
}

TEST_CASE("stopping: two successive validation errors stand still below a change of 1e-5, up or down") {
  for (double sign : {-1.0, 1.0})
    for (double change : {0.0, 0.9e-5, 1.1e-5, 1e-4}) {
      auto curve = quiet_curve(26);
      at(curve, 25).validation_error = at(curve, 26).validation_error + sign * change;
      INFO("change " << sign * change);
      CHECK(reason(curve) == (change < 1e-5 ? "validation-still" : ""));
    }
  auto earlier = quiet_curve(27);  // standing still an epoch ago is over
  at(earlier, 25).validation_error = at(earlier, 26).validation_error;
  CHECK(reason(earlier).empty());
}

TEST_CASE("stopping: where several rules hold, the first of the list is named, the limit last") {
  auto curve = quiet_curve(30);
  at(curve, 26).validation_error = at(curve, 30).validation_error - 0.1;
  at(curve, 29).validation_error = at(curve, 30).validation_error;
  CHECK(reason(curve) == "validation-rose");
  curve.back().train_error = 0;
  CHECK(reason(curve) == "train-error");
  ProtocolSettings protocol;
  protocol.max_epochs = 30;
  CHECK(reason(curve, protocol) == "train-error");
  protocol.stop_early = false;
  CHECK(reason(curve, protocol) == "max-epochs");
  protocol.max_epochs = 31;
  CHECK(reason(curve, protocol).empty());
}

TEST_CASE("stopping: every number of the rules is an option") {
  ProtocolSettings protocol;
  protocol.min_epochs = 2, protocol.stop_every = 3, protocol.stop_lookback = 2;
  auto curve = quiet_curve(3);
  at(curve, 1).validation_error = 0.1;
  CHECK(reason(curve, protocol) == "validation-rose");
  protocol.stop_lookback = 3;  // before the first epoch: nothing to compare with
  CHECK(reason(curve, protocol).empty());
  protocol.stop_validation_change = 0.006;
  CHECK(reason(curve, protocol) == "validation-still");
  protocol.stop_train_error = 0.2;
  CHECK(reason(curve, protocol) == "train-error");
  protocol.min_epochs = 3;
  CHECK(reason(curve, protocol).empty());
}

TEST_CASE("stopping: a first epoch beyond min-epochs has no epoch to stand still against") {
  ProtocolSettings protocol;
  protocol.min_epochs = 0, protocol.stop_every = 1;
  CHECK(reason(quiet_curve(1), protocol).empty());
}
