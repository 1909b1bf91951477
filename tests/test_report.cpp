// test_report.cpp — table.md, table.tex and report.html hold what the tables hold, and no name changes a
// page.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/data/sha256.hpp"
#include "plots/figures/figures.hpp"
#include "plots/page/markup.hpp"
#include "plots/page/report.hpp"
#include "plots/page/result_rows.hpp"
#include "results/files.hpp"
#include "results/tables.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/figures.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

void write_folder(const fs::path& folder, const std::vector<TrialRecord>& records) {
  write_csvs(folder, records, 1);
  write_text(folder / "config.ini", "experiment = paper\ndataset = mnist\nseed = 1\n");
  write_text(folder / "environment.csv", "name,value\ncommit,0123456789ab\n");
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before);
  REQUIRE(begin != std::string::npos);
  const std::size_t start = begin + before.size(), end = text.find(after, start);
  REQUIRE(end != std::string::npos);
  return text.substr(start, end - start);
}

std::string report_of(const fs::path& folder) {
  return read_text(write_report(read_results(folder), {}).html);
}

// Names that mean something to HTML, scripts, LaTeX or Markdown.
std::vector<TrialRecord> hostile_records() {
  std::vector<TrialRecord> records;
  for (const std::string& name :
       {std::string("<script>alert(1)</script>"), std::string("\"onload='alert(1)'"),
        std::string("a_b^c~d#e$f%g&h{i}"), std::string("\\input{/etc/passwd}"),
        std::string("[x] | *y* `z` <b>"), std::string("</script><!--"), std::string("not UTF-8 \xff"),
        std::string("two\nlines"), std::string("λ → ∞ 日本")})
    for (int t = 0; t < 2; ++t) {
      TrialRecord record = figure_trial("un", t, 3, "x=" + name);
      record.spec.network = "n" + name, record.spec.dataset = "d" + name;
      if (t == 1) record = unfinished(record, Status::failed, 1), record.message = name;
      records.push_back(record);
    }
  return records;
}

}  // namespace

TEST_CASE("markup: Base64 is that of RFC 4648, section 10") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) CHECK(base64(bytes) == text);
  CHECK(base64(std::string("\xff\xfe\x00\xfb", 4)) == "//4A+w==");
}

