// figures.cpp — results folders for the tests of the figures.
#include "tests/support/figures.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "results/tables.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/records.hpp"

namespace symopt::test {

static const double kNan = std::numeric_limits<double>::quiet_NaN();

FigureFolder::FigureFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "symopt-figures-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path = name;
}

FigureFolder::~FigureFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

TrialRecord figure_trial(const std::string& optimizer, int number, int epochs, const std::string& settings) {
  return make_record(make_spec(optimizer, number, settings), epochs);
}

TrialRecord unfinished(TrialRecord record, Status status, std::size_t epochs) {
  record.status = status;
  record.curve.resize(std::min(epochs, record.curve.size()));
  record.timings.resize(record.curve.size());
  record.stop = "";
  record.message = "ended";
  return record;
}

std::vector<TrialRecord> mixed_records() {
  std::vector<TrialRecord> records;
  for (int t = 0; t < 5; ++t) records.push_back(figure_trial("sgd", t, 4 + t));
  for (int t = 0; t < 5; ++t) {
    TrialRecord record = figure_trial("b_sgd", t, 6);
    if (t == 1) record = unfinished(record, Status::diverged, 3), record.curve.back().cost = 1e30;
    if (t == 2) record = unfinished(record, Status::failed, 0);
    if (t == 4) record = unfinished(record, Status::timed_out, 2);
    record.search[0] = {1, Status::diverged, kNan, kNan};
    records.push_back(record);
  }
  for (int t = 0; t < 5; ++t)
    records.push_back(unfinished(figure_trial("dead", t, 6), Status::diverged, t == 0));
  for (int t = 0; t < 5; ++t) {
    TrialRecord record = figure_trial("un", t, 6, "retraction=exp");
    record.curve.back().test_error = record.curve.back().cost = 0;
    records.push_back(record);
  }
  return records;
}

void write_results(const std::filesystem::path& folder, const std::vector<TrialRecord>& records) {
  write_csvs(folder, records, 1);
}

Blocks blocks(const std::string& text) {
  Blocks found(1);
  std::istringstream lines(text);
  int empty = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      ++empty;
      continue;
    }
    if (line[0] == '#') continue;
    if (empty >= 2) found.emplace_back();
    empty = 0;
    std::vector<double> row;
    std::istringstream words(line);
    for (std::string word; words >> word;) row.push_back(std::strtod(word.c_str(), nullptr));
    found.back().push_back(row);
  }
  return found;
}

Blocks blocks_of(const std::filesystem::path& folder, const std::string& name) {
  return blocks(read_text(folder / "figures" / (name + ".dat")));
}

const Figure& named(const std::vector<Figure>& figures, std::string_view name) {
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == name; });
  INFO("figure " << name);
  REQUIRE(found != figures.end());
  return *found;
}

}  // namespace symopt::test
