// report.hpp — table.md, table.tex and report.html of a results folder: one page that needs nothing else.
#pragma once
#include <filesystem>
#include <vector>

#include "plots/figures/figures.hpp"

namespace symopt {

/// The files that were written, in FOLDER.
struct Report {
  std::filesystem::path html, markdown, latex;
};

/// From the CSVs, environment.csv, config.ini, report.txt of `folder` and the pictures among `figures` (PNG
/// and SVG are shown). table.md and table.tex depend on results alone. The page holds its style, scripts,
/// data and pictures, and its content policy forbids it to fetch anything. UserError where a table is missing
/// or malformed, or a file cannot be written.
Report write_report(const std::filesystem::path& folder, const std::vector<Figure>& figures);

}  // namespace symopt
