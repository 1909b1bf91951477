// table_files.cpp — the table of results as Markdown and as LaTeX (booktabs).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plots/page/markup.hpp"
#include "plots/page/result_rows.hpp"
#include "results/summary.hpp"

namespace symopt {

namespace {

std::set<std::string> datasets(const std::vector<ResultRow>& rows) {
  std::set<std::string> names;
  for (const ResultRow& row : rows) names.insert(row.dataset);
  return names;
}

// The dataset stands beside the network only where there are several.
std::string network_name(const ResultRow& row, bool several) {
  return several ? row.dataset + ", " + row.network : row.network;
}

struct FileColumn {
  const char* head;
  bool left;
};
constexpr FileColumn kColumns[] = {
    {"network", true},         {"optimizer", true},         {"mean ± variance", false}, {"sd", false},
    {"median [range]", false}, {"95 % interval", false},    {"completed", false},       {"diverged", false},
    {"failed", false},         {"epochs to target", false}, {"reached", false}};

std::vector<std::string> cells(const ResultRow& row, bool several) {
  return {network_name(row, several),
          row.label,
          mean_text(row),
          percent_text(row.deviation),
          range_text(row),
          interval_text(row),
          fmt::format("{}/{}", row.completed, row.trials),
          fmt::format("{}", row.diverged),
          failed_text(row.failed, row.timed_out),
          effort_text(row.effort.epochs, row.effort.epochs_min, row.effort.epochs_max),
          reached_text(row)};
}

std::string heading(const std::vector<ResultRow>& rows, const std::string& error_is) {
  const std::set<std::string> names = datasets(rows);
  return fmt::format("Test error in %{}{}: mean ± sample variance (%²) over the completed trials",
                     names.size() == 1 ? " on " + *names.begin() : "",
                     error_is.empty() ? "" : fmt::format(" ({})", error_is));
}

// "archbn-2: 1.850 (best)", one a network.
std::vector<std::string> targets(const std::vector<ResultRow>& rows, bool several) {
  std::vector<std::string> texts;
  std::set<std::string> seen;
  for (const ResultRow& row : rows)
    if (!row.effort.rule.empty() && seen.insert(network_name(row, several)).second)
      texts.push_back(fmt::format("{} {} ({})", network_name(row, several), percent_text(row.effort.target),
                                  row.effort.rule));
  return texts;
}

}  // namespace

std::string markdown_table(const std::vector<ResultRow>& rows, const std::string& error_is) {
  const bool several = datasets(rows).size() > 1;
  std::string text = fmt::format(
      "{}; in bold the lowest mean of each network, among the rows with the most completed trials. "
      "95 % interval of the mean: {}.\n\n",
      markdown_text(heading(rows, error_is)), interval_words(rows));
  std::string rule = "|";
  text += '|';
  for (const FileColumn& column : kColumns) {
    text += fmt::format(" {} |", column.head);
    rule += column.left ? "---|" : "---:|";
  }
  text += '\n' + rule + '\n';
  for (const ResultRow& row : rows) {
    std::vector<std::string> line = cells(row, several);
    for (std::string& cell : line) cell = markdown_text(cell);
    if (row.best) line[2] = "**" + line[2] + "**";
    text += '|';
    for (const std::string& cell : line) text += fmt::format(" {} |", cell);
    text += '\n';
  }
  const std::vector<std::string> errors = targets(rows, several);
  if (errors.empty()) return text;
  text += "\nEpochs to target: median [range] over all trials until the validation error is at most (%):";
  for (std::size_t i = 0; i < errors.size(); ++i)
    text += fmt::format("{} {}", i == 0 ? "" : ";", markdown_text(errors[i]));
  return text + ". ∞: never.\n";
}

std::string latex_table(const std::vector<ResultRow>& rows, const std::string& error_is) {
  const bool several = datasets(rows).size() > 1;
  std::string text =
      "% table.tex: needs \\usepackage{booktabs}; in a narrow text also \\usepackage{graphicx} and "
      "\\resizebox{\\linewidth}{!}{\\input{table}}\n";
  text += fmt::format("% {}\n% 95 \\% interval of the mean: {}\n", latex_text(heading(rows, error_is)),
                      latex_text(interval_words(rows)));
  for (const std::string& target : targets(rows, several))
    text +=
        fmt::format("% epochs to target: median [range] until the validation error is at most (\\%): {}\n",
                    latex_text(target));
  text += "\\begin{tabular}{";
  for (const FileColumn& column : kColumns) text += column.left ? 'l' : 'r';
  text += "}\n\\toprule\n";
  for (const FileColumn& column : kColumns)
    text += fmt::format("{}{}", &column == kColumns ? "" : " & ", latex_text(column.head));
  text += " \\\\\n";
  std::string before;
  for (const ResultRow& row : rows) {
    const std::string network = network_name(row, several);
    if (network != before || &row == &rows.front()) text += "\\midrule\n";
    before = network;
    std::vector<std::string> line = cells(row, several);
    for (std::string& cell : line) cell = latex_text(cell);
    if (row.best) line[2] = "\\textbf{" + line[2] + "}";
    for (std::size_t i = 0; i < line.size(); ++i) text += fmt::format("{}{}", i == 0 ? "" : " & ", line[i]);
    text += " \\\\\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace symopt
