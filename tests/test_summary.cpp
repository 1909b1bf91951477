// test_summary.cpp — groups, comparisons and the CSVs that hold them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "results/store.hpp"
#include "results/summary.hpp"
#include "results/tables.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

std::vector<TrialRecord> make_records(const std::vector<std::string>& optimizers, int trials,
                                      int epochs = 4) {
  std::vector<TrialRecord> records;
  for (const std::string& optimizer : optimizers)
    for (int t = 0; t < trials; ++t) records.push_back(make_record(make_spec(optimizer, t), epochs));
  return records;
}

const std::vector<std::string> kTables = {"trials.csv", "epochs.csv",  "search.csv",   "summary.csv",
                                          "tests.csv",  "targets.csv", "profiles.csv", "scores.csv"};

std::map<std::string, std::string> tables(const std::vector<TrialRecord>& records,
                                          const IntervalRule& rule = {}) {
  ScratchFolder folder;
  write_csvs(folder.path, records, rule);
  std::map<std::string, std::string> texts;
  for (const std::string& name : kTables) texts[name] = read_text(folder / name);
  texts["timings.csv"] = read_text(folder / "timings.csv");
  return texts;
}

}  // namespace

TEST_CASE("summary: groups come in the order of first appearance and count every status") {
  std::vector<TrialRecord> records = make_records({"un", "sgd"}, 5);
  std::swap(records[1], records[5]);  // sgd's first trial now comes second
  records[2].status = Status::diverged;
  records[3].status = Status::failed;
  records[4].status = Status::timed_out;
  const std::vector<Group> groups = group_records(records);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].optimizer == "un");
  CHECK(groups[0].trials == 5);
  CHECK(groups[0].completed == 2);
  CHECK(groups[0].diverged == 1);
  CHECK(groups[0].failed == 1);
  CHECK(groups[0].timed_out == 1);
  CHECK(groups[0].trial == std::vector<int>{0, 1});
  CHECK(groups[0].test_error ==
        std::vector<double>{outcome(records[0]).test_error, outcome(records[5]).test_error});
  CHECK(groups[1].optimizer == "sgd");
  CHECK(groups[1].completed == 5);
}

TEST_CASE("summary: settings and networks make groups of their own") {
  TrialRecord other_network = make_record(make_spec("un", 0));
  other_network.spec.network = "archbn-4";
  const std::vector<Group> groups = group_records(
      {make_record(make_spec("un", 0)), make_record(make_spec("un", 0, "retraction=exp")), other_network});
  REQUIRE(groups.size() == 3);
  CHECK(groups[1].optimizer == "un(retraction=exp)");
  CHECK(groups[1].optimizer_name == "un");
  CHECK(groups[1].settings == "retraction=exp");
  CHECK(groups[2].network == "archbn-4");
}

TEST_CASE("summary: seconds are the training's") {
  TrialRecord record = make_record(make_spec("un", 0), 0);
  record.curve = {{1, 10, .1, 1, .1, .1, .1}, {2, 20, .1, 1, .1, .1, .1}, {3, 40, .1, 1, .1, .1, .1}};
  record.timings = {{1.0, 100}, {3.0, 100}, {4.0, 100}};
  const std::vector<Group> groups = group_records({record});
  CHECK(groups[0].seconds == std::vector<double>{8.0});
}

TEST_CASE("summary: a group without completed trials has NaN for numbers") {
  const GroupSummary s = summarize({}, 1);
  for (const double v :
       {s.mean, s.variance, s.deviation, s.median, s.q1, s.q3, s.min, s.max, s.interval.low, s.interval.high})
    CHECK(std::isnan(v));
}

TEST_CASE("summary: only trials that both completed are compared, pair by pair") {
  Group a, b;
  a.trial = {0, 2, 3, 5}, a.test_error = {.1, .2, .3, .4};
  b.trial = {5, 1, 3, 2}, b.test_error = {.5, .9, .1, .4};
  const PairedTest test = compare(a, b, 1);
  CHECK(test.pairs == 3);
  // Trials 2, 3, 5: the differences −0.2, 0.2, −0.1.
  const double rounding = 4 * std::numeric_limits<double>::epsilon();
  CHECK(std::abs(test.mean_difference - -0.1 / 3) < rounding);
}

