// test_figures.cpp — every figure is written, every script runs by hand, and no input breaks or abuses one.
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "core/error.hpp"
#include "core/text.hpp"
#include "plots/figures/drawing.hpp"
#include "plots/figures/figures.hpp"
#include "plots/figures/gnuplot.hpp"
#include "results/lines.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/figures.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

// Figures of each network (one of them by seconds), and figures of them all. Another figure raises one of
// them.
constexpr std::size_t kOfNetwork = 7, kOfAll = 2;

// What a shell command prints, both channels, and its exit status.
std::pair<std::string, int> shell(const std::string& command) {
  FILE* pipe = popen(("{ " + command + "; } 2>&1 </dev/null").c_str(), "r");
  std::string text;
  char buffer[4096];
  while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, n);
  const int status = pclose(pipe);
  return {text, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

bool has_gnuplot() {
  static const bool found = shell("command -v gnuplot").second == 0;
  if (!found) WARN("gnuplot is not installed: pictures are not tested");
  return found;
}

int variable(const std::string& script, const std::string& name) {
  const std::size_t at = script.find("\n" + name + " = ");
  REQUIRE(at != std::string::npos);
  return std::atoi(script.c_str() + at + name.size() + 4);
}

unsigned big_endian(const std::string& bytes, std::size_t at) {
  unsigned value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

// A PNG of twice the size that its script asks for, two points a pixel, with more in it than an empty canvas.
void check_picture(const Figure& figure) {
  INFO(figure.name);
  const std::string bytes = read_text(figure.picture), script = read_text(figure.script);
  REQUIRE(bytes.size() > 4000);
  CHECK(bytes.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(big_endian(bytes, 16) == 2 * static_cast<unsigned>(variable(script, "width")));
  CHECK(big_endian(bytes, 20) == 2 * static_cast<unsigned>(variable(script, "height")));
}

// Every script again, by hand, where nothing but the figures folder is left.
void check_by_hand(const fs::path& folder) {
  FigureFolder elsewhere;
  fs::copy(folder / "figures", elsewhere.path, fs::copy_options::recursive);
  int scripts = 0;
  for (const auto& entry : fs::directory_iterator(elsewhere.path)) {
    if (entry.path().extension() != ".gp") continue;
    const fs::path picture = fs::path(entry.path()).replace_extension(".png");
    fs::remove(picture);
    // As at a terminal of today: in the C locale gnuplot 6 draws the same, after a warning.
    const auto [output, status] = shell("cd '" + elsewhere.path.string() + "' && LC_ALL=C.UTF-8 gnuplot '" +
                                        entry.path().filename().string() + "'");
    INFO(entry.path().filename().string());
    CHECK(output == "");
    CHECK(status == 0);
    CHECK(fs::exists(picture));
    ++scripts;
  }
  CHECK(scripts > 0);
}

void check_all(const std::vector<TrialRecord>& records, std::size_t count = kOfNetwork + kOfAll) {
  FigureFolder folder;
  write_results(folder.path, records);
  const std::vector<Figure> figures = write_figures(read_results(folder.path));
  CHECK(figures.size() == count);
  for (const Figure& figure : figures) {
    CHECK(fs::exists(figure.script));
    if (has_gnuplot()) check_picture(figure);
  }
  if (has_gnuplot()) check_by_hand(folder.path);
}

std::string error_of(const fs::path& folder) {
  try {
    write_figures(read_results(folder));
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("figures: completed, diverged, failed and timed-out trials, zero errors and NaN") {
  check_all(mixed_records());
}

TEST_CASE("figures: one trial of one optimizer, one epoch") { check_all({figure_trial("un", 0, 1)}); }

TEST_CASE("figures: nothing but trials that ended before their first epoch") {
  // Nothing has a time, so nothing is drawn against seconds.
  check_all({unfinished(figure_trial("un", 0, 3), Status::diverged, 0),
             unfinished(figure_trial("sgd", 0, 3), Status::failed, 0)},
            kOfNetwork - 1 + kOfAll);
}

TEST_CASE("figures: twenty optimizers, twenty trials", "[slow]") {
  std::vector<TrialRecord> records;
  for (int o = 0; o < 20; ++o)
    for (int t = 0; t < 20; ++t)
      records.push_back(figure_trial("optimizer-" + std::to_string(o), t, 5 + t % 3));
  check_all(records);
}

TEST_CASE("figures: SVG and PDF are written, another format is a usage error") {
  FigureFolder folder;
  write_results(folder.path, {figure_trial("un", 0, 3), figure_trial("un", 1, 3)});
  CHECK_THROWS_AS(write_figures(read_results(folder.path), "gif"), UsageError);
  for (const auto& [format, start] : {std::pair("svg", "<?xml"), std::pair("pdf", "%PDF")})
    for (const Figure& figure : write_figures(read_results(folder.path), format)) {
      if (!has_gnuplot()) return;
      CHECK(figure.picture.extension() == std::string(".") + format);
      CHECK(read_text(figure.picture).starts_with(start));
    }
}

TEST_CASE("figures: networks and data sets have figures of their own") {
  std::vector<TrialRecord> records;
  for (const char* const dataset : {"mnist", "kmnist"})
    for (const char* const network : {"archbn-2", "mlp:8-4+bias", "mlp:8-4/bias"}) {
      records.push_back(figure_trial("un", 0, 2));
      records.back().spec.dataset = dataset, records.back().spec.network = network;
    }
  FigureFolder folder;
  write_results(folder.path, records);
  const auto figures = write_figures(read_results(folder.path));
  CHECK(figures.size() == 6 * kOfNetwork + kOfAll);
  named(figures, "learning_curves_mnist_archbn-2");
  named(figures, "learning_curves_kmnist_mlp_8-4_bias");
  named(figures, "learning_curves_kmnist_mlp_8-4_bias-2");
}

TEST_CASE("figures: text is UTF-8 where every code point has its one short form") {
  for (const char* text : {"", "plain", "λ", "€", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "𝄞",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(is_utf8(text));
  for (const char* text :
       {"\xff", "\x80", "a\xCE", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
        "\xE2\x28\xA1", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"})
    CHECK_FALSE(is_utf8(text));
}

TEST_CASE("figures: hostile names are text, never commands", "[slow]") {
  FigureFolder folder;
  const std::string mark = folder.path / "executed";
  std::vector<TrialRecord> records;
  for (const std::string& name :
       {"a`touch " + mark + "1`", "b$(touch " + mark + "2)", "c'; system('touch " + mark + "3') #",
        "d'.system('touch " + mark + "4').'", "\"; !touch " + mark + "5", std::string("ends in \\"),
        std::string("@macro %s %n {x_1}^2"), std::string("}{"), std::string("two\nlines, \"quoted\""),
        std::string("not UTF-8 \xff"), std::string("")})
    for (int t = 0; t < 2; ++t) {
      records.push_back(figure_trial(name, t, 3, "x=" + name));
      records.back().spec.network = "../n" + name;
      records.push_back(figure_trial(name, t, 3));
    }
  write_results(folder.path, records);
  const auto figures = write_figures(read_results(folder.path));
  CHECK(figures.size() == 12 * kOfNetwork + kOfAll);
  for (const Figure& figure : figures) CHECK(figure.script.parent_path() == folder.path / "figures");
  for (int i = 1; i <= 5; ++i) CHECK_FALSE(fs::exists(mark + std::to_string(i)));
}

TEST_CASE("figures: a missing or malformed table is one line that names it") {
  FigureFolder folder;
  CHECK(error_of(folder.path).find("trials.csv") != std::string::npos);
  const std::vector<TrialRecord> records = {figure_trial("un", 0, 3), figure_trial("un", 1, 3)};
  for (const char* const file : {"trials.csv", "epochs.csv", "search.csv", "summary.csv", "timings.csv"}) {
    write_results(folder.path, records);
    const std::string good = read_text(folder.path / file);
    const std::size_t row = good.find('\n') + 1;
    const std::string cut = good.substr(0, good.size() - 3), header = good.substr(0, row - 1);
    std::string unknown = good;
    unknown.replace(unknown.find(",un,", row), 4, ",xx,");
    const bool trials = file == std::string("trials.csv");
    for (const std::string& bad :
         {good + "a,b\n", std::string("a,b\n1,2\n"), std::string(), trials ? header + "\n" : unknown}) {
      write_text(folder.path / file, bad);
      const std::string message = error_of(folder.path);
      INFO(file << " " << bad.substr(0, 60) << " : " << message);
      CHECK(message.find(trials ? "csv" : file) != std::string::npos);
      CHECK(message.find('\n') == std::string::npos);
    }
    fs::remove(folder.path / file);
    if (file == std::string("timings.csv"))
      CHECK(write_figures(read_results(folder.path)).size() == kOfNetwork - 1 + kOfAll);
    else
      CHECK(error_of(folder.path).find(file) != std::string::npos);
  }
}

TEST_CASE("figures: without gnuplot scripts and data are written, and no picture is promised") {
  FigureFolder folder, empty;
  write_results(folder.path, {figure_trial("un", 0, 3)});
  const char* const old = std::getenv("PATH");
  const std::string path = old ? old : "";
  setenv("PATH", empty.path.c_str(), 1);
  const auto figures = write_figures(read_results(folder.path));
  setenv("PATH", path.c_str(), 1);
  CHECK(figures.size() == kOfNetwork + kOfAll);
  for (const Figure& figure : figures) {
    CHECK(figure.picture.empty());
    CHECK(fs::exists(figure.script));
    CHECK(fs::exists(fs::path(figure.script).replace_extension(".dat")));
  }
}

TEST_CASE("figures: gnuplot is started in a locale that has the scripts' letters, whatever the caller's") {
  FigureFolder folder;
  const fs::path program = folder / "gnuplot";
  std::ofstream(program) << "#!/bin/sh\nprintf '%s' \"$LC_ALL\" > locale\n";
  fs::permissions(program, fs::perms::owner_all);
  const char* const old = std::getenv("PATH");
  const std::string path = old ? old : "";
  setenv("PATH", (folder.path.string() + ":" + path).c_str(), 1);
  setenv("LC_ALL", "C", 1);
  const bool ran = run_gnuplot(folder.path, "any.gp");
  unsetenv("LC_ALL");
  setenv("PATH", path.c_str(), 1);
  REQUIRE(ran);
  CHECK(read_text(folder / "locale") == "C.UTF-8");
}

TEST_CASE("figures: where gnuplot fails, its message is in the error") {
  if (!has_gnuplot()) return;
  FigureFolder folder;
  std::ofstream(folder / "bad.gp") << "set output 'nowhere/at.png'\nset terminal png\nplot 1\n";
  std::string message;
  try {
    run_gnuplot(folder.path, "bad.gp");
  } catch (const UserError& error) {
    message = error.what();
  }
  INFO(message);
  CHECK(message.find("bad.gp") != std::string::npos);
  CHECK(message.find("cannot open file") != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE(
    "figures: a picture is drawn beside its place and renamed: a link there is replaced, never followed") {
  if (!has_gnuplot()) return;
  FigureFolder folder;
  write_results(folder.path, {figure_trial("un", 0, 3)});
  const fs::path picture = folder.path / "figures" / "summary.png", precious = folder / "precious";
  std::ofstream(precious) << "of someone else";
  fs::create_directories(picture.parent_path());
  fs::create_symlink(precious, picture);
  REQUIRE(error_of(folder.path) == "no error");
  CHECK(read_text(precious) == "of someone else");
  CHECK(fs::is_regular_file(fs::symlink_status(picture)));
  for (const auto& entry : fs::directory_iterator(picture.parent_path()))
    CHECK(entry.path().filename().string()[0] != '.');
  fs::remove(picture);
  fs::create_directories(picture);
  CHECK(error_of(folder.path) == "cannot write " + picture.string() + ": Is a directory");
  fs::rename(folder / "figures", folder / "elsewhere");
  fs::create_directory_symlink(folder / "elsewhere", folder / "figures");
  CHECK(error_of(folder.path).find("expected a folder, found a link to one") != std::string::npos);
}

TEST_CASE("figures: a picture that breaks off is an error, and the one before it stays") {
  if (!has_gnuplot()) return;
  FigureFolder folder;
  write_results(folder.path, {figure_trial("un", 0, 3)});
  const Results results = read_results(folder.path);
  const std::string path = std::getenv("PATH");
  // gnuplot as it ends on a full disk, without a word and with status 0; and one that is killed.
  const auto with_gnuplot = [&](const std::string& then, const std::string& format) {
    const fs::path program = folder / "gnuplot";
    std::ofstream(program) << "#!/bin/sh\nPATH='" + path + "'; file=$(printf '%s' \"$3\" | cut -d\\' -f2)\n" +
                                  "gnuplot \"$@\" || exit\n" + then + "\n";
    fs::permissions(program, fs::perms::owner_all);
    setenv("PATH", (folder.path.string() + ":" + path).c_str(), 1);
    std::string message = "no error";
    try {
      write_figures(results, format);
    } catch (const UserError& error) {
      message = error.what();
    }
    setenv("PATH", path.c_str(), 1);
    return message;
  };
  for (const std::string format : {"png", "svg", "pdf"}) {
    INFO(format);
    REQUIRE(with_gnuplot("", format) == "no error");
    const fs::path first = folder.path / "figures" / ("learning_curves_archbn-2." + format);
    const std::string whole = read_text(first);
    for (const char* cut : {"truncate -s -1 \"$file\"", "truncate -s -13 \"$file\"",
                            "truncate -s 5000 \"$file\"", ": >\"$file\"", "rm \"$file\"", "kill -9 $$"}) {
      if (format != "png" && std::string(cut).find("-1 ") != std::string::npos)
        continue;  // a last line's end
      INFO(cut);
      const std::string message = with_gnuplot(cut, format);
      INFO(message);
      CHECK(message.starts_with("gnuplot: " + first.parent_path().string()));
      CHECK((message.find("expected a ") != std::string::npos ||
             message.find("ended by signal 9") != std::string::npos));
      CHECK(read_text(first) == whole);
      for (const auto& entry : fs::directory_iterator(first.parent_path()))
        CHECK(entry.path().filename().string()[0] != '.');
    }
  }
  // Bytes that are lost in the middle, where a disk was full for a moment.
  CHECK(with_gnuplot("head -c 3000 \"$file\" >short; tail -c +3500 \"$file\" >>short; mv short \"$file\"",
                     "png")
            .find("breaks off or is damaged") != std::string::npos);
}

TEST_CASE("figures: gnuplot reads back every text as it is quoted, whatever stands at its ends") {
  if (!has_gnuplot()) return;
  FigureFolder folder;
  std::string script, expected;
  for (const char* text : {"'", "''", "'''", "'a", "a'", "''a''", "a''b", "a'''b'c", "it's", "\"",
                           "'\"`date`\\n$x%s'", "\\", "a\\", "'\\'", "é'é", "#'x", "-e"}) {
    script += fmt::format("x = {0}\narray y[2]\ny[2] = {0}\nprint x, '|', y[2], '|'\n", gnuplot_quote(text));
    expected += fmt::format("{0} | {0} |\n", text);
  }
  std::ofstream(folder / "-e.gp") << "set encoding utf8\n" << script;
  const auto [output, status] =
      shell("cd '" + folder.path.string() + "' && LC_ALL=C.UTF-8 gnuplot -d ./-e.gp");
  CHECK(status == 0);
  CHECK(output == expected);
  CHECK(run_gnuplot(folder.path, "-e.gp"));  // a name that looks like an option is a file's
}

TEST_CASE("figures: the name of a study's figure begins with no dash and no dot") {
  for (const char* name : {"-o", "--help", ".x", "a/b", "a b", ""}) {
    INFO(name);
    FigureFolder folder;
    LineTable table;
    table.figure({name, "title", "caption"});
    table.panel({.title = "panel"});
    table.write(folder.path);
    CHECK(error_of(folder.path).find("the first of them no '-' or '.'") != std::string::npos);
  }
}

TEST_CASE("figures: text is quoted, shortened and wrapped by characters") {
  CHECK(gnuplot_quote("it's `x` \"y\" \\") == "'it'.\"\\047\".'s `x` \"y\" \\'");
  CHECK(gnuplot_quote("a\nb\tc\x7f") == "'a b c '");
  CHECK(gnuplot_quote("é ±") == "'é ±'");
  CHECK(gnuplot_quote("\xc3(é") == std::string("'?(?") + "?'");
  CHECK(text_length("é±a") == 3);
  CHECK(shorten("ééé", 3) == "ééé");
  CHECK(shorten("abcdéfghij", 7) == "abcd…ij");
  CHECK(wrap("aa bb cc", 5) == std::vector<std::string>{"aa bb", "cc"});
  CHECK(wrap("aaaaaaaa b", 5) == std::vector<std::string>{"aaaaaaaa", "b"});
  CHECK(wrap("", 5) == std::vector<std::string>{""});
}

TEST_CASE(
    "figures: blocks of data are counted as gnuplot counts them, also empty ones and empty lines in a row") {
  DataBlocks data;
  data.begin("first");
  data.gap();
  data.row({1, 2});
  data.gap();
  data.gap();
  data.row({3, std::numeric_limits<double>::infinity()});
  data.gap();
  data.begin("second");
  data.begin("third");
  data.row({5});
  const auto found = blocks(data.text());
  REQUIRE(found.size() == 3);
  CHECK(found[0].size() == 2);
  CHECK(std::isnan(found[0][1][1]));
  CHECK(std::isnan(found[1].at(0).at(0)));
  CHECK(found[2] == std::vector<std::vector<double>>{{5}});
}
