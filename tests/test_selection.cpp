// test_selection.cpp — which setting is the best: by validation data, failures counted, edges told; and what
// a plan says before anything runs.
#include <cmath>
#include <map>

#include "experiments/plan/selection.hpp"
#include "experiments/plan/sensitivity.hpp"
#include "experiments/plan/sweep_report.hpp"
#include "experiments/session/estimate.hpp"
#include "results/lines.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

Request asking(const std::string& set, int trials = 2) {
  Request request;
  request.networks = "mlp:8-5-3", request.optimizers = "sgd,un", request.trials = trials;
  request.sweep.set = set;
  return request;
}

// A record of each spec: two epochs with these validation errors, and a test error that would choose
// otherwise.
TrialRecord record_of(const TrialSpec& spec, double first, double last) {
  TrialRecord record;
  record.spec = spec;
  record.curve = {{1, 10, 0.1, 1, 0, first, 1 - first}, {2, 20, 0.1, 1, 0, last, 1 - last}};
  return record;
}

std::vector<TrialRecord> records_of(const std::vector<TrialSpec>& specs, double (*error)(const TrialSpec&)) {
  std::vector<TrialRecord> records;
  for (const TrialSpec& spec : specs) records.push_back(record_of(spec, 1, error(spec)));
  return records;
}

// 0.5 at a rate of 0.1, more elsewhere; trial 1 is worse than trial 0.
double bowl(const TrialSpec& spec) {
  return 0.5 + 0.1 * std::abs(std::log10(spec.protocol.learning_rate) + 1) + 0.02 * spec.trial;
}

std::vector<std::string> winners(const std::vector<Judged>& judged, const SelectionRule& rule) {
  std::vector<std::string> texts;
  for (const auto& group : ranked(judged, rule))
    texts.push_back(judged[group[0]].contestant.candidate.text());
  return texts;
}

}  // namespace

TEST_CASE("selection: the lowest mean validation error wins, and test errors have no part in it") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.01,0.1,1");
  const auto judged = judge(contestants(request, data), records_of(expand(request, data), bowl), {});
  REQUIRE(judged.size() == 6);
  CHECK(judged[1].validation_error == Approx(0.51));
  CHECK(judged[1].trials == 2);
  CHECK(judged[3].first == 6);
  CHECK(winners(judged, {}) == std::vector<std::string>{"sgd:lr=0.1", "un:lr=0.1"});
}

TEST_CASE("selection: of equal settings the first of the plan wins") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=1,0.1,0.01");
  const auto records = records_of(expand(request, data), [](const TrialSpec&) { return 0.25; });
  CHECK(winners(judge(contestants(request, data), records, {}), {}) ==
        std::vector<std::string>{"sgd:lr=1", "un:lr=1"});
}

TEST_CASE("selection: a trial that did not complete counts as an error of 1, and is counted") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.01,0.1,1");
  auto records = records_of(expand(request, data), bowl);
  records[2].status = Status::diverged;  // sgd at 0.1, trial 0
  records[9].status = Status::failed;    // un at 0.1, trial 1
  records[9].curve.clear();
  const auto judged = judge(contestants(request, data), records, {});
  CHECK(judged[1].validation_error == Approx((1 + 0.52) / 2));
  CHECK((judged[1].completed == 1 && judged[1].diverged == 1 && judged[1].failed == 0));
  CHECK((judged[4].completed == 1 && judged[4].diverged == 0 && judged[4].failed == 1));
  CHECK(winners(judged, {}) == std::vector<std::string>{"sgd:lr=0.01", "un:lr=0.01"});
}