TEST_CASE("summary: trials of different seeds are not pairs") {
  Group a, b;
  a.seed = {1, 2}, a.trial = {0, 0}, a.test_error = {.1, .2};
  b.seed = {2, 3}, b.trial = {0, 0}, b.test_error = {.5, .9};
  const PairedTest test = compare(a, b, 1);
  CHECK(test.pairs == 1);
  CHECK(test.mean_difference == .2 - .5);
}

TEST_CASE("summary: every pair within a network is compared once, Holm over all of them") {
  std::vector<TrialRecord> records = make_records({"un", "sgd", "sm"}, 8);
  for (const TrialRecord& r : make_records({"un", "sgd"}, 8)) {
    records.push_back(r);
    records.back().spec.network = "archbn-4";
    for (EpochPoint& p : records.back().curve) p.test_error *= records.back().spec.optimizer == "un" ? 1 : 2;
  }
  const std::vector<Comparison> comparisons = compare_all(group_records(records), 1);
  REQUIRE(comparisons.size() == 4);
  std::vector<double> p_t, p_wilcoxon;
  for (const Comparison& c : comparisons) p_t.push_back(c.test.p_t), p_wilcoxon.push_back(c.test.p_wilcoxon);
  CHECK(comparisons[0].a == "un");
  CHECK(comparisons[0].b == "sgd");
  CHECK(comparisons[3].network == "archbn-4");
  const std::vector<double> holm_t = holm(p_t), holm_wilcoxon = holm(p_wilcoxon);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    CHECK(comparisons[i].p_t_holm == holm_t[i]);
    CHECK(comparisons[i].p_wilcoxon_holm == holm_wilcoxon[i]);
  }
}

TEST_CASE("summary: in a large sweep each group is compared with the best by validation alone") {
  std::vector<TrialRecord> records;
  for (int o = 0; o <= kMostPairwise; ++o)
    for (int t = 0; t < 3; ++t) {
      records.push_back(make_record(make_spec("sgd", t, "momentum=0." + std::to_string(o)), 2));
      if (o == 7)
        for (EpochPoint& p : records.back().curve) p.validation_error = 0.001, p.test_error = 0.9;
      // Lower, but of a group with fewer completed trials.
      if (o == 9)
        for (EpochPoint& p : records.back().curve) p.validation_error = 0.0001;
      if (o == 9 && t == 0) records.back().status = Status::diverged;
    }
  const auto count = static_cast<std::size_t>(kMostPairwise);
  const std::vector<Comparison> all = compare_all(group_records(records), 1);
  REQUIRE(all.size() == count);
  std::vector<double> p;
  for (const Comparison& c : all) {
    CHECK((c.a == "sgd(momentum=0.7)") + (c.b == "sgd(momentum=0.7)") == 1);
    p.push_back(c.test.p_t);
  }
  CHECK(all[8].p_t_holm == holm(p)[8]);
  // One group less: every pair.
  records.resize(3 * count);
  CHECK(compare_all(group_records(records), 1).size() == count * (count - 1) / 2);
}

TEST_CASE("summary: another group in the table does not change the intervals of the others") {
  const auto lines_with = [](const std::string& table, const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t start = 0, end; (end = table.find('\n', start)) != std::string::npos; start = end + 1)
      if (contains(table.substr(start, end - start), text)) lines.push_back(table.substr(start, end - start));
    return lines;
  };
  const IntervalRule resampled{1, IntervalKind::bootstrap_t};
  const auto two = tables(make_records({"un", "sgd"}, 11), resampled),
             three = tables(make_records({"adam", "un", "sgd"}, 11), resampled);
  CHECK(lines_with(two.at("summary.csv"), ",un,") == lines_with(three.at("summary.csv"), ",un,"));
  CHECK(lines_with(two.at("summary.csv"), ",un,").size() == 2);
  const std::vector<Comparison> pair = compare_all(group_records(make_records({"un", "sgd"}, 11)), resampled);
  const std::vector<Comparison> all =
      compare_all(group_records(make_records({"adam", "un", "sgd"}, 11)), resampled);
  CHECK(pair[0].test.interval.kind == IntervalKind::bootstrap_t);
  CHECK(pair[0].test.interval.low == all[2].test.interval.low);
  CHECK(pair[0].test.interval.high == all[2].test.interval.high);
}

