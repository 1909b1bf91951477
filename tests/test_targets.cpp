// test_targets.cpp — effort to a common validation error, performance profiles and scores: against R 4.2.2
// (Debian r-base-core 4.2.2.20221110-2), whose calls stand beside the numbers, and against definitions.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/random.hpp"
#include "results/profiles.hpp"
#include "results/statistics.hpp"
#include "results/target_tables.hpp"
#include "results/targets.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

const double inf = std::numeric_limits<double>::infinity();
using Values = std::vector<double>;

// R: len <- function(n,o,t) if (o==2 && t==3) 2 else if (o==1 && t==0 && n==1) 0 else 8
int epochs_of(int n, int o, int t) {
  if (o == 2 && t == 3) return 2;
  return o == 1 && t == 0 && n == 1 ? 0 : 8;
}

// R: v <- function(n,o,t,e) (60 + 7*((3*o+5*t) %% 4) - (4+o)*e + ((e*(t+2)) %% 5) + 4*n*o)/1000
double validation_error(int n, int o, int t, int e) {
  return (60 + 7 * ((3 * o + 5 * t) % 4) - (4 + o) * e + e * (t + 2) % 5 + 4 * n * o) / 1000.;
}

// Two networks, three optimizers, four trials of eight epochs; an epoch of optimizer o takes 0.5 + 0.25 o s.
std::vector<TrialRecord> made_up_records() {
  std::vector<TrialRecord> records;
  for (int n = 0; n < 2; ++n)
    for (int o = 0; o < 3; ++o)
      for (int t = 0; t < 4; ++t) {
        TrialRecord record;
        record.spec = make_spec(std::string("abc").substr(static_cast<std::size_t>(o), 1), t);
        record.spec.network = n == 0 ? "archbn-2" : "archbn-4";
        record.spec.protocol.max_epochs = 8;
        for (int e = 1; e <= epochs_of(n, o, t); ++e) {
          record.curve.push_back({e, 100 * e, .1, 1, .1, validation_error(n, o, t, e), .1});
          record.timings.push_back({0.5 + 0.25 * o, 7});
        }
        if (record.curve.size() < 8) record.status = Status::diverged;
        records.push_back(record);
      }
  return records;
}

Values distribution(const TargetGroup& group) {
  Values numbers;
  for (const double q : {.5, .25, .75, 0., 1.}) numbers.push_back(quantile(group.of(&Effort::epochs), q));
  return numbers;
}

// ρ(τ): the share of ratios that are at most τ.
double profile_at(const Values& ratios, double tau) {
  const auto solved = std::count_if(ratios.begin(), ratios.end(), [&](double r) { return r <= tau; });
  return static_cast<double>(solved) / static_cast<double>(ratios.size());
}

// Sums of at most 8 ratios, each rounded a few times.
void check_near(double actual, double expected) {
  CAPTURE(actual, expected, actual - expected);
  CHECK(std::abs(actual - expected) <= 16 * std::numeric_limits<double>::epsilon() * std::abs(expected));
}

}  // namespace

TEST_CASE("targets: the rule is the best optimizer's median trial in three quarters of the epochs") {
  const auto groups = group_efforts(made_up_records(), {});
  REQUIRE(groups.size() == 6);
  // low <- function(n,o,t) { c <- head(curve(n,o,t), ceiling(0.75*8)); if (length(c)) min(c) else Inf }
  // min(sapply(0:2, function(o) median(sapply(0:3, function(t) low(n,o,t)))))
  for (int i = 0; i < 3; ++i) check_near(groups[i].target, 0.0425);
  for (int i = 3; i < 6; ++i) check_near(groups[i].target, 0.0465);
  CHECK(groups[0].rule == "best");
}

TEST_CASE("targets: of epochs that have no three quarters, the one that the quarter falls in counts") {
  TrialRecord record = make_record(make_spec("un", 0), 9);
  record.spec.protocol.max_epochs = 9;  // ⌈6.75⌉ = 7
  for (EpochPoint& p : record.curve) p.validation_error = p.epoch == 7 ? 0.2 : p.epoch == 8 ? 0.1 : 0.3;
  CHECK(group_efforts({record}, {})[0].target == 0.2);
}

