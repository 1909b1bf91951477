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

/// From the results, config.ini and report.txt of their folder, and the pictures among `figures` (PNG and SVG
/// are shown). table.md and table.tex depend on results alone. The page holds its style, scripts,
/// data and pictures, and its content policy forbids it to fetch anything. UserError where a
/// file cannot be read or written.
Report write_report(const Results& results, const std::vector<Figure>& figures);

}  // namespace symopt
