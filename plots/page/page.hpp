// page.hpp — the parts of report.html, each from the results of a folder; put together by report.cpp.
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
struct Heading {
  std::string head;
  bool left = false;
};
/// Stands above what may be wider than the screen, seen only where it is.
inline constexpr const char* kMoreToTheRight =
    "<p class=\"more\" aria-hidden=\"true\">Wider than the screen: scroll sideways →</p>\n";

/// A sortable table with a caption; all text is escaped here. `name` labels the region that scrolls. Its
/// first columns, which name a row, stay in sight.
std::string html_table(const std::string& name, const std::string& caption,
                       const std::vector<Heading>& columns, const std::vector<std::vector<Cell>>& rows);

// Sections, each with its heading; empty where the results have nothing to say.
std::string results_section(const std::vector<ResultRow>& rows);
std::string claims_section(const Results& results);
std::string curves_section(const std::vector<NetworkView>& networks);
std::string targets_section(const Results& results, const std::vector<ResultRow>& rows);
std::string tests_section(const Results& results);
/// Mean ranks over the problems.
std::string ranks_section(const Results& results);
std::string rates_section(const Results& results);
std::string unfinished_section(const Results& results);
std::string figures_section(const std::vector<Figure>& figures);
/// tuning.txt, where these are the trials of settings that a tuning chose.
std::string tuning_section(const std::filesystem::path& folder);
/// report.txt, open where it is all that the folder has to say.
std::string said_section(const std::filesystem::path& folder, bool open);
/// How to repeat the run, and where it ran.
std::string environment_section(const Results& results);

}  // namespace symopt