TEST_CASE("targets: the common rule is the median trial of the last optimizer that trains at all") {
  std::vector<TrialRecord> records = made_up_records();
  // max(sapply(0:2, function(o) median(sapply(0:3, function(t) low(n,o,t)))))
  auto groups = group_efforts(records, parse_targets("common"));
  for (int i = 0; i < 3; ++i) check_near(groups[i].target, 0.05);
  for (int i = 3; i < 6; ++i) check_near(groups[i].target, 0.052);
  CHECK(groups[0].rule == "common");
  // Three of optimizer c's four trials have no epoch: its median is infinite, and it sets no target.
  for (std::size_t i = 20; i < 23; ++i) records[i].curve.clear();
  check_near(group_efforts(records, parse_targets("common"))[3].target, 0.05);
  check_near(group_efforts(records, {})[3].target, 0.0465);
}

TEST_CASE("targets: epochs to the target and their quantiles are R's, never reached is infinite") {
  const auto groups = group_efforts(made_up_records(), {});
  // reach: w <- which(curve(n,o,t) <= target); if (length(w)) w[1] else Inf
  const std::vector<Values> reach = {{5, 7, inf, inf}, {8, 4, 5, 7},   {6, 7, 4, inf},
                                     {5, 6, 8, inf},   {inf, 4, 5, 7}, {7, 8, 4, inf}};
  // apply(reach, 2, quantile, probs = c(.5, .25, .75, 0, 1), type = 7)
  const std::vector<Values> quantiles = {{inf, 6.5, inf, 5, inf}, {6, 4.75, 7.25, 4, 8},
                                         {6.5, 5.5, inf, 4, inf}, {7, 5.75, inf, 5, inf},
                                         {6, 4.75, inf, 4, inf},  {7.5, 6.25, inf, 4, inf}};
  for (std::size_t i = 0; i < 6; ++i) {
    INFO("group " << i);
    CHECK(groups[i].of(&Effort::epochs) == reach[i]);
    CHECK(distribution(groups[i]) == quantiles[i]);
    CHECK(groups[i].reached() ==
          std::count_if(reach[i].begin(), reach[i].end(), [](double e) { return e < inf; }));
  }
}

TEST_CASE("targets: steps and seconds are those up to the epoch, evaluation and search apart") {
  TrialRecord record = make_record(make_spec("un", 0), 3);
  record.curve[0].validation_error = .5, record.curve[1].validation_error = .2;
  record.curve[2].validation_error = .3;  // what comes after does not matter
  record.timings = {{1.5, 100}, {2, 100}, {4, 100}};
  record.search_seconds = 1000;
  const Effort effort = effort_to(record, .2);
  CHECK(effort.epochs == 2);
  CHECK(effort.steps == static_cast<double>(record.curve[1].steps));
  CHECK(effort.seconds == 3.5);
  CHECK(effort_to(record, .1).seconds == inf);
  record.status = Status::diverged;  // it had the target before it diverged
  CHECK(effort_to(record, .2).epochs == 2);
  record.timings.clear();
  CHECK(std::isnan(effort_to(record, .2).seconds));
  CHECK(effort_to(record, .2).steps == effort.steps);
}

TEST_CASE("targets: an error that is not a number never reaches a target and never sets one") {
  std::vector<TrialRecord> records = made_up_records();
  const double target = group_efforts(records, {})[0].target;
  for (TrialRecord& r : records) {
    r.curve.push_back({9, 900, .1, 1, .1, std::nan(""), .1});
    r.timings.push_back({1, 1});
  }
  CHECK(group_efforts(records, {})[0].target == target);
  for (TrialRecord& r : records) r.curve.clear(), r.timings.clear();
  const auto groups = group_efforts(records, {});
  CHECK(std::isnan(groups[0].target));
  CHECK(groups[0].reached() == 0);
  CHECK(groups[0].effort.size() == 4);
}

