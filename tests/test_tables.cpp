// test_tables.cpp — what the terminal shows: alignment by characters, and every trial accounted for.
#include <cmath>
#include <sstream>

#include "experiments/terminal/tables.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

// The words of the line that starts with `network` and `optimizer`; – ± to and intervals are words too.
std::vector<std::string> row(const std::string& table, const std::string& network,
                             const std::string& optimizer) {
  for (const std::string& line : lines(table)) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.size() > 2 && words[0] == network && words[1] == optimizer) return words;
  }
  return {};
}

TrialRecord with_error(const std::string& optimizer, int trial, double test_error) {
  TrialRecord record = make_record(make_spec(optimizer, trial), 3);
  record.curve.back().test_error = test_error;
  return record;
}

TrialRecord with_status(const std::string& optimizer, int trial, Status status) {
  TrialRecord record = with_error(optimizer, trial, 0.5);
  record.status = status;
  return record;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("align: columns are as wide as their widest cell, by characters, not bytes") {
  CHECK(align({{"a", "b"}, {"± –", "1"}, {"日本語x", "23"}}, 1) ==
        "  a      b\n"
        "  ± –    1\n"
        "  日本語x  23\n");
}

TEST_CASE("align: the first columns flush left, the others right, no blanks at the end of a line") {
  CHECK(align({{"name", "n", "x"}, {"b", "100", ""}}, 1) == "  name    n  x\n  b     100\n");
  CHECK(align({{"name", "n"}, {"b", "100"}}, 2) == "  name  n\n  b     100\n");
  CHECK(align({{"name", "n"}, {"b", "100"}}, 0) == "  name    n\n     b  100\n");
  CHECK(align({}, 1).empty());
  CHECK(align({{""}}, 1) == "\n");
  CHECK(align({{"a"}, {"b", "c"}}, 1) == "  a\n  b  c\n");  // rows may be shorter
}

TEST_CASE("error table: mean and variance of the completed trials, in % and %²") {
  const std::string table =
      error_table(group_records({with_error("un", 0, 0.01), with_error("un", 1, 0.02)}), 1);
  // mean 1.5 %, deviations ±0.5 %: variance 0.5 %², standard deviation 0.7071 %
  const auto words = row(table, "archbn-2", "un");
  REQUIRE(words.size() >= 7);
  CHECK(Words(words.begin() + 2, words.begin() + 7) == Words{"1.500", "±", "0.50000", "0.707", "1.500"});
}

TEST_CASE("error table: the interval is the one of summary.csv") {
  std::vector<TrialRecord> records;
  for (int trial = 0; trial < 7; ++trial)
    records.push_back(with_error("un", trial, 0.01 + 0.002 * trial * trial));
  const auto groups = group_records(records);
  const Interval interval = summarize(groups[0].test_error, rule_of(groups[0], 5)).interval;
  const auto words = row(error_table(groups, 5), "archbn-2", "un");
  REQUIRE(words.size() > 7);
  CHECK(words[7] == fmt::format("{:.3f}–{:.3f}", 100 * interval.low, 100 * interval.high));
}

TEST_CASE("tables: each that has intervals says which they are") {
  const IntervalRule resampled{1, IntervalKind::bootstrap_t};
  for (const int trials : {1, 3, 10}) {
    std::vector<TrialRecord> records;
    for (const char* optimizer : {"sgd", "un"})
      for (int trial = 0; trial < trials; ++trial)
        records.push_back(make_record(make_spec(optimizer, trial), 3));
    const auto groups = group_records(records);
    for (const std::string& head :
         {lines(error_table(groups, 1))[0], lines(comparison_table(compare_all(groups, 1)))[0]})
      CHECK(contains(head, "mean: Student's t;"));
    for (const std::string& head : {lines(error_table(groups, resampled))[0],
                                    lines(comparison_table(compare_all(groups, resampled)))[0]}) {
      CHECK(contains(head, "bootstrap-t, 10000 resamples") == (trials > 1));
      CHECK(contains(head, "Student's t instead where there are fewer than 10") == (trials == 3));
    }
  }
}

TEST_CASE("error table: diverged, failed and timed-out trials are counted beside the completed ones") {
  const std::string table = error_table(
      group_records({with_error("un", 0, 0.01), with_error("un", 1, 0.03), with_error("un", 2, 0.02),
                     with_status("un", 3, Status::diverged), with_status("un", 4, Status::diverged),
                     with_status("un", 5, Status::failed), with_status("un", 6, Status::timed_out)}),
      1);
  const auto words = row(table, "archbn-2", "un");
  REQUIRE(words.size() == 15);
  CHECK(words[2] == "2.000");  // the others are not in the mean
  CHECK(Words(words.begin() + 8, words.begin() + 14) == Words{"3", "2", "2", "(1", "timed", "out)"});
  CHECK(contains(lines(table)[1], "completed  diverged"));
  CHECK(contains(lines(table)[1], " failed  s/trial"));
}

TEST_CASE("error table: what cannot be computed is –, never nan") {
  const std::string table =
      error_table(group_records({with_error("sgd", 0, 0.01), with_status("un", 0, Status::diverged)}), 1);
  CHECK_FALSE(contains(table, "nan"));
  const auto one = row(table, "archbn-2", "sgd"), none = row(table, "archbn-2", "un");
  REQUIRE(one.size() == 12);
  CHECK(Words(one.begin() + 2, one.end() - 1) == Words{"1.000", "±", "–", "–", "1.000", "–", "1", "0", "0"});
  CHECK(Words(none.begin() + 2, none.end()) == Words{"–", "–", "–", "–", "0", "1", "0", "–"});
}

TEST_CASE("teleport table: medians of what was not skipped, and a word where the loss was not kept") {
  const auto with = [](const std::string& optimizer, std::vector<Teleport> teleports) {
    TrialRecord record = make_record(make_spec(optimizer, 0), 3);
    record.teleports = std::move(teleports);
    return record;
  };
  const auto teleport = [](int ascents, double gradient, double loss) {
    return Teleport{.step = 2,
                    .ascents = ascents,
                    .gradient_before = 2,
                    .gradient_after = 2 * gradient,
                    .loss_before = 4,
                    .loss_after = 4 * loss,
                    .seconds = 0.002};
  };
  const TrialRecord kept = with("sm", {teleport(8, 3, 1), teleport(8, 5, 1.001), teleport(8, 4, 0.9995)}),
                    lost = with("un", {teleport(1, 90, 14.5), teleport(0, 1, 1), teleport(1, 2, 1)}),
                    idle = with("sgd", {teleport(0, 1, 1), teleport(0, 1, 1)});
  CHECK(teleport_table({with("un", {})}).empty());
  const std::string table = teleport_table({kept, lost, idle});
  CHECK(row(table, "archbn-2", "sm") == Words{"archbn-2", "sm", "3", "0", "4", "1", "1.001", "2.0"});
  CHECK(row(table, "archbn-2", "un") == Words{"archbn-2", "un", "3", "1", "46", "7.75", "14.5", "2.0"});
  CHECK(row(table, "archbn-2", "sgd") == Words{"archbn-2", "sgd", "2", "2", "–", "–", "–", "2.0"});
  CHECK(contains(table, "change the loss by more than 1 %: 1 "));
  CHECK(contains(table, "all skipped, so that they ran as without: 1"));
  CHECK(lines(teleport_table({kept})).size() == 3);
}

TEST_CASE("comparison table: every pair once, and – where a test says nothing") {
  std::vector<TrialRecord> records;
  for (const char* optimizer : {"sgd", "un", "sm"})
    for (int trial = 0; trial < 4; ++trial) records.push_back(make_record(make_spec(optimizer, trial), 3));
  const std::string table = comparison_table(compare_all(group_records(records), 1));
  CHECK(lines(table).size() == 2 + 3);
  CHECK(row(table, "archbn-2", "sgd").at(2) == "un");
  CHECK(row(table, "archbn-2", "un").at(2) == "sm");
  CHECK_FALSE(contains(table, "nan"));
  const std::string lone = comparison_table(
      compare_all(group_records({with_error("sgd", 0, 0.02), with_error("un", 0, 0.01)}), 1));
  CHECK_FALSE(contains(lone, "nan"));
  const auto words = row(lone, "archbn-2", "sgd");
  REQUIRE(words.size() > 5);
  CHECK(Words(words.begin() + 3, words.begin() + 6) == Words{"+1.000", "–", "1"});
  CHECK(contains(lone, "not tested and not counted by Holm: 1 pair: sgd − un on archbn-2\n"));
}

TEST_CASE(
    "comparison table: equal optimizers have – for both tests, with the reason, and zeros are counted") {
  std::vector<TrialRecord> records;
  for (const char* optimizer : {"constrained", "pbwn", "un"})
    for (int trial = 0; trial < 4; ++trial)
      records.push_back(
          with_error(optimizer, trial, *optimizer == 'u' && trial > 0 ? 0.03 + 0.01 * trial : 0.02));
  const std::string table = comparison_table(compare_all(group_records(records), 1));
  INFO(table);
  CHECK_FALSE(contains(table, "nan"));
  const auto same = row(table, "archbn-2", "constrained");
  CHECK(same ==
        Words{"archbn-2", "constrained", "pbwn", "+0.000", "–", "4", "–", "–", "–", "–", "–", "–", "4"});
  CHECK(row(table, "archbn-2", "pbwn").back() == "1");
  CHECK(contains(table, "zeros: differences of 0"));
  CHECK(
      contains(table, "not counted by Holm: differences that do not vary: constrained − pbwn on archbn-2\n"));
  records.erase(records.begin() + 4, records.begin() + 8);
  for (TrialRecord& r : records) r.curve.back().test_error += r.spec.optimizer == "un" ? 0.001 : 0;
  CHECK_FALSE(contains(comparison_table(compare_all(group_records(records), 1)), "zeros"));
}

TEST_CASE("comparison table: more pairs than anybody reads are a number and a file") {
  std::vector<TrialRecord> records;
  for (int o = 0; o < 13; ++o)
    for (int t = 0; t < 2; ++t)
      records.push_back(make_record(make_spec("sgd", t, "momentum=0." + std::to_string(o)), 3));
  CHECK(comparison_table(compare_all(group_records(records), 1)) ==
        "78 paired comparisons of test errors: tests.csv\n");
  records.resize(24);
  CHECK(lines(comparison_table(compare_all(group_records(records), 1))).size() == 2 + 66);
}

TEST_CASE("effort table: median, range, how many arrived, ∞ where half or more never did") {
  std::vector<TrialRecord> records;
  for (const auto& [optimizer, epochs] : {std::pair("un", 1), std::pair("sgd", 3), std::pair("sm", 9)})
    for (int t = 0; t < 3; ++t) {
      records.push_back(make_record(make_spec(optimizer, t), 4));
      for (EpochPoint& p : records.back().curve) p.validation_error = p.epoch >= epochs + t ? 0.01 : 0.5;
      for (EpochTiming& timing : records.back().timings) timing.train_seconds = 2;
    }
  const std::string table = effort_table(group_efforts(records, parse_targets("0.01")));
  CHECK(contains(table, "(rule: given)"));
  // Epochs 1, 2, 3; 3, 4, never; never.
  CHECK(row(table, "archbn-2", "un") == Words{"archbn-2", "un", "1.000", "3/3", "2", "1–3", "4"});
  CHECK(row(table, "archbn-2", "sgd") == Words{"archbn-2", "sgd", "1.000", "2/3", "4", "3–∞", "8"});
  CHECK(row(table, "archbn-2", "sm") == Words{"archbn-2", "sm", "1.000", "0/3", "∞", "–", "∞"});
}

TEST_CASE("rate table: how many trials chose which rate, and how many at an edge") {
  std::vector<TrialRecord> records;
  for (int trial = 0; trial < 5; ++trial) records.push_back(make_record(make_spec("un", trial), 1));
  records[0].learning_rate = 1, records[0].edge = "high";
  records[1].learning_rate = 1, records[1].edge = "high";
  records[2].learning_rate = 1e-5, records[2].edge = "low";
  records[3].learning_rate = 0.1;
  records[4].learning_rate = std::numeric_limits<double>::quiet_NaN();  // none was found
  records[4].status = Status::diverged;
  const std::string table = rate_table(records);
  CHECK(contains(table, "1 (2), 0.1 (1), 1e-05 (1)"));
  CHECK(contains(table, "high in 2, low in 1"));
  CHECK_FALSE(contains(table, "nan"));
  records.resize(0);
  CHECK(rate_table(records).empty());
  TrialRecord unsearched = make_record(make_spec("un", 0), 1);
  unsearched.search.clear();
  CHECK(rate_table({unsearched}).empty());
}
