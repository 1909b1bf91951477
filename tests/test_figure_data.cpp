// test_figure_data.cpp — what the figures show is what the results hold.
#include <algorithm>
#include <cmath>

#include "plots/figures/figures.hpp"
#include "plots/view.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/figures.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

TEST_CASE(
    "figures: a learning curve is the mean and deviation of the completed trials, ended ones keeping their "
    "last value") {
  FigureFolder folder;
  const std::vector<TrialRecord> records = mixed_records();
  write_results(folder.path, records);
  write_figures(read_results(folder.path));
  for (const bool cost : {false, true}) {
    const auto found = blocks_of(folder.path, cost ? "cost_archbn-2" : "learning_curves_archbn-2");
    REQUIRE(found.size() == 3 * 4);
    const std::vector<std::string> optimizers = {"sgd", "b_sgd", "dead", "un"};
    for (std::size_t o = 0; o < optimizers.size(); ++o) {
      std::vector<const TrialRecord*> completed;
      std::size_t epochs = 0;
      for (const TrialRecord& record : records)
        if (record.spec.optimizer == optimizers[o] && record.status == Status::completed)
          completed.push_back(&record), epochs = std::max(epochs, record.curve.size());
      if (completed.empty()) {
        CHECK(std::isnan(found[o].at(0).at(1)));
        continue;
      }
      REQUIRE(found[o].size() == epochs);
      for (std::size_t e = 0; e < epochs; ++e) {
        double sum = 0, squares = 0, low = 1e300, high = -1e300;
        std::vector<double> values;
        for (const TrialRecord* record : completed) {
          const EpochPoint& p = record->curve[std::min(e, record->curve.size() - 1)];
          values.push_back(cost ? p.cost : 100 * p.test_error);
          sum += values.back();
          low = std::min(low, values.back()), high = std::max(high, values.back());
        }
        const double n = static_cast<double>(values.size()), mean = sum / n;
        for (const double v : values) squares += (v - mean) * (v - mean);
        const double deviation = std::sqrt(squares / (n - 1));
        if (n >= 3) low = mean - deviation, high = mean + deviation;
        // Ten digits are written; the numbers are at most 100.
        const double tolerance = 1e-7;
        CHECK(found[o][e][0] == static_cast<double>(e + 1));
        CHECK(std::abs(found[o][e][1] - mean) < tolerance);
        CHECK(std::abs(found[o][e][2] - low) < tolerance);
        CHECK(std::abs(found[o][e][3] - high) < tolerance);
      }
    }
  }
}

TEST_CASE("figures: trials that did not complete are drawn to their end and counted in the key") {
  FigureFolder folder;
  const std::vector<TrialRecord> records = mixed_records();
  write_results(folder.path, records);
  const auto figures = write_figures(read_results(folder.path));
  const auto found = blocks_of(folder.path, "learning_curves_archbn-2");
  const auto& partial = found.at(4 + 1);  // of b_sgd: three epochs of trial 1, two of trial 4
  REQUIRE(partial.size() == 5);
  CHECK(std::abs(partial[0][1] - 100 * records[6].curve[0].test_error) < 1e-7);
  CHECK(std::abs(partial[4][1] - 100 * records[9].curve[1].test_error) < 1e-7);
  const auto& ends = found.at(8 + 1);
  REQUIRE(ends.size() == 2);
  CHECK(ends[0][0] == 3);
  CHECK(ends[1][0] == 2);
  const std::string script = read_text(named(figures, "learning_curves_archbn-2").script);
  for (const char* const label : {"'sgd (5/5)'", "'b_sgd (2/5, 1 diverged, 1 failed, 1 timed-out)'",
                                  "'dead (0/5, 5 diverged)'", "'un(retraction=exp) (5/5)'"}) {
    INFO(label);
    CHECK(script.find(label) != std::string::npos);
  }
}

TEST_CASE("figures: by second, a trial is linear between the ends of its epochs") {
  std::vector<TrialRecord> records = {figure_trial("un", 0, 2), figure_trial("un", 1, 2)};
  records[0].timings = {{1, 9}, {1, 9}};
  records[1].timings = {{1.5, 9}, {2, 9}};
  const auto error = [&](int t, int e) { return 100 * records[t].curve[e].test_error; };
  FigureFolder folder;
  write_results(folder.path, records);
  write_figures(read_results(folder.path));
  const auto line = blocks_of(folder.path, "curves_by_second_archbn-2").at(0);
  const double expected[3][2] = {{1.5, ((error(0, 0) + error(0, 1)) / 2 + error(1, 0)) / 2},
                                 {2, (error(0, 1) + error(1, 0) + 0.25 * (error(1, 1) - error(1, 0))) / 2},
                                 {3.5, (error(0, 1) + error(1, 1)) / 2}};
  REQUIRE(line.size() == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(std::abs(line[i][0] - expected[i][0]) < 1e-8);
    CHECK(std::abs(line[i][1] - expected[i][1]) < 1e-7);
  }
}