TEST_CASE("targets: a given target holds for all networks or for the named one") {
  const auto records = made_up_records();
  for (const TargetGroup& g : group_efforts(records, parse_targets("0.05"))) {
    CHECK(g.target == 0.05);
    CHECK(g.rule == "given");
  }
  const auto groups = group_efforts(records, parse_targets("archbn-4=0.04"));
  CHECK(groups[0].rule == "best");
  CHECK(groups[5].rule == "given");
  CHECK(groups[5].target == 0.04);
  const auto both = group_efforts(records, parse_targets("0.05,archbn-4=0.04"));
  CHECK(both[0].target == 0.05);
  CHECK(both[5].target == 0.04);
  CHECK(parse_targets("best").given.empty());
}

TEST_CASE("targets: what cannot be meant is refused by name") {
  for (const char* const bad : {"", "2", "0", "1", "-0.1", "nan", "0.02x", "archbn-2=", "archbn-2=5", "0.1,"})
    CHECK(contains(error_of([&] { parse_targets(bad); }), "option 'target': expected best, common or"));
  CHECK(contains(error_of([] { parse_targets("0.1,0.2"); }), "expected one error a network"));
  CHECK(contains(error_of([] { parse_targets("a=0.1,a=0.2"); }), "two of a"));
  CHECK(contains(error_of([] { group_efforts(made_up_records(), parse_targets("archbn-3=0.1")); }),
                 "'archbn-3'; did you mean 'archbn-"));
}

TEST_CASE("profiles: ratios, shares and scores are R's, by network and by trial") {
  const auto groups = group_efforts(made_up_records(), {});
  // costs <- rbind(apply(reach0, 2, median), apply(reach1, 2, median)); r <- costs / apply(costs, 1, min)
  // sc <- function(r) { f <- function(tau) sapply(tau, function(x) mean(r <= x))
  //   k <- sort(unique(c(1, r[r < 4], 4))); sum(diff(k) * f(head(k, -1))) / 3 };  apply(r, 2, sc)
  const auto by_network = profiles(groups, Problems::networks, &Effort::epochs);
  const std::vector<Values> ratios = {{inf, 7 / 6.}, {1, 1}, {6.5 / 6, 1.25}};
  const Values scores = {0.47222222222222215, 1, 0.94444444444444453};
  REQUIRE(by_network.size() == 3);
  for (std::size_t s = 0; s < 3; ++s) {
    CHECK(by_network[s].ratios == ratios[s]);
    check_near(profile_score(by_network[s].ratios), scores[s]);
  }
  // costs <- rbind(reach0, reach1), a row a trial
  const auto by_trial = profiles(groups, Problems::trials, &Effort::epochs);
  const Values trial_scores = {0.53125, 0.82916666666666672, 0.65208333333333335};
  for (std::size_t s = 0; s < 3; ++s) check_near(profile_score(by_trial[s].ratios), trial_scores[s]);
  // k <- sort(unique(r[is.finite(r[, 3]), 3])); rbind(k, sapply(k, function(x) mean(r[, 3] <= x)))
  const auto steps = profile_steps(by_trial[2].ratios);
  const std::vector<std::pair<double, double>> expected = {
      {1, .25}, {1.2, .375}, {1.4, .5}, {1.75, .625}, {2, .75}};
  CHECK(steps == expected);
  // sec <- sweep(costs, 2, 0.5 + 0.25 * (0:2), "*")
  const auto in_seconds = profiles(groups, Problems::trials, &Effort::seconds);
  const Values second_scores = {0.6152777777777777, 0.81666666666666676, 0.48611111111111116};
  for (std::size_t s = 0; s < 3; ++s) check_near(profile_score(in_seconds[s].ratios), second_scores[s]);
}

TEST_CASE("profiles: the score is the area under the profile") {
  Stream stream(5);
  for (int round = 0; round < 20; ++round) {
    Values ratios(1 + stream.below(12));
    for (double& r : ratios) r = stream.below(5) == 0 ? inf : 1 + 5 * stream.uniform() * stream.uniform();
    // Midpoints of 3·2^14 intervals of width 2^-14: each ratio leaves at most one interval half wrong.
    constexpr int kIntervals = 3 << 14;
    double area = 0;
    for (int i = 0; i < kIntervals; ++i) area += profile_at(ratios, 1 + 3 * (i + 0.5) / kIntervals);
    CHECK(std::abs(area / kIntervals - profile_score(ratios)) <= 1.0 / kIntervals);
  }
}