TEST_CASE("summary: only resampled intervals depend on the experiment's seed, and only from 10 trials on") {
  const auto resampled = [](std::uint64_t seed) { return IntervalRule(seed, IntervalKind::bootstrap_t); };
  for (const int trials : {9, 10}) {
    const auto records = make_records({"un", "sgd"}, trials);
    const bool few = trials < 10;
    for (const char* table : {"summary.csv", "tests.csv"}) {
      CHECK(tables(records, 1).at(table) == tables(records, 2).at(table));
      CHECK((tables(records, resampled(1)).at(table) == tables(records, resampled(2)).at(table)) == few);
      CHECK(contains(tables(records, 1).at(table), ",t,"));
      CHECK(contains(tables(records, resampled(1)).at(table), few ? ",t-instead," : ",bootstrap-t,"));
    }
    CHECK(tables(records, 1).at("trials.csv") == tables(records, resampled(2)).at("trials.csv"));
  }
}

TEST_CASE("summary: the interval of a mean is Student's t of the completed trials") {
  const auto records = make_records({"un"}, 4);
  Group group = group_records(records)[0];
  ScratchFolder folder;
  write_csvs(folder.path, records, 1);
  const CsvTable table = read_csv(folder / "summary.csv");
  const Interval interval = t_interval(group.test_error);
  CHECK(table.number(0, table.column("ci_low")) == interval.low);
  CHECK(table.number(0, table.column("ci_high")) == interval.high);
}

TEST_CASE("summary: optimizers with the same errors are not tested, and Holm does not count them") {
  std::vector<TrialRecord> records = make_records({"un", "sgd", "sm"}, 5);
  for (std::size_t t = 0; t < 5; ++t)
    for (std::size_t e = 0; e < records[t].curve.size(); ++e)
      records[10 + t].curve[e].test_error = records[t].curve[e].test_error;
  const std::vector<Comparison> all = compare_all(group_records(records), 1);
  REQUIRE(all.size() == 3);
  CHECK((all[1].a == "un" && all[1].b == "sm"));
  for (const double v : {all[1].test.p_t, all[1].test.p_wilcoxon, all[1].p_t_holm, all[1].p_wilcoxon_holm})
    CHECK(std::isnan(v));
  CHECK(all[0].p_t_holm == std::min(1.0, 2 * all[0].test.p_t));  // the same test twice
  ScratchFolder folder;
  write_csvs(folder.path, records, 1);
  const CsvTable tests = read_csv(folder / "tests.csv");
  CHECK(tests.rows[1][tests.column("p_wilcoxon")] == "nan");
  CHECK(tests.rows[1][tests.column("zeros")] == "5");
  CHECK(tests.rows[1][tests.column("p_t_holm")] == "nan");
}

TEST_CASE("summary: the tables have a row for everything") {
  std::vector<TrialRecord> records = make_records({"un", "sgd", "sm"}, 5, 7);
  records[3].status = Status::diverged;
  ScratchFolder folder;
  write_csvs(folder.path, records, 1);
  const std::map<std::string, std::size_t> rows = {
      {"trials.csv", 15},     {"epochs.csv", 15 * 7},    {"search.csv", 15 * 11},
      {"summary.csv", 3 * 2}, {"tests.csv", 3},          {"timings.csv", 15 * 8},
      {"targets.csv", 3},     {"target_timings.csv", 3}, {"scores.csv", 2 * 3}};
  for (const auto& [name, count] : rows) {
    INFO(name);
    const CsvTable table = read_csv(folder / name);
    CHECK(table.rows.size() == count);
  }
}

TEST_CASE("summary: numbers in the tables read back to the bits of the records") {
  std::vector<TrialRecord> records = make_records({"un"}, 3, 7);
  records[0].curve[0].cost = std::numeric_limits<double>::infinity();
  records[0].curve[1].cost = std::numeric_limits<double>::denorm_min();
  records[0].message = "stopped, \"so\"\nto say";
  ScratchFolder folder;
  write_csvs(folder.path, records, 1);
  const CsvTable epochs = read_csv(folder / "epochs.csv"), trials = read_csv(folder / "trials.csv"),
                 search = read_csv(folder / "search.csv");
  std::size_t row = 0;
  for (const TrialRecord& r : records)
    for (const EpochPoint& p : r.curve) {
      CHECK(epochs.number(row, epochs.column("cost")) == p.cost);
      CHECK(epochs.number(row, epochs.column("test_error")) == p.test_error);
      CHECK(epochs.number(row, epochs.column("steps")) == static_cast<double>(p.steps));
      ++row;
    }
  CHECK(trials.rows[0][trials.column("message")] == records[0].message);
  CHECK(trials.rows[2][trials.column("hash")] == records[2].spec.hash());
  int chosen = 0;
  for (std::size_t i = 0; i < search.rows.size(); ++i)
    if (search.rows[i][search.column("chosen")] == "1") {
      CHECK(search.number(i, search.column("learning_rate")) == records[0].learning_rate);
      ++chosen;
    }
  CHECK(chosen == 3);
}

