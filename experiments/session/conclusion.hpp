// conclusion.hpp — whether a folder's tables and figures are already those of its trials.
#pragma once
#include <string>
#include <vector>

#include "experiments/session/session.hpp"

namespace symopt {

/// What the tables, the report and the figures follow from: the trial files, the configuration, the program.
std::string conclusion_of(const Session& session, const Store& store);
/// How a folder stands to the last record_conclusion().
struct ConclusionState {
  /// It was of the same `conclusion`, with figures if those are wanted, and every file that it wrote has the
  /// bytes that it had then.
  bool holds = false;
  /// Files of the same conclusion that have other bytes, or are gone: somebody changed results.
  std::vector<std::string> altered;
};
ConclusionState state_of(const std::filesystem::path& folder, const std::string& conclusion, bool figures);
/// Those files whatever the conclusion; none where there never was one.
std::vector<std::string> altered_files(const std::filesystem::path& folder);
/// "summary.csv, report.txt and 3 more"
std::string some_of(const std::vector<std::string>& names);
/// After everything is written.
void record_conclusion(const std::filesystem::path& folder, const std::string& conclusion, bool figures);

}  // namespace symopt