TEST_CASE("selection: by the lowest validation error, or by the steps to a target") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.1,1", 1);
  std::vector<TrialRecord> records;
  for (const TrialSpec& spec : expand(request, data))
    records.push_back(spec.protocol.learning_rate == 1 ? record_of(spec, 0.2, 0.6)
                                                       : record_of(spec, 0.9, 0.4));
  const auto at = [&](const SelectionRule& rule) {
    return winners(judge(contestants(request, data), records, rule), rule)[0];
  };
  CHECK(at({}) == "sgd:lr=0.1");
  CHECK(at({.criterion = "best"}) == "sgd:lr=1");
  CHECK(at({.target = 0.5}) == "sgd:lr=1");    // 10 steps against 20
  CHECK(at({.target = 0.1}) == "sgd:lr=0.1");  // neither: the lower error
  const auto judged = judge(contestants(request, data), records, {.target = 0.5});
  CHECK((judged[0].steps == 20 && judged[1].steps == 10));
  CHECK(std::isinf(judge(contestants(request, data), records, {.target = 0.1})[0].steps));
}

TEST_CASE("selection: a winner at the end of its axis is told, one inside it or without order is not") {
  const Sweep sweep({"lr=0.01,0.1,1 start=he,glorot,balanced batch=50,100", "", "grid", 0}, 1);
  const std::vector<Candidate> rivals = sweep.points(parse_candidate("un"));
  const auto lines = [&](const std::string& winner) {
    return edge_warnings(sweep, parse_candidate(winner), rivals);
  };
  CHECK(lines("un:lr=0.1:start=he:batch=50").empty());  // words, and two values, have no edges
  REQUIRE(lines("un:lr=1:start=he:batch=50").size() == 1);
  CHECK(contains(lines("un:lr=1:start=he:batch=50")[0], "the best lr = 1 is the highest of 0.01 to 1"));
  CHECK(contains(lines("un:lr=0.01:start=he:batch=50")[0], "lr = 0.01 is the lowest of 0.01 to 1"));
}

TEST_CASE("sweep report: settings by validation error, the best compared, edges told") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.01,0.1,1,10,100,1000", 3);
  const auto records = records_of(expand(request, data), bowl);
  const std::string text = sweep_report(request, records, contestants(request, data));
  CHECK(text.find("sgd:lr=0.1 ") < text.find("sgd:lr=0.01 "));
  CHECK(contains(text, "… and 1 more"));
  CHECK_FALSE(contains(text, "lr=1000 "));
  CHECK(contains(text, "sgd(lr=0.1)"));
  CHECK(contains(text, "Paired differences"));
  CHECK_FALSE(contains(text, "At an edge"));
  const auto falling = records_of(expand(request, data),
                                  [](const TrialSpec& s) { return 1 / (2 + s.protocol.learning_rate); });
  CHECK(contains(sweep_report(request, falling, contestants(request, data)),
                 "sgd:lr=1000: the best lr = 1000 is the highest"));
}

TEST_CASE("plan: counts by network and optimizer, and which trials a folder holds") {
  Request request = asking("lr=0.01,0.1,1", 4);
  request.networks = "mlp:8-5-3,mlp:8-6-3";
  request.protocol = small_trial(noisy_classes(), "mlp:8-5-3", "un").protocol;
  const Session session = prepare(request, std::make_shared<const Dataset>(noisy_classes()));
  const ScratchFolder folder;
  {
    Store store(folder / "out", request.configuration(), session.specs, {});
    for (const size_t i : {0u, 5u, 12u, 47u}) store.put(make_record(session.specs[i], 2));
  }
  PlanEstimate plan = count_plan(session, folder / "out");
  CHECK((plan.trials == 48 && plan.finished == 4));
  REQUIRE(plan.rows.size() == 4);
  CHECK((plan.rows[0].network == "mlp:8-5-3" && plan.rows[0].optimizer == "sgd"));
  CHECK((plan.rows[0].settings == 3 && plan.rows[0].trials == 12 && plan.rows[0].finished == 2));
  CHECK((plan.rows[1].finished == 1 && plan.rows[2].finished == 0 && plan.rows[3].finished == 1));
  CHECK(count_plan(session, folder / "nowhere").finished == 0);

  // Where trials are finished their mean counts, elsewhere a timing.
  StepTimings timings;
  estimate_time(plan, session, folder / "out", timings, 1);
  CHECK(timings.size() == 1);
  const auto seconds = [](const TrialRecord& r) {
    double sum = r.search_seconds;
    for (const EpochTiming& t : r.timings) sum += t.train_seconds + t.evaluation_seconds;
    return sum;
  };
  const double first =
      (seconds(make_record(session.specs[0], 2)) + seconds(make_record(session.specs[5], 2))) / 2;
  CHECK((plan.rows[0].measured == 2 && plan.rows[2].measured == 0));
  CHECK(plan.rows[0].seconds == Approx(first));
  CHECK((std::isfinite(plan.rows[2].seconds) && plan.rows[2].seconds > 0));
  double sum = 0;
  for (const PlanRows& row : plan.rows) sum += row.seconds * static_cast<double>(row.trials - row.finished);
  CHECK(plan.seconds == Approx(sum));
}

