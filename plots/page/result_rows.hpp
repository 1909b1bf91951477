// result_rows.hpp — a table of results: a row an optimizer, as the terminal, Markdown, LaTeX and HTML show
// it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace symopt {

/// Errors are fractions, NaN where there are none; the effort to the target is NaN where there is no target.
struct ResultRow {
  std::string dataset, network, optimizer;  ///< optimizer: with its settings in parentheses
  int trials = 0, completed = 0, diverged = 0, failed = 0, timed_out = 0;
  double mean, variance, deviation, median, min, max, ci_low, ci_high;  ///< test error, last epoch
  std::string interval;                           ///< kind of ci_low and ci_high, as summary.csv has it
  double target, epochs, epochs_min, epochs_max;  ///< validation error; median and range of the epochs to it
  int reached = 0;
  std::string rule;  ///< of the target
  /// Of the (dataset, network): the lowest mean among the rows with the most completed trials.
  bool best = false;
};

/// From summary.csv and, where it is there, targets.csv, in their order. UserError naming file, line and
/// column where one is malformed.
std::vector<ResultRow> read_result_rows(const std::filesystem::path& folder);

/// "0.977 ± 0.00230" in % and %², "1.93 [5, ∞]", and so on; "–" where there is nothing.
std::string mean_text(const ResultRow& row);
std::string interval_text(const ResultRow& row);
/// Which the intervals of the rows are: interval_words() of those that are there.
std::string interval_words(const std::vector<ResultRow>& rows);
std::string range_text(const ResultRow& row);
std::string effort_text(double median, double low, double high, int digits = 3);
std::string reached_text(const ResultRow& row);
/// 100 · fraction, or "–".
std::string percent_text(double fraction, int decimals = 3);

/// The whole of table.md and of table.tex. Both depend on results alone: no seconds.
std::string markdown_table(const std::vector<ResultRow>& rows);
/// Needs \usepackage{booktabs}; compiles by pdflatex.
std::string latex_table(const std::vector<ResultRow>& rows);

}  // namespace symopt
