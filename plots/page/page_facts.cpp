// page_facts.cpp — from trials.csv and timings.csv: chosen rates, seconds, and the trials that did not
// complete.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "plots/page/page.hpp"
#include "results/csv.hpp"
#include "results/trial.hpp"

namespace symopt {

namespace {

namespace fs = std::filesystem;

// dataset, network, optimizer, settings, seed, trial
std::string trial_key(const CsvRows& rows, const std::vector<std::size_t>& columns) {
  std::string key;
  for (const std::size_t column : columns) key += rows.row()[column] + '\n';
  return key;
}

std::string group_key(const CsvRows& rows, const std::vector<std::size_t>& columns) {
  return trial_key(rows, {columns.begin(), columns.begin() + 4});
}

std::vector<std::size_t> key_columns(const CsvRows& rows) {
  std::vector<std::size_t> columns;
  for (const char* const name : {"dataset", "network", "optimizer", "settings", "seed", "trial"})
    columns.push_back(rows.column(name));
  return columns;
}

struct Places {
  std::map<std::string, std::size_t> groups;
  std::map<std::string, std::size_t> completed;  // group of each completed trial
};

Places read_trials(const fs::path& folder, TrialFacts& facts) {
  Places places;
  CsvRows rows(folder / "trials.csv");
  const std::vector<std::size_t> key = key_columns(rows);
  const std::size_t status = rows.column("status"), rate = rows.column("learning_rate"),
                    edge = rows.column("edge"), epochs = rows.column("epochs"),
                    message = rows.column("message");
  std::vector<std::map<double, int, std::greater<>>> rates;
  while (rows.next()) {
    const std::vector<std::string>& row = rows.row();
    const std::string &name = row[key[2]], &settings = row[key[3]];
    const std::string optimizer = optimizer_label(name, settings);
    const auto [group, is_new] = places.groups.emplace(group_key(rows, key), places.groups.size());
    if (is_new) {
      facts.groups.push_back({row[key[0]], row[key[1]], optimizer, {}, {}});
      rates.emplace_back();
    }
    TrialFacts::Group& found = facts.groups[group->second];
    found.low += row[edge] == "low", found.high += row[edge] == "high";
    if (const double chosen = rows.number(rate); std::isfinite(chosen)) ++rates[group->second][chosen];
    if (row[status] == "completed") {
      ++facts.completed;
      places.completed.emplace(trial_key(rows, key), group->second);
    } else {
      facts.unfinished.push_back({row[key[0]], row[key[1]], optimizer, row[key[4]], row[key[5]], row[status],
                                  row[message], static_cast<int>(rows.number(epochs))});
    }
  }
  for (std::size_t i = 0; i < rates.size(); ++i)
    facts.groups[i].rates.assign(rates[i].begin(), rates[i].end());
  return places;
}

// The groups whose trials searched their rates.
void read_searches(const fs::path& file, const Places& places, TrialFacts& facts) {
  CsvRows rows(file);
  const std::vector<std::size_t> key = key_columns(rows);
  while (rows.next()) {
    const auto found = places.groups.find(group_key(rows, key));
    if (found != places.groups.end()) facts.groups[found->second].searched = true;
  }
}

// A trial's rows stand together; epoch 0 is its search.
void read_seconds(const fs::path& file, const Places& places, TrialFacts& facts) {
  CsvRows rows(file);
  const std::vector<std::size_t> key = key_columns(rows);
  const std::size_t epoch = rows.column("epoch"), train = rows.column("train_seconds"),
                    evaluation = rows.column("evaluation_seconds");
  std::vector<double>* group = nullptr;
  while (rows.next()) {
    const double seconds = rows.number(train);
    facts.seconds += seconds + rows.number(evaluation);
    if (rows.row()[epoch] == "0") {
      const auto found = places.completed.find(trial_key(rows, key));
      group = found == places.completed.end() ? nullptr : &facts.groups[found->second].seconds;
      if (group != nullptr) group->push_back(0);
    } else if (group != nullptr) {
      group->back() += seconds;
    }
  }
}

}  // namespace

TrialFacts read_trial_facts(const fs::path& folder) {
  TrialFacts facts;
  const Places places = read_trials(folder, facts);
  if (fs::exists(folder / "search.csv")) read_searches(folder / "search.csv", places, facts);
  if (fs::exists(folder / "timings.csv")) read_seconds(folder / "timings.csv", places, facts);
  return facts;
}

}  // namespace symopt
