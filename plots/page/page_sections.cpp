// page_sections.cpp — figures, environment and the way to repeat the run, in report.html.
#include <fmt/format.h>

#include <algorithm>

#include "plots/page/markup.hpp"
#include "plots/page/page.hpp"
#include "results/files.hpp"

namespace symopt {

namespace {

namespace fs = std::filesystem;

// A PNG's size stands at bytes 16 to 23; it keeps the page from jumping while pictures load. Figures have two
// points a pixel.
std::string size_of(const std::string& png) {
  if (png.size() < 24) return "";
  const auto number = [&](std::size_t at) {
    unsigned value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(png[at + i]);
    return value;
  };
  return fmt::format(" width=\"{}\" height=\"{}\"", number(16) / 2, number(20) / 2);
}

std::string figure(const Figure& figure, const std::string& bytes, bool png) {
  return fmt::format(
      "<figure>\n<h3>{0}</h3>\n<div class=\"frame\">{6}<div class=\"edge\"><div class=\"scroll\" "
      "tabindex=\"0\" role=\"region\" "
      "aria-label=\"{0}\">"
      "<img src=\"data:image/{1};base64,{2}\" alt=\"{3}\"{4}></div></div></div>\n<figcaption>figures/{5}.gp, "
      "{5}.dat</figcaption>\n"
      "</figure>\n",
      html_text(figure.title), png ? "png" : "svg+xml", base64(bytes),
      html_text(figure.title + ". " + figure.caption), png ? size_of(bytes) : "", html_text(figure.name),
      kMoreToTheRight);
}

// Line by line: an escaped text has no line breaks of its own.
std::string preformatted(const std::string& text) {
  std::string body;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    body += html_text(text.substr(begin, end - begin)) + '\n';
    begin = end + 1;
  }
  return "<pre tabindex=\"0\">" + body + "</pre>";
}

}  // namespace

std::string figures_section(const std::vector<Figure>& figures) {
  // What speaks of all networks first.
  std::vector<const Figure*> order;
  for (const Figure& f : figures) order.push_back(&f);
  std::stable_partition(order.begin(), order.end(), [](const Figure* f) {
    return f->name == "summary" || f->name == "performance_profile";
  });
  std::string text;
  for (const Figure* f : order) {
    const std::string type = f->picture.extension();
    if (type != ".png" && type != ".svg") continue;
    const auto bytes = read_file(f->picture);
    if (bytes) text += figure(*f, *bytes, type == ".png");
  }
  if (text.empty())
    text =
        "<p>No pictures here: none were asked for, gnuplot is not installed, or they are PDFs. The scripts "
        "in "
        "figures/ draw them by hand.</p>\n";
  return "<section>\n<h2 id=\"figures\">Figures</h2>\n" + text + "</section>\n";
}

std::string tuning_section(const fs::path& folder) {
  const auto text = read_file(folder / "tuning.txt");
  if (!text) return "";
  return fmt::format(
      "<section>\n<h2 id=\"tuning\">How the settings were chosen</h2>\n<p>By <code>symopt tune</code>, on "
      "validation "
      "data; test errors came after.</p>\n{}</section>\n",
      preformatted(*text));
}

std::string said_section(const fs::path& folder, bool open) {
  const auto text = read_file(folder / "report.txt");
  if (!text) return "";
  return fmt::format(
      "<section>\n<h2 id=\"said\">What the run "
      "said</h2>\n<details{}><summary>report.txt</summary>\n{}</details>\n"
      "</section>\n",
      open ? " open" : "", preformatted(*text));
}

std::string environment_section(const Results& results) {
  std::vector<std::vector<Cell>> cells;
  std::string commit;
  for (const FactRow& fact : results.environment) {
    cells.push_back({{fact.name}, {fact.value, "", "w"}});
    if (fact.name == "commit") commit = fact.value;
  }
  std::string text = "<section>\n<h2 id=\"repeat\">How to reproduce</h2>\n<p>";
  if (!commit.empty()) text += fmt::format("Build symopt at commit <code>{}</code>. ", html_text(commit));
  if (const auto sources = read_file(results.folder / "sources.csv"))
    return text + fmt::format(
                      "The trials are those of other results folders, and these tables are made of them by "
                      "<code>symopt report FOLDER … --out {}</code>. Each folder has the configuration that "
                      "repeats its trials.</p>\n<details><summary>sources.csv</summary>\n{}</details>\n"
                      "</section>\n",
                      html_text(results.folder.filename().string()), preformatted(*sources));
  const auto ini = read_file(results.folder / "config.ini");
  const bool tuned = ini && ini->find("\ntune-trials = ") != std::string::npos;
  text += fmt::format(
      "Save the configuration below as <code>config.ini</code> (it also lies in the results folder) and "
      "run</p>\n"
      "<pre tabindex=\"0\">symopt {} config.ini --out again</pre>\n"
      "<p>With the same build and data every number above but the seconds comes out the same, to the bit, "
      "whatever "
      "the number of threads.{}</p>\n",
      tuned ? "tune" : "run",
      tuned ? " The chosen settings have a page of their own, in final/."
            : " From the folder alone, <code>symopt report FOLDER</code> writes this page again and trains "
              "nothing.");
  if (ini) text += "<details><summary>config.ini</summary>\n" + preformatted(*ini) + "</details>\n";
  text += "</section>\n";
  if (cells.empty()) return text;
  return text + "<section>\n<h2 id=\"environment\">Environment</h2>\n" +
         html_table("Environment", "Program, machine and data of the run.", {{"what", true}, {"value", true}},
                    cells) +
         "</section>\n";
}

}  // namespace symopt