TEST_CASE("summary: a NaN is nan in a table, whatever its sign and payload") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<TrialRecord> records = make_records({"un"}, 3);
  records[1].curve[0].cost = nan;
  const auto plain = tables(records);
  records[1].curve[0].cost = -nan;
  CHECK(tables(records) == plain);
}

TEST_CASE("summary: all tables but timings depend on results alone") {
  std::vector<TrialRecord> records = make_records({"un", "sgd"}, 6);
  const auto before = tables(records);
  for (TrialRecord& r : records) {
    r.search_seconds *= 2;
    for (EpochTiming& t : r.timings) t.train_seconds += 1, t.evaluation_seconds += 1;
  }
  const auto after = tables(records);
  for (const std::string& name : kTables) CHECK(before.at(name) == after.at(name));
  CHECK(before.at("timings.csv") != after.at("timings.csv"));
}

TEST_CASE("summary: the order in which trials finish does not show in the tables") {
  const std::vector<TrialRecord> records = make_records({"un", "sgd", "sm"}, 6);
  std::vector<TrialSpec> plan;
  for (const TrialRecord& r : records) plan.push_back(r.spec);
  const auto expected = tables(records);
  Stream stream(2);
  for (int round = 0; round < 3; ++round) {
    ScratchFolder folder;
    {
      Store store(folder / "out", {{"trials", "6"}}, plan, {});
      for (const std::uint32_t i : stream.permutation(static_cast<std::uint32_t>(records.size())))
        store.put(records[i]);
      CHECK(tables(store.records(plan)) == expected);
    }
    CHECK(tables(read_records(folder / "out")) == expected);
  }
}

TEST_CASE("summary: a table that cannot be written leaves the trials and names itself") {
  ScratchFolder folder;
  const std::vector<TrialRecord> records = make_records({"un"}, 2);
  Store store(folder / "out", {}, {records[0].spec, records[1].spec}, {});
  for (const TrialRecord& r : records) store.put(r);
  std::filesystem::create_directory(folder / "out/epochs.csv");  // a folder cannot be replaced by a file
  CHECK(contains(error_of([&] { write_csvs(store.folder(), records, 1); }), "epochs.csv"));
  CHECK(read_records(folder / "out").size() == 2);
  for (const auto& file : std::filesystem::directory_iterator(folder / "out"))
    CHECK_FALSE(is_temporary(file));
}

TEST_CASE("comparisons: of many groups each is compared with the one that validation data speak for") {
  std::vector<TrialRecord> records;
  const auto add = [&](int o, int t, double validation, double test) {
    TrialRecord& record = records.emplace_back(make_record(make_spec("sgd", t, fmt::format("x={}", o)), 2));
    for (EpochPoint& p : record.curve) p.validation_error = validation, p.test_error = test;
  };
  const auto groups_of = [&](int count) {
    records.clear();
    for (int o = 0; o < count; ++o)
      for (int t = 0; t < 3; ++t) add(o, t, o == 7 ? 0.1 : 0.3, o == 9 ? 0.01 : 0.2 + 0.001 * t);
    // The lowest error of all, in trials of which one diverged: not the most completed.
    for (const std::size_t first : {0, 3 * 20}) {
      for (std::size_t t = 0; t < 3; ++t) records[first + t].curve.back().validation_error = 0.01;
      records[first].status = Status::diverged;
    }
    return group_records(records);
  };
  const int all = static_cast<int>(kMostPairwise);
  CHECK(compare_all(groups_of(all), 1).size() == kMostPairwise * (kMostPairwise - 1) / 2);
  const std::vector<Group> groups = groups_of(all + 1);
  std::vector<std::size_t> members(groups.size());
  for (std::size_t i = 0; i < members.size(); ++i) members[i] = i;
  CHECK(reference_group(groups, members) == 7);
  const std::vector<Comparison> comparisons = compare_all(groups, 1);
  REQUIRE(comparisons.size() == kMostPairwise);
  for (const Comparison& c : comparisons) CHECK((c.a == groups[7].optimizer || c.b == groups[7].optimizer));
}