TEST_CASE("figures: the search shows each candidate's mean, its divergences and who chose it") {
  FigureFolder folder;
  const std::vector<TrialRecord> records = mixed_records();
  write_results(folder.path, records);
  write_figures(read_results(folder.path));
  const auto found = blocks_of(folder.path, "learning_rate_search_archbn-2");
  REQUIRE(found.size() == 4 * 4);
  CHECK(found[1].size() == 5 * 10);  // b_sgd: of 11 candidates one diverged in every trial
  for (std::size_t k = 0; k < 11; ++k) {
    double sum = 0;
    for (int t = 0; t < 5; ++t) sum += 100 * records[t].search[k].validation_error;
    const auto& row = found[4][10 - k];  // by rising rate
    CHECK(std::abs(row[0] / records[0].search[k].learning_rate - 1) < 1e-9);
    CHECK(std::abs(row[1] - sum / 5) < 1e-7);
  }
  CHECK(std::isnan(found[8].at(0).at(0)));  // sgd never diverged
  REQUIRE(found[9].size() == 1);
  CHECK(found[9][0] == std::vector<double>{1, 5});
  REQUIRE(found[12].size() == 1);
  CHECK(std::abs(found[12][0][0] - 0.1) < 1e-9);
  CHECK(found[12][0][1] == 5);
}

TEST_CASE("figures: the summary shows the table's mean and interval, test errors by trial each trial's") {
  FigureFolder folder;
  const std::vector<TrialRecord> records = mixed_records();
  write_results(folder.path, records);
  write_figures(read_results(folder.path));
  const auto rows = blocks_of(folder.path, "summary");
  double sum = 0;
  for (int t = 0; t < 5; ++t) sum += 100 * records[t].curve.back().test_error;
  CHECK(std::abs(rows.at(0).at(0).at(0) - sum / 5) < 1e-7);
  CHECK(rows[0][0][1] <= rows[0][0][0]);
  CHECK(rows[0][0][2] >= rows[0][0][0]);
  CHECK(std::isnan(rows.at(2).at(0).at(0)));
  const auto points = blocks_of(folder.path, "test_error_by_trial_archbn-2");
  REQUIRE(points.at(4 + 0).size() == 5);
  for (int t = 0; t < 5; ++t)
    CHECK(std::abs(points[4][t][0] - 100 * records[t].curve.back().test_error) < 1e-7);
  CHECK(points.at(4 + 1).size() == 2);
}

TEST_CASE("figures: by step, an epoch stands at its last step") {
  FigureFolder folder;
  std::vector<TrialRecord> records = {figure_trial("un", 0, 3)};
  records[0].curve[1].steps = 777;
  write_results(folder.path, records);
  write_figures(read_results(folder.path));
  const auto line = blocks_of(folder.path, "curves_by_step_archbn-2").at(0);
  REQUIRE(line.size() == 3);
  CHECK(line[1][0] == 777);
  CHECK(std::abs(line[1][1] - 100 * records[0].curve[1].test_error) < 1e-7);
}

TEST_CASE("figures: the profile's steps are those of the tables, from 1 to 4, by epochs and by seconds") {
  FigureFolder folder;
  std::vector<TrialRecord> records;
  // Epoch 1 for a, epoch 2 for b in trial 0 and never in trial 1; an epoch of b takes thrice as long.
  for (const char* const name : {"a", "b"})
    for (int t = 0; t < 2; ++t) {
      records.push_back(figure_trial(name, t, 3));
      records.back().spec.protocol.max_epochs = 3;
      for (std::size_t e = 0; e < 3; ++e) {
        const bool reached = name[0] == 'a' || (t == 0 && e >= 1);
        records.back().curve[e].validation_error = reached ? .01 : .5;
        records.back().timings[e].train_seconds = name[0] == 'a' ? 1 : .75;
      }
    }
  write_results(folder.path, records);
  const auto figures = write_figures(read_results(folder.path));
  const auto found = blocks_of(folder.path, "performance_profile");
  using Rows = std::vector<std::vector<double>>;
  REQUIRE(found.size() == 4);
  CHECK(found[0] == Rows{{1, 0}, {1, 100}, {4, 100}});
  CHECK(found[1] == Rows{{1, 0}, {2, 50}, {4, 50}});
  CHECK(found[3] == Rows{{1, 0}, {1.5, 50}, {4, 50}});
  // Scores: b has (4 − 2) / 3 and (4 − 1.5) / 3 in one of two trials.
  const std::string script = read_text(named(figures, "performance_profile").script);
  CHECK(script.find("'a: 1.00, 1.00 (2/2)'") != std::string::npos);
  CHECK(script.find("'b: 0.33, 0.42 (1/2)'") != std::string::npos);
}

TEST_CASE("figures: of a large sweep the best by validation are drawn, and the title says so") {
  FigureFolder folder;
  std::vector<TrialRecord> records;
  for (int o = 0; o < kMostShown + 3; ++o)
    for (int t = 0; t < 2; ++t) {
      TrialRecord& record =
          records.emplace_back(figure_trial("sgd", t, 2, "momentum=0." + std::to_string(o)));
      // 3 and 4 are the last by validation; 6 is the first, in the one trial that completed.
      for (EpochPoint& p : record.curve)
        p.validation_error = o == 3 || o == 4 ? .9 : o == 6 ? 0 : .1 + .001 * (o % 5);
      if (o == 6 && t == 1) record.status = Status::diverged;
    }
  write_results(folder.path, records);
  const auto figures = write_figures(read_results(folder.path));
  CHECK(blocks_of(folder.path, "learning_curves_archbn-2").size() == 3 * kMostShown);
  const std::string script = read_text(named(figures, "learning_curves_archbn-2").script);
  CHECK(script.find("best 35 of 38 by validation") != std::string::npos);
  for (const int o : {3, 4, 6}) CHECK(script.find("=0." + std::to_string(o) + ")") == std::string::npos);
  for (const int o : {0, 1, 2, 5, 7, 37})
    CHECK(script.find("=0." + std::to_string(o) + ")") != std::string::npos);
}
