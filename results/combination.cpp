// combination.cpp — records of several folders, each trial once.
#include "results/combination.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"
#include "results/store.hpp"
#include "results/text.hpp"
#include "results/variation.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

bool listed(const std::vector<std::string>& list, const std::string& name) {
  return list.empty() || std::find(list.begin(), list.end(), name) != list.end();
}

// Each name of a selection has to be somewhere: a slip of the pen would select nothing, silently.
void check_names(const char* option, const std::vector<std::string>& selected,
                 const std::set<std::string>& there) {
  for (const std::string& name : selected)
    if (!there.contains(name))
      throw unknown_name(option, name, std::vector<std::string>(there.begin(), there.end()));
}

bool is_selected(const TrialRecord& record, const std::string& label, const TrialSelection& selection) {
  const TrialSpec& s = record.spec;
  const auto in = [&](const std::pair<int, int>& range) {
    return range.first <= s.trial && s.trial <= range.second;
  };
  return listed(selection.datasets, s.dataset) && listed(selection.networks, s.network) &&
         (listed(selection.optimizers, s.optimizer) || listed(selection.optimizers, label)) &&
         (selection.trials.empty() || std::any_of(selection.trials.begin(), selection.trials.end(), in));
}

// "max-epochs: 30 (sgd, un), 60 (adam)", for each option of the protocol that is not the same everywhere.
std::vector<std::string> differences_of(const std::vector<TrialRecord>& records) {
  std::map<std::string, std::map<std::string, std::set<std::string>>> users;  // option → value → who
  std::vector<std::string> order;
  for (const TrialRecord& record : records) {
    Assignments values = protocol_options().all(record.spec.protocol);
    values.emplace_back("precision", record.spec.precision);
    for (const auto& [name, value] : values) {
      if (!users.contains(name)) order.push_back(name);
      users[name][value].insert(record.spec.optimizer);
    }
  }
  std::vector<std::string> lines;
  for (const std::string& name : order) {
    if (users[name].size() < 2) continue;
    std::string line;
    for (const auto& [value, who] : users[name])
      line += fmt::format("{}{} ({})", line.empty() ? "" : ", ", value, fmt::join(who, ", "));
    lines.push_back(fmt::format("not the same in all trials: {}: {}", name, line));
  }
  return lines;
}

}  // namespace

template <>
const Columns<SourceRow>& columns_of() {
  using C = Column<SourceRow>;
  static const Columns<SourceRow> columns({
      C{"folder", &SourceRow::folder, "a results folder, as it was named"},
      C{"trials", &SourceRow::trials, "finished trials that it holds"},
      C{"taken", &SourceRow::taken, "those in these tables"},
      C{"repeated", &SourceRow::repeated, "those that an earlier folder holds, too, by their hash"},
  });
  return columns;
}

std::vector<std::pair<int, int>> parse_trial_numbers(const std::string& text) {
  std::vector<std::pair<int, int>> ranges;
  for (const std::string& part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const auto from = exact_integer(part.substr(0, dash));
    const auto to = dash == std::string::npos ? from : exact_integer(part.substr(dash + 1));
    if (!from || !to || *from < 0 || *to < *from || *to > 1'000'000'000)
      throw UsageError(
          fmt::format("option 'trials': expected numbers from 0 on and ranges of them, as 0-4,7, found '{}'",
                      escaped(text)));
    ranges.emplace_back(static_cast<int>(*from), static_cast<int>(*to));
  }
  return ranges;
}

Combination combine(const std::vector<fs::path>& folders, const TrialSelection& selection) {
  Combination all;
  std::set<std::string> hashes, datasets, networks, optimizers;
  std::map<std::string, std::pair<std::string, std::string>> checksums;  // data set → checksum, folder
  std::vector<TrialRecord> records;
  std::vector<std::size_t> source;  // of each record
  for (const fs::path& folder : folders) {
    SourceRow& row = all.sources.emplace_back();
    row.folder = folder.string();
    for (TrialRecord& record : read_records(folder)) {
      ++row.trials;
      const TrialSpec& s = record.spec;
      const auto [known, is_new] = checksums.emplace(s.dataset, std::pair(s.checksum, row.folder));
      if (!is_new && known->second.first != s.checksum)
        throw UserError("data set " + s.dataset, row.folder,
                        fmt::format("that of {}, checksum {}", known->second.second, known->second.first),
                        s.checksum);
      if (!hashes.insert(s.hash()).second) {
        ++row.repeated;
        continue;
      }
      datasets.insert(s.dataset), networks.insert(s.network);
      records.push_back(std::move(record));
      source.push_back(all.sources.size() - 1);
    }
  }
  const std::vector<std::string> settings = settings_texts(records);
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < records.size(); ++i) {
    labels.push_back(optimizer_label(records[i].spec.optimizer, settings[i]));
    optimizers.insert({records[i].spec.optimizer, labels.back()});
  }
  check_names("dataset", selection.datasets, datasets);
  check_names("network", selection.networks, networks);
  check_names("optimizer", selection.optimizers, optimizers);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!is_selected(records[i], labels[i], selection)) continue;
    ++all.sources[source[i]].taken;
    all.records.push_back(std::move(records[i]));
  }
  std::vector<std::string> names;
  for (const SourceRow& row : all.sources) names.push_back(row.folder);
  if (all.records.empty())
    throw UserError(fmt::format("report: expected finished trials, found none in {}{}",
                                fmt::join(names, ", "), selection.everything() ? "" : " that are selected"));
  all.cautions = differences_of(all.records);
  return all;
}

}  // namespace symopt
