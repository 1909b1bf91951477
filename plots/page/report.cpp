// report.cpp — the page: head with its content policy, sections in order, scripts.
#include "plots/page/report.hpp"

#include <fmt/format.h>

#include <set>

#include "core/data/sha256.hpp"
#include "plots/figures/gnuplot.hpp"
#include "plots/page/markup.hpp"
#include "plots/page/page.hpp"
#include "results/configuration.hpp"
#include "results/files.hpp"

namespace symopt {

namespace {

namespace fs = std::filesystem;

// 'sha256-…' as a content policy names an inline style or script.
std::string policy_hash(const std::string& text) {
  const std::string digits = sha256(text);
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return fmt::format("'sha256-{}'", base64(bytes));
}

std::string value_of(const Configuration& configuration, const std::string& key) {
  for (const auto& [name, value] : configuration)
    if (name == key) return value;
  return "";
}

std::string duration_text(double seconds) {
  if (seconds < 600) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// Of all trials: searches, training, evaluation.
double seconds_of(const Results& results) {
  double seconds = 0;
  for (const OptimizerResult& optimizer : results.optimizers)
    for (const TrialResult& trial : optimizer.trials) {
      seconds += trial.search_seconds;
      for (const EpochTiming& t : trial.timings) seconds += t.train_seconds + t.evaluation_seconds;
    }
  return seconds;
}

std::string facts_list(const std::vector<ResultRow>& rows, double seconds, const std::string& error_is) {
  int trials = 0, completed = 0, diverged = 0, failed = 0;
  std::set<std::string> datasets, networks, optimizers;
  for (const ResultRow& row : rows) {
    trials += row.trials, completed += row.completed, diverged += row.diverged,
        failed += row.failed + row.timed_out;
    datasets.insert(row.dataset), networks.insert(row.network), optimizers.insert(row.label);
  }
  std::string text = "<dl class=\"facts\">\n";
  const auto add = [&](const char* name, const std::string& value) {
    text += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html_text(value));
  };
  add(datasets.size() == 1 ? "data set" : "data sets",
      datasets.size() == 1 ? *datasets.begin() : fmt::format("{}", datasets.size()));
  add(networks.size() == 1 ? "network" : "networks",
      networks.size() == 1 ? *networks.begin() : fmt::format("{}", networks.size()));
  if (!error_is.empty()) add("an error is", error_is);
  add("optimizers", fmt::format("{}", optimizers.size()));
  add("trials", fmt::format("{}", trials));
  add("completed", fmt::format("{}", completed));
  add("diverged", fmt::format("{}", diverged));
  add("failed or timed out", fmt::format("{}", failed));
  if (seconds > 0) add("time of all trials", duration_text(seconds));
  return text + "</dl>\n";
}

// Headings become links: a section starts with <h2 id="ID">TITLE</h2>.
std::string navigation(const std::string& sections) {
  std::string text = "<nav aria-label=\"Sections\"><ul>\n";
  for (std::size_t at = 0; (at = sections.find("<h2 id=\"", at)) != std::string::npos;) {
    const std::size_t id = at + 8, id_end = sections.find('"', id), title = sections.find('>', id_end) + 1;
    at = sections.find("</h2>", title);
    text += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", sections.substr(id, id_end - id),
                        sections.substr(title, at - title));
  }
  return text + "</ul></nav>\n";
}

std::string page(const std::string& title, const std::string& lead, const std::string& sections) {
  const std::string style =
      fmt::format("{}\n{}", script_source("uPlot.min.css"), script_source("report.css"));
  const std::string script = fmt::format("{}\n/*!\n{}*/\n{}", script_source("uPlot.iife.min.js"),
                                         script_source("LICENSE"), script_source("report.js"));
  return fmt::format(
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
             "style-src {}; script-src {}; base-uri 'none'; form-action 'none'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>{}</title>\n<style>{}</style>\n</head>\n",
             policy_hash(style), policy_hash(script), title, style) +
         fmt::format(
             "<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<header>\n<h1>{}</h1>\n",
             title) +
         navigation(sections) + "</header>\n<main id=\"main\">\n" + lead + sections + "</main>\n" +
         "<footer>Made by symopt from the tables of its results folder. Curves drawn by uPlot 1.6.32, © Leon "
         "Sorokin, MIT licence, whose text is in this page's script.</footer>\n<script>" +
         script + "</script>\n</body>\n</html>\n";
}

}  // namespace

Report write_report(const Results& results, const std::vector<Figure>& figures) {
  const fs::path& folder = results.folder;
  const std::vector<ResultRow> rows = result_rows(results);
  // Tables of several folders have no configuration.
  Configuration configuration;
  if (fs::exists(folder / "config.ini")) configuration = read_configuration(folder / "config.ini");
  Report report{folder / "report.html", folder / "table.md", folder / "table.tex"};
  write_atomically(report.markdown, markdown_table(rows, results.error_is));
  write_atomically(report.latex, latex_table(rows, results.error_is));

  std::string lead, sections = claims_section(results);
  if (!rows.empty()) {
    lead = facts_list(rows, seconds_of(results), results.error_is);
    sections = results_section(rows) + sections + curves_section(view_of(results)) +
               targets_section(results, rows) + tests_section(results) + ranks_section(results) +
               tuning_section(folder) + rates_section(results) + unfinished_section(results);
  }
  sections += figures_section(figures) + said_section(folder, rows.empty()) + environment_section(results);
  std::string title = value_of(configuration, "experiment");
  if (const std::string dataset = value_of(configuration, "dataset"); !dataset.empty())
    title += (title.empty() ? "" : ", ") + dataset;
  write_atomically(report.html,
                   page(html_text(title.empty() ? "Results" : "Results: " + title), lead, sections));
  return report;
}

}  // namespace symopt
