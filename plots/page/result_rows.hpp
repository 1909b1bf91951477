// result_rows.hpp — a table of results: a row an optimizer, as the terminal, Markdown, LaTeX and HTML show
// it.
#pragma once
#include <string>
#include <vector>

#include "results/results.hpp"

namespace symopt {

/// The summary of the test error after the last epoch, and what else the table shows of an optimizer. NaN
/// where there is nothing.
struct ResultRow : SummaryRow {
  std::string label;     ///< optimizer with its settings in parentheses
  double seconds;        ///< median of the full training of a completed trial
  TargetRow effort;      ///< `target` is NaN where there is none
  TargetTimingRow time;  ///< to the target
  /// Of the (dataset, network): the lowest mean among the rows with the most completed trials.
  bool best = false;
};
std::vector<ResultRow> result_rows(const Results& results);

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
std::string markdown_table(const std::vector<ResultRow>& rows, const std::string& error_is = "");
/// Needs \usepackage{booktabs}; compiles by pdflatex.
std::string latex_table(const std::vector<ResultRow>& rows, const std::string& error_is = "");

}  // namespace symopt