TEST_CASE("markup: what has a meaning is escaped, what is no text is replaced") {
  CHECK(html_text("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  CHECK(html_text("a\nb\xff") == "a b?");
  CHECK(html_text("λ") == "λ");
  CHECK(latex_text("a_b%c\\d") == "a\\_b\\%c\\textbackslash{}d");
  CHECK(latex_text("1 ± 2, 3–4, ∞, λ日") == "1 $\\pm$ 2, 3--4, $\\infty$, ??");
  CHECK(latex_text("[1]") == "{[}1]");
  CHECK(markdown_text("a|b*c") == "a\\|b\\*c");
  CHECK(json_text("a\"b\\c</script>\n") == "\"a\\\"b\\\\c\\u003c/script\\u003e \"");
  CHECK(json_number(1.0 / 3) == "0.33333");
  CHECK(json_number(std::nan("")) == "null");
  CHECK(json_number(-std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("report: a network that all rows share stands at the head of the page, several in every row") {
  const std::string column = ">network</th>";
  std::vector<TrialRecord> records = {figure_trial("un", 0, 2), figure_trial("sgd", 0, 2)};
  FigureFolder one;
  write_folder(one.path, records);
  const std::string alone = read_text(write_report(read_results(one.path), {}).html);
  CHECK_FALSE(contains(alone, column));
  CHECK(contains(alone, "<dt>network</dt><dd>" + records[0].spec.network + "</dd>"));
  records[1].spec.network += "-other";
  FigureFolder two;
  write_folder(two.path, records);
  const std::string both = read_text(write_report(read_results(two.path), {}).html);
  CHECK(contains(both, column));
  CHECK(contains(both, "<dt>networks</dt><dd>2</dd>"));
}

TEST_CASE("report: table, page and figures say which intervals they show") {
  for (const auto& [kind, trials, words] :
       {std::tuple(IntervalKind::t, 10, "Student's t"),
        std::tuple(IntervalKind::bootstrap_t, 10, "bootstrap-t, 10000 resamples"),
        std::tuple(IntervalKind::bootstrap_t, 3,
                   "Student's t instead where there are fewer than 10 values")}) {
    std::vector<TrialRecord> records;
    for (const char* optimizer : {"sgd", "un"})
      for (int trial = 0; trial < trials; ++trial) records.push_back(figure_trial(optimizer, trial, 3));
    FigureFolder folder;
    write_folder(folder.path, records);
    write_csvs(folder.path, records, {1, kind});
    const Report report = write_report(read_results(folder.path), {});
    const std::string page = read_text(report.html);
    INFO(words);
    CHECK(contains(between(page, "<h2 id=\"results\">", "</caption>"), html_text(words)));
    CHECK(contains(between(page, "<h2 id=\"tests\">", "</caption>"), html_text(words)));
    CHECK(contains(read_text(report.markdown), words));
    CHECK(contains(read_text(report.latex), words));
    int shown = 0;
    for (const Figure& figure : write_figures(read_results(folder.path)))
      if (figure.name.starts_with("summary") || figure.name.starts_with("test_error_by_trial")) {
        CHECK(contains(figure.caption, words));
        ++shown;
      }
    CHECK(shown == 2);
  }
}

TEST_CASE(
    "report: optimizers with the same errors have – for both tests, and the reason, and zeros where there "
    "are") {
  std::vector<TrialRecord> records;
  for (const char* optimizer : {"constrained", "pbwn", "un"})
    for (int trial = 0; trial < 4; ++trial) {
      records.push_back(figure_trial(optimizer, trial, 3));
      records.back().curve.back().test_error = *optimizer == 'u' ? 0.03 + 0.01 * trial : 0.02;
    }
  FigureFolder folder;
  write_folder(folder.path, records);
  std::string tests = between(report_of(folder.path), "<h2 id=\"tests\">", "</section>");
  CHECK(count(tests, "differences that do not vary") == 1);
  CHECK(contains(tests, ">not tested</th>"));
  CHECK(contains(tests, ">zeros</th>"));
  CHECK_FALSE(contains(tests, ">nan<"));
  records.erase(records.begin(), records.begin() + 4);
  FigureFolder others;
  write_folder(others.path, records);
  tests = between(report_of(others.path), "<h2 id=\"tests\">", "</section>");
  CHECK_FALSE(contains(tests, ">not tested</th>"));
  CHECK_FALSE(contains(tests, ">zeros</th>"));
}

TEST_CASE("report: a mean over the trials that survived is not marked above one over all") {
  FigureFolder folder;
  std::vector<TrialRecord> records;
  for (int trial = 0; trial < 3; ++trial) {
    TrialRecord all = figure_trial("un", trial, 3), some = figure_trial("sm", trial, 3);
    all.curve.back().test_error = 0.02, some.curve.back().test_error = 0.01;
    records.push_back(all);
    records.push_back(trial == 0 ? some : unfinished(some, Status::diverged, 1));
  }
  write_folder(folder.path, records);
  for (const ResultRow& row : result_rows(read_results(folder.path))) {
    INFO(row.optimizer);
    CHECK(row.best == (row.optimizer == "un"));
    CHECK(row.mean == (row.optimizer == "un" ? 0.02 : 0.01));
  }
}

TEST_CASE("report: the rows are the summary's and the targets'") {
  FigureFolder folder;
  const std::vector<TrialRecord> records = mixed_records();
  write_folder(folder.path, records);
  const std::vector<ResultRow> rows = result_rows(read_results(folder.path));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].optimizer == "sgd");
  CHECK(rows[3].label == "un(retraction=exp)");
  CHECK(rows[1].completed == 2);
  CHECK(rows[1].diverged == 1);
  CHECK(rows[1].failed == 1);
  CHECK(rows[1].timed_out == 1);
  CHECK(std::isnan(rows[2].mean));
  CHECK(rows[3].mean == 0);
  CHECK(rows[3].best);
  CHECK_FALSE(rows[0].best);
  const auto efforts = group_efforts(records, {});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[i].effort.reached == efforts[i].reached());
    CHECK(rows[i].effort.target == efforts[i].target);
  }
}

TEST_CASE("report: table.md and table.tex show every optimizer, and – where there is nothing") {
  FigureFolder folder;
  write_folder(folder.path, mixed_records());
  const Report report = write_report(read_results(folder.path), {});
  const std::string markdown = read_text(report.markdown), latex = read_text(report.latex);
  CHECK(count(markdown, "\n| archbn-2 |") == 4);
  CHECK(count(latex, "\narchbn-2 & ") == 4);
  CHECK(contains(markdown, "| archbn-2 | un(retraction=exp) | **0.000 ± 0.00000** | 0.000 |"));
  CHECK(contains(latex, "archbn-2 & un(retraction=exp) & \\textbf{0.000 $\\pm$ 0.00000} & 0.000 &"));
  CHECK(contains(markdown, "| archbn-2 | dead | – | – | – | – | 0/5 | 5 | 0 |"));
  CHECK(contains(latex, "\\toprule"));
  for (const std::string& text : {markdown, latex}) CHECK_FALSE(contains(text, "nan"));
}

TEST_CASE("report: seconds of a row are the median trial's sum over epochs, without search and evaluation") {
  FigureFolder folder;
  std::vector<TrialRecord> records;
  for (int t = 0; t < 3; ++t) {
    TrialRecord& record = records.emplace_back(figure_trial("un", t, 4));
    record.search_seconds = 5000;
    for (EpochTiming& timing : record.timings) timing = {10.0 + t, 700};
  }
  write_folder(folder.path, records);
  CHECK(count(report_of(folder.path), "<td data-v=\"44\">44.0</td>") == 1);  // 4 epochs of 11 s
}

TEST_CASE("report: table.md and table.tex depend on results alone") {
  FigureFolder one, other;
  std::vector<TrialRecord> records = mixed_records();
  write_folder(one.path, records);
  for (TrialRecord& r : records)
    for (EpochTiming& t : r.timings) t.train_seconds *= 3;
  write_folder(other.path, records);
  const Report a = write_report(read_results(one.path), {}), b = write_report(read_results(other.path), {});
  CHECK(read_text(a.markdown) == read_text(b.markdown));
  CHECK(read_text(a.latex) == read_text(b.latex));
  CHECK(read_text(a.html) != read_text(b.html));
}

TEST_CASE("report: the page's policy names the style and the script that it holds, and nothing else") {
  FigureFolder folder;
  write_folder(folder.path, mixed_records());
  const std::string page = report_of(folder.path);
  const auto hash = [](const std::string& text) {
    std::string bytes;
    const std::string digits = sha256(text);
    for (std::size_t i = 0; i < digits.size(); i += 2)
      bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return "'sha256-" + base64(bytes) + "'";
  };
  CHECK(between(page, "Content-Security-Policy\" content=\"", "\"") ==
        "default-src 'none'; img-src data:; style-src " + hash(between(page, "<style>", "</style>")) +
            "; script-src " + hash(between(page, "<script>", "</script>")) +
            "; base-uri 'none'; form-action 'none'");
  // The licence travels with the library.
  CHECK(contains(page, "Copyright (c) 2022 Leon Sorokin"));
  CHECK(contains(page, "WITHOUT WARRANTY OF ANY KIND"));
  for (const char* const link : {"src=\"http", "href=\"http", "@import", "url(http"})
    CHECK_FALSE(contains(page, link));
}

TEST_CASE("report: the page has every section that the folder can feed") {
  FigureFolder folder;
  write_folder(folder.path, mixed_records());
  write_text(folder / "report.txt", "said <so>\nand so\n");
  write_text(folder / "claims.csv",
             "claim,verdict,statement,rule,numbers\n1,supported,a claim,a rule,3 pairs\n");
  const std::string page = report_of(folder.path);
  for (const char* const id : {"results", "claims", "curves", "targets", "tests", "rates", "unfinished",
                               "figures", "said", "repeat", "environment"}) {
    INFO(id);
    CHECK(count(page, std::string("<h2 id=\"") + id + "\">") == 1);
    CHECK(count(page, std::string("<a href=\"#") + id + "\">") == 1);
  }
  CHECK(contains(page, "said &lt;so&gt;\nand so\n"));
  CHECK(contains(page, "<code>0123456789ab</code>"));
  CHECK(contains(page, "dataset = mnist\n"));
  CHECK(count(page, "<td class=\"t\">diverged</td>") == 1 + 5);
}

TEST_CASE("report: a folder in which no claim could be tested has no section of claims") {
  FigureFolder folder;
  write_folder(folder.path, mixed_records());
  write_text(folder / "claims.csv", "claim,verdict,statement,rule,numbers\n");
  CHECK_FALSE(contains(report_of(folder.path), "claims"));
}

TEST_CASE("report: pictures are in the page, byte by byte") {
  FigureFolder folder;
  write_folder(folder.path, mixed_records());
  fs::create_directory(folder / "figures");
  const std::string bytes = "\x89PNG\r\n\x1a\n____IHDR" + std::string("\0\0\1\2\0\0\0\6", 8) + "rest";
  write_text(folder / "figures/summary.png", bytes);
  const Figure figure{"summary", "a <title>", "what it shows", {}, folder / "figures/summary.png"};
  const std::string page = read_text(write_report(read_results(folder.path), {figure}).html);
  CHECK(contains(page, "src=\"data:image/png;base64," + base64(bytes) +
                           "\" alt=\"a &lt;title&gt;. what it shows\" width=\"129\" height=\"3\""));
}

TEST_CASE("report: no name, setting or message changes the page or its data") {
  FigureFolder folder;
  write_folder(folder.path, hostile_records());
  const std::string page = report_of(folder.path);
  CHECK(count(page, "<script") == 2);
  CHECK(count(page, "</script>") == 2);
  const std::string data = between(page, "id=\"curves-data\">", "</script>");
  CHECK_FALSE(contains(data, "<"));
  std::string markup = page;
  markup.erase(markup.find(data), data.size());
  for (const char* const part : {"<b>", "onload='", "<!--"}) CHECK_FALSE(contains(markup, part));
  CHECK_FALSE(contains(page, "\xff"));
}

TEST_CASE("report: table.tex compiles, whatever the names") {
  if (std::system("kpsewhich booktabs.sty >/dev/null 2>&1") != 0) {
    WARN("pdflatex or booktabs is not installed: the table is not compiled");
    return;
  }
  for (const bool hostile : {false, true}) {
    FigureFolder folder;
    write_folder(folder.path, hostile ? hostile_records() : mixed_records());
    write_report(read_results(folder.path), {});
    write_text(folder / "paper.tex",
               "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n\\input{table}\n\\end{"
               "document}\n");
    const std::string command =
        "cd '" + folder.path.string() +
        "' && pdflatex -halt-on-error -interaction=nonstopmode paper.tex >log.txt 2>&1";
    const int status = std::system(command.c_str());
    INFO(read_text(folder / "log.txt"));
    CHECK(status == 0);
    CHECK(fs::exists(folder / "paper.pdf"));
  }
}

TEST_CASE("report: a folder without trials still has figures, what was said, and how to repeat it") {
  FigureFolder folder;
  write_folder(folder.path, {});
  write_text(folder / "report.txt", "a study\n");
  const std::string page = report_of(folder.path);
  CHECK(contains(page, "<details open><summary>report.txt</summary>"));
  CHECK_FALSE(contains(page, "id=\"results\""));
  CHECK(contains(page, "id=\"repeat\""));
}

TEST_CASE("report: figures and page are made from tables that were read once") {
  FigureFolder folder;
  write_folder(folder.path, mixed_records());
  const Results results = read_results(folder.path);
  const std::string page = report_of(folder.path), markdown = read_text(folder / "table.md");
  const auto data_of = [&] {
    std::string all;
    for (const Figure& figure : write_figures(results))
      all += read_text(folder / ("figures/" + figure.name + ".dat"));
    return all;
  };
  const std::string data = data_of();
  for (const fs::path& file : list_folder(folder.path))
    if (file.extension() == ".csv") fs::remove(file);
  CHECK(data_of() == data);
  CHECK(read_text(write_report(results, {}).html) == page);
  CHECK(read_text(folder / "table.md") == markdown);
}

TEST_CASE("report: a profile of an optimizer without a score is an error with its place") {
  FigureFolder folder;
  write_folder(folder.path, mixed_records());
  for (const char* const file : {"profiles.csv", "profile_timings.csv"}) {
    const std::string good = read_text(folder / file);
    write_text(folder / file, good + "trials,nobody,,1,0.5\n");
    const std::string message = error_of([&] { read_results(folder.path); });
    INFO(message);
    CHECK(contains(message, file + fmt::format(": line {}, column optimizer", count(good, "\n") + 1)));
    CHECK(contains(message, "'nobody'"));
    write_text(folder / file, good);
  }
}

TEST_CASE("report: a malformed table is one line that names it") {
  for (const char* const file : {"summary.csv", "targets.csv", "tests.csv", "scores.csv", "epochs.csv"}) {
    FigureFolder folder;
    write_folder(folder.path, mixed_records());
    const std::string good = read_text(folder / file);
    write_text(folder / file, good.substr(0, good.size() - 3) + "x,\n");
    const std::string message = error_of([&] { write_report(read_results(folder.path), {}); });
    INFO(message);
    CHECK(contains(message, file));
    CHECK(count(message, "\n") == 0);
  }
}