TEST_CASE(
    "profiles: rising shares that end at the problems solved, and someone is best wherever one is solved") {
  Stream stream(8);
  for (int round = 0; round < 100; ++round) {
    std::vector<Costs> costs(1 + stream.below(4), Costs(1 + stream.below(6)));
    for (Costs& solver : costs)
      for (double& c : solver)
        c = stream.below(4) == 0   ? inf
            : stream.below(6) == 0 ? std::nan("")
                                   : static_cast<double>(stream.below(5));
    const auto ratios = performance_ratios(costs);
    for (std::size_t p = 0; p < costs[0].size(); ++p) {
      int best = 0, solved = 0;
      for (std::size_t s = 0; s < costs.size(); ++s) {
        best += ratios[s][p] == 1, solved += costs[s][p] < inf;
        CHECK(ratios[s][p] >= 1);
        if (!(costs[s][p] < inf)) CHECK(ratios[s][p] == inf);
      }
      CHECK((best > 0) == (solved > 0));
    }
    for (const Costs& r : ratios) {
      double before = 0;
      for (const auto& [ratio, share] : profile_steps(r)) {
        CHECK(share > before);
        CHECK(share == profile_at(r, ratio));
        before = share;
      }
      CHECK(profile_score(r) <= profile_at(r, 4));
      CHECK(profile_score(r) >= 0);
    }
  }
}

TEST_CASE("profiles: an optimizer that was not run on a network has not solved it") {
  std::vector<TrialRecord> records = made_up_records();
  records.erase(records.begin(), records.begin() + 4);  // optimizer a on archbn-2
  const auto found = profiles(group_efforts(records, {}), Problems::networks, &Effort::epochs);
  REQUIRE(found.size() == 3);
  CHECK(found[0].optimizer == "b");
  CHECK(found[2].optimizer == "a");
  CHECK(found[2].ratios[0] == inf);
  CHECK(found[2].ratios[1] < inf);
}

TEST_CASE("targets: tables hold medians with ranges, counts and the rule, and seconds are apart") {
  ScratchFolder folder;
  std::vector<TrialRecord> records = made_up_records();
  write_target_tables(folder.path, records, {});
  const CsvTable targets = read_csv(folder / "targets.csv");
  REQUIRE(targets.rows.size() == 6);
  CHECK(targets.rows[0][targets.column("rule")] == "best");
  CHECK(targets.number(0, targets.column("trials")) == 4);
  CHECK(targets.number(0, targets.column("reached")) == 2);
  CHECK(targets.rows[0][targets.column("epochs")] == "inf");
  CHECK(targets.number(1, targets.column("epochs_q1")) == 4.75);
  CHECK(targets.number(1, targets.column("steps_max")) == 800);
  const CsvTable seconds = read_csv(folder / "target_timings.csv");
  CHECK(seconds.number(1, seconds.column("seconds")) == 6 * 0.75);
  const CsvTable scores = read_csv(folder / "scores.csv");
  REQUIRE(scores.rows.size() == 6);
  CHECK(scores.number(0, scores.column("count")) == 2);
  CHECK(scores.number(0, scores.column("solved")) == 1);
  CHECK(scores.number(1, scores.column("best")) == 2);
  CHECK(scores.number(2, scores.column("best")) == 0);  // ratios 6.5/6 and 1.25
  CHECK(scores.number(4, scores.column("count")) == 8);

  std::vector<std::string> before;
  for (const char* const name : {"targets.csv", "profiles.csv", "scores.csv"})
    before.push_back(read_text(folder / name));
  for (TrialRecord& r : records)
    for (EpochTiming& t : r.timings) t.train_seconds *= 1 + r.spec.trial;
  write_target_tables(folder.path, records, {});
  std::size_t i = 0;
  for (const char* const name : {"targets.csv", "profiles.csv", "scores.csv"})
    CHECK(read_text(folder / name) == before[i++]);
  CHECK(read_csv(folder / "target_timings.csv").number(1, seconds.column("seconds")) != 6 * 0.75);
}