TEST_CASE("plan: 100,000 trials are planned and counted") {
  Request request = asking("lr=1e-4:1:log:500", 100);
  request.protocol = small_trial(noisy_classes(), "mlp:8-5-3", "un").protocol;
  const Session session = prepare(request, std::make_shared<const Dataset>(noisy_classes()));
  const PlanEstimate plan = count_plan(session, "nowhere");
  CHECK(plan.trials == 100000);
  REQUIRE(plan.rows.size() == 2);
  CHECK(plan.rows[1].settings == 500);
}

TEST_CASE("sensitivity: validation error by value, everything else at the optimizer's best") {
  const Dataset data = noisy_classes();
  const Request request = asking("lr=0.001,0.01,0.1,1 un.retraction=normalize,exp", 2);
  auto records = records_of(expand(request, data), [](const TrialSpec& s) {
    return bowl(s) - (s.settings == "retraction=exp" ? 0.1 : 0);
  });
  records[0].status = Status::diverged;
  const ScratchFolder folder;
  write_sensitivity(request, records, contestants(request, data), folder.path);
  const auto figures = read_lines(folder.path);
  REQUIRE(figures.size() == 1);  // a retraction is a word
  CHECK(figures[0].info.name == "sensitivity_learning-rate");
  REQUIRE(figures[0].panels.size() == 1);
  CHECK(figures[0].panels[0].info.log_x);
  std::map<std::string, std::map<double, double>> first;  // of trial 0
  for (const LinePoint& p : figures[0].panels[0].points)
    if (p.run == 0) first[p.series][p.x] = p.y;
  REQUIRE(first.size() == 2);
  CHECK(first.at("un:retraction=exp").size() == 4);
  CHECK(first.at("un:retraction=exp").at(0.1) == Approx(40));
  CHECK(first.at("sgd").at(0.1) == Approx(50));
  CHECK(first.at("sgd").at(0.001) == 100);  // it diverged

  // One option under two names is one figure; one name for two options is two.
  const auto names_with = [&](const std::string& set) {
    Request own = asking(set, 2);
    own.optimizers = "sgd,rmsprop";
    write_sensitivity(own, records_of(expand(own, data), bowl), contestants(own, data), folder.path);
    std::vector<std::string> names;
    for (const StudyFigure& figure : read_lines(folder.path)) names.push_back(figure.info.name);
    return names;
  };
  CHECK(names_with("sgd.lr=0.01,0.1,1 rmsprop.learning-rate=0.01,0.1,1") ==
        std::vector<std::string>{"sensitivity_learning-rate"});
  CHECK(names_with("sgd.decay=0.1,0.2,0.3 rmsprop.decay=0.1,0.2,0.3 rmsprop.protocol.decay=0.4,0.5,0.6") ==
        std::vector<std::string>{"sensitivity_decay", "sensitivity_protocol.decay"});

  // Two values make no slice. An empty folder: what another sweep left would stay.
  const ScratchFolder pair;
  const Request two = asking("lr=0.1,1 batch=5,10", 2);
  write_sensitivity(two, records_of(expand(two, data), bowl), contestants(two, data), pair.path);
  CHECK(read_lines(pair.path).empty());

  Request sampled = asking("lr=0.001:1:log", 2);
  sampled.sweep.sampler = "random", sampled.sweep.budget = 4;
  write_sensitivity(sampled, records_of(expand(sampled, data), bowl), contestants(sampled, data),
                    folder / "sampled");
  CHECK_FALSE(std::filesystem::exists(folder / "sampled"));
}
