// page.hpp — the parts of report.html, each from the CSVs of a results folder; put together by report.cpp.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "plots/figures/figures.hpp"
#include "plots/page/result_rows.hpp"
#include "plots/view.hpp"

namespace symopt {

/// A cell: its text, and what it sorts by; a number unless `value` is empty.
struct Cell {
  std::string text, value = {}, style = {};
};
struct Column {
  std::string head;
  bool left = false;
};
/// Stands above what may be wider than the screen, seen only where it is.
inline constexpr const char* kMoreToTheRight =
    "<p class=\"more\" aria-hidden=\"true\">Wider than the screen: scroll sideways →</p>\n";

/// A sortable table with a caption; all text is escaped here. `name` labels the region that scrolls. Its
/// first columns, which name a row, stay in sight.
std::string html_table(const std::string& name, const std::string& caption,
                       const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows);

/// What the table of results needs from trials.csv and timings.csv.
struct TrialFacts {
  struct Group {
    std::string dataset, network, optimizer;
    std::vector<double> seconds;  ///< training, of each completed trial; empty without timings.csv
    std::vector<std::pair<double, int>> rates;  ///< chosen learning rates and by how many trials, falling
    int low = 0, high = 0;                      ///< trials whose rate is at an edge of the grid
    bool searched = false;                      ///< over a grid of rates; otherwise they were given
  };
  struct Unfinished {
    std::string dataset, network, optimizer, seed, trial, status, message;
    int epochs;
  };
  std::vector<Group> groups;  ///< in the order of summary.csv
  std::vector<Unfinished> unfinished;
  int completed = 0;
  double seconds = 0;  ///< of all trials: searches, training, evaluation
};
TrialFacts read_trial_facts(const std::filesystem::path& folder);

// Sections, each with its heading; empty where the folder has nothing to say.
std::string results_section(const std::vector<ResultRow>& rows, const TrialFacts& facts);
std::string claims_section(const std::filesystem::path& folder);
std::string curves_section(const std::vector<NetworkView>& networks);
std::string targets_section(const std::filesystem::path& folder, const std::vector<ResultRow>& rows);
std::string tests_section(const std::filesystem::path& folder);
std::string rates_section(const TrialFacts& facts);
std::string unfinished_section(const TrialFacts& facts);
std::string figures_section(const std::vector<Figure>& figures);
/// tuning.txt, where these are the trials of settings that a tuning chose.
std::string tuning_section(const std::filesystem::path& folder);
/// report.txt, open where it is all that the folder has to say.
std::string said_section(const std::filesystem::path& folder, bool open);
std::string environment_section(const std::filesystem::path& folder);

}  // namespace symopt
