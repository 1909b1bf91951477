// test_command_line.cpp — what a mistyped command line says: one line, the nearest valid name, status 2, and
// nothing written.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/network/start.hpp"
#include "core/symmetry/group.hpp"
#include "core/text.hpp"
#include "experiments/commands/command.hpp"
#include "experiments/commands/help.hpp"
#include "experiments/plan/request.hpp"
#include "experiments/terminal/plain_text.hpp"
#include "experiments/terminal/progress.hpp"
#include "plots/figures/gnuplot.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command_runs.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

Ended run(const std::vector<std::string>& arguments) {
  const ScratchFolder folder;
  const Ended ended = symopt_in(folder.path, arguments);
  CHECK(fs::is_empty(folder.path));
  return ended;
}

// One line on stderr that starts with the program's name, nothing on stdout.
std::string refusal(const std::vector<std::string>& arguments, int status) {
  const Ended ended = run(arguments);
  std::string command;
  for (const std::string& a : arguments) command += " " + a;
  INFO("symopt" << command << ": " << ended.error);
  CHECK(ended.status == status);
  CHECK(ended.out.empty());
  CHECK(ended.error.starts_with("symopt: "));
  CHECK(std::count(ended.error.begin(), ended.error.end(), '\n') == 1);
  CHECK(ended.error.ends_with('\n'));
  return ended.error;
}

}  // namespace

TEST_CASE("command line: an unknown command, option or name is refused with the nearest valid one") {
  struct Case {
    std::vector<std::string> arguments;
    std::string nearest;
  };
  const std::vector<Case> cases = {
      {{"runn"}, "'run'"},
      {{"help", "lst"}, "'list'"},
      {{"run", "papper"}, "'paper'"},
      {{"run", "paper", "--trails", "3"}, "'--trials'"},
      {{"run", "paper", "--trial", "3"}, "'--trials'"},  // no guessing by prefix
      {{"run", "paper", "--max-epoch=3"}, "'--max-epochs'"},
      {{"run", "paper", "--dataset", "mnits"}, "'mnist'"},
      {{"run", "paper", "--annealing", "cosin"}, "'cosine'"},
      {{"run", "paper", "--start", "balancd"}, "'balanced'"},
      {{"list", "optimisers"}, "'optimizers'"},
      {{"plot", ".", "--format", "pgn"}, "'png'"},
      {{"plot", ".", "--fromat", "png"}, "'--format'"},
  };
  for (const Case& c : cases) CHECK(contains(refusal(c.arguments, 2), "did you mean " + c.nearest + "?"));
}

TEST_CASE("command line: a value out of range or of another kind is refused with option, range and value") {
  CHECK(refusal({"run", "paper", "--trials", "0"}, 2) ==
        "symopt: option 'trials': expected 1 to 100000, found 0\n");
  CHECK(contains(refusal({"run", "paper", "--trials", "many"}, 2), "expected an integer, found 'many'"));
  CHECK(contains(refusal({"run", "paper", "--jobs", "-1"}, 2), "'jobs': expected 0 to 4096, found -1"));
  CHECK(contains(refusal({"run", "paper", "--search", "perhaps"}, 2), "expected true or false"));
  // Of several values the last one counts, which is what is wrong here.
  CHECK(contains(refusal({"run", "paper", "--trials", "1", "--trials", "0"}, 2), "found 0"));
  CHECK(
      contains(refusal({"run", "paper", "--trials"}, 2), "option '--trials': expected a value, found none"));
  CHECK(
      contains(refusal({"run", "paper", "--trials="}, 2), "option '--trials': expected a value, found none"));
  CHECK(
      contains(refusal({"run", "paper", "--quick=1"}, 2), "option '--quick': expected no value, found one"));
  CHECK(contains(refusal({"bench", "--epochs", "many"}, 2), "'epochs': expected an integer, found 'many'"));
  CHECK(contains(refusal({"bench", "--epochs", "0"}, 2), "'epochs': expected 1 to 1000, found 0"));
}

TEST_CASE("command line: every option of a request is one of run's, and refuses a bad value by its name") {
  for (const OptionInfo& option : request_options()) {
    if (option.range == "any" || option.name == "experiment") continue;
    CHECK(contains(refusal({"run", "paper", "--" + option.name, "?"}, 2), "'" + option.name + "'"));
  }
}

TEST_CASE("command line: the experiment is the argument, and no option may say another") {
  CHECK(contains(refusal({"run", "paper", "--experiment", "natural"}, 2), "unknown option '--experiment'"));
}

TEST_CASE("command line: an error is one line of text, whatever a name holds") {
  CHECK(contains(refusal({"run", "pa\nper"}, 2), "unknown experiment 'pa\\nper'; did you mean 'paper'?"));
  CHECK(contains(refusal({"run", "pa\033[31mper"}, 2), "'pa\\x1b[31mper'"));
  CHECK(contains(refusal({"report", "no\r\twhere"}, 1), "no\\x0d\\twhere"));
  CHECK(contains(refusal({"run", "ünbekannt"}, 2), "'ünbekannt'"));
}

TEST_CASE("terminal: control characters of C0 and C1 are shown, never sent, and other text stays as it is") {
  CHECK(plain_lines("a\x1b[2Jb\x07\x7f\r\tc\n") == "a\\x1b[2Jb\\x07\\x7f\\x0d\\tc\n");
  CHECK(plain_lines("\xc2\x9b"
                    "31m") == "\\xc2\\x9b31m");
  CHECK(plain_lines("\x9b"
                    "31m \xe2\x88") == "\\x9b31m \\xe2\\x88");
  CHECK(plain_lines("é − 語 🙂 \xc2\xa0") == "é − 語 🙂 \xc2\xa0");
  CHECK(one_line("two\nlines") == "two\\nlines");
}

TEST_CASE("terminal: a word or a line that nobody would read to its end is shortened, its ends stay") {
  const std::string word = "begin" + std::string(100000, 'x') + "end";
  const std::string line = one_line("unknown name '" + word + "' of " + word);
  CHECK(line.size() < 2100);
  CHECK(line.starts_with("unknown name 'beginxxx"));
  CHECK(contains(line, "xend' of begin"));
  CHECK(one_line(std::string(1000, 'y')) == std::string(1000, 'y'));
  std::string many;
  for (int i = 0; i < 100000; ++i) many += "ab ";
  CHECK(one_line(many).size() < 8100);
}

TEST_CASE("terminal: passwords of addresses are not shown, whatever they hold") {
  CHECK(without_passwords("from https://me:secret@host/x?y, then") == "from https://…@host/x?y, then");
  CHECK(without_passwords("https://me:se/cr@et@host/x http://a:b@c") == "https://…@host/x http://…@c");
  CHECK(without_passwords("https://host/x, http://other") == "https://host/x, http://other");
  CHECK(without_passwords("a@b: https://host") == "a@b: https://host");
  CHECK(contains(refusal({"data", "fetch", "mnist", "--mirror", "ftp://me:secret@x"}, 2), "found '…@…'"));
}

TEST_CASE("command line: arguments that are missing, too many or at odds are refused") {
  CHECK(contains(refusal({"run"}, 2), "found 0"));
  CHECK(contains(refusal({"run", "paper", "again"}, 2), "found 2"));
  CHECK(contains(refusal({"run", "paper", "--fresh", "--resume"}, 2), "'--fresh' and '--resume'"));
  CHECK(contains(refusal({"plot"}, 2), "found 0"));
  CHECK(contains(refusal({"version", "now"}, 2), "'now'"));
  CHECK(contains(refusal({"bench", "now"}, 2), "'now'"));
}

TEST_CASE("command line: without arguments the overview is shown, with status 2, and asked for, with 0") {
  const Ended nothing = run({}), asked = run({"--help"});
  CHECK(nothing.status == 2);
  CHECK(asked.status == 0);
  CHECK(asked.out == nothing.out);
  for (const Command& command : command_registry()) CHECK(contains(asked.out, "\n  " + command.name + " "));
}

TEST_CASE("command line: every command has help with usage, options and an example that starts with symopt") {
  for (const Command& command : command_registry()) {
    INFO(command.name);
    const Ended option = run({command.name, "--help"}), word = run({"help", command.name});
    CHECK(option.status == 0);
    CHECK(option.error.empty());
    CHECK(option.out == word.out);
    CHECK(option.out.starts_with("usage: symopt " + command.name));
    CHECK(contains(option.out, "examples:\n"));
    CHECK(contains(option.out.substr(option.out.find("examples:")), "symopt " + command.name));
  }
}

TEST_CASE("command line: run's help has every option with range and default") {
  const std::string help = run({"run", "--help"}).out;
  for (const OptionInfo& option : request_options()) {
    INFO(option.name);
    CHECK(contains(help, "--" + option.name + " ") == (option.name != "experiment"));
  }
  CHECK(contains(help_text(run_command(), 0), "(1 to 100000; default 10)"));
  // Nothing is said of a range that is not one, or of a default that is empty.
  CHECK_FALSE(contains(help, "(any"));
  CHECK_FALSE(contains(help, "default )"));
  const std::size_t own = help.find("\noptions:\n"), runs = help.find("\nwhat runs:\n"),
                    protocol = help.find("\nits protocol:\n");
  CHECK(own < help.find("\n  --jobs "));
  CHECK(help.find("\n  --jobs ") < runs);
  CHECK(runs < help.find("\n  --trials "));
  CHECK(help.find("\n  --trials ") < protocol);
  CHECK(protocol < help.find("\n  --batch "));
}

TEST_CASE("command line: help keeps to the columns it is given, its examples apart") {
  for (const int columns : {80, 100}) {
    std::string text = overview(columns);
    for (const Command& command : command_registry()) {
      const std::string help = help_text(command, columns);
      text += help.substr(0, help.find("\nexamples:"));
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(text_length(line) <= columns);
      CHECK_FALSE(line.ends_with(' '));
    }
  }
}

TEST_CASE("command line: a text hangs by its indent, breaks between words and loses none") {
  CHECK(hanging("  a  bb ccc dd", 4, 9) == "  a  bb\n    ccc\n    dd");
  CHECK(hanging("  a  bb ccc dd", 4, 0) == "  a  bb ccc dd");
  CHECK(hanging("λ λ λ λ", 1, 3) == "λ λ\n λ\n λ");
  CHECK(hanging("a verylongword b", 2, 6) == "a\n  verylongword\n  b");
  CHECK(hanging("", 2, 6).empty());
  CHECK(hanging_rows({{"a", "one two"}, {"bcd", "three"}}, 0) == "  a    one two\n  bcd  three\n");
  CHECK(hanging_rows({{"a", "one two"}, {"bcd", "three"}}, 12) == "  a    one\n       two\n  bcd  three\n");
}

TEST_CASE("command line: list shows every registry, and version the build") {
  const Ended all = run({"list"});
  CHECK(all.status == 0);
  for (const OptimizerEntry& entry : optimizer_registry()) CHECK(contains(all.out, "  " + entry.name + " "));
  for (const OptionInfo& option : request_options()) CHECK(contains(all.out, option.name + " = "));
  for (const StartEntry& entry : start_registry()) CHECK(contains(all.out, "  " + entry.name + " "));
  for (const GroupEntry& entry : group_registry()) CHECK(contains(all.out, "  " + entry.name + " "));
  // An optimizer in one line, with source and options where it is named, all of them where that is asked for.
  const std::string lines = run({"list", "optimizers"}).out,
                    named = run({"list", "optimizers", "un", "sam+sgd"}).out,
                    whole = run({"list", "optimizers", "all"}).out;
  CHECK(std::count(lines.begin(), lines.end(), '\n') < static_cast<long>(optimizer_registry().size()) + 12);
  CHECK_FALSE(contains(lines, "retraction"));
  CHECK(contains(named, "retraction"));
  CHECK(contains(named, "rho = 0.05"));
  CHECK_FALSE(contains(named, "  adam "));
  for (const OptimizerEntry& entry : optimizer_registry()) {
    CHECK(contains(lines, "  " + entry.name + " "));
    CHECK(contains(whole, "  " + entry.name + "  " + entry.title));
  }
  const Ended wrong = run({"list", "optimizers", "un", "adm"});
  CHECK(wrong.status == 2);
  CHECK(wrong.out == "");
  CHECK(contains(wrong.error, "'adam'"));
  const std::string one = run({"list", "schedules"}).out;
  CHECK(contains(one, "bold-driver"));
  CHECK_FALSE(contains(one, "b-sgd"));
  CHECK(contains(run({"version"}).out, "compiler"));
  CHECK(run({"--version"}).out == run({"version"}).out);
}

TEST_CASE("command line: data that is not there is said in one line, with status 1") {
  const std::string error = refusal({"run", "paper", "--dataset", "mnist", "--data", "nowhere"}, 1);
  CHECK(contains(error, "data set 'mnist': nowhere"));
  CHECK(contains(refusal({"plot", "nowhere"}, 1), "nowhere"));
}

TEST_CASE("command line: unknown names are refused before data is looked at") {
  const std::vector<std::string> run = {"run", "paper", "--dataset", "mnist", "--data", "nowhere"};
  const auto with = [&](const std::string& option, const std::string& value) {
    std::vector<std::string> arguments = run;
    arguments.insert(arguments.end(), {option, value});
    return refusal(arguments, 2);
  };
  CHECK(contains(with("--optimizers", "sdg"), "unknown optimizer 'sdg'; did you mean 'sgd'?"));
  CHECK(contains(with("--networks", "archbn2"), "unknown network 'archbn2'; did you mean 'archbn-2'?"));
}

TEST_CASE("configuration file: what is wrong with it is said with its name and, where it has one, its line") {
  const ScratchFolder folder;
  const auto error = [&](const std::string& text) {
    write_text(folder / "my.ini", text);
    const std::string line = refusal({"run", (folder / "my.ini").string()}, 2);
    CHECK(contains(line, "my.ini"));
    return line;
  };
  CHECK(contains(error("trials = 0\n"), "option 'trials': expected 1 to 100000, found 0"));
  CHECK(contains(error("trails = 3\n"), "did you mean 'trials'?"));
  CHECK(contains(error("experiment = papper\n"), "did you mean 'paper'?"));
  CHECK(contains(error("seed = 1\ntrials = 3\nseed = 2\n"), "option 'seed': expected once, found twice"));
  CHECK(contains(error("trials = 3\nand then\n"), "line 2: expected key = value"));
  CHECK(contains(error(""), "expected options, found none"));
  CHECK(contains(error("# nothing\n"), "expected options, found none"));
  CHECK(contains(error("halving = 2\n"),
                 "found one of a tuning, which is for `symopt tune` and `symopt plan`"));
  CHECK(contains(error(std::string("\x7f"
                                   "ELF\x02") +
                       std::string(1000000, '\0') + "="),
                 "line 1: expected key"));
  CHECK(error(std::string(1000000, 'x')).size() < 400);
  CHECK(contains(refusal({"run", "nowhere.ini"}, 1), "configuration: nowhere.ini: expected a file"));
  CHECK(contains(refusal({"run", folder.path.string()}, 2), "found a folder"));
  write_text(folder / "my.ini", "trials = 3\n");
  CHECK(contains(refusal({"run", (folder / "my.ini").string(), "--quick"}, 2), "'--quick'"));
}

TEST_CASE("configuration file: one that has an experiment's name does not stand in for the experiment") {
  const ScratchFolder folder;
  write_text(folder / "paper", "this is no configuration\n");
  const Ended by_name = symopt_in(folder.path, {"run", "paper", "--trials", "0"});
  CHECK(contains(by_name.error, "option 'trials'"));
  const Ended by_path = symopt_in(folder.path, {"run", "./paper"});
  CHECK(contains(by_path.error, "expected key = value"));
}

TEST_CASE("progress: text is cut between characters, never within one") {
  const std::string text = "a±日b";
  CHECK(first_characters(text, 0).empty());
  CHECK(first_characters(text, 1) == "a");
  CHECK(first_characters(text, 2) == "a±");
  CHECK(first_characters(text, 3) == "a±日");
  CHECK(first_characters(text, 4) == text);
  CHECK(first_characters(text, 100) == text);
}

TEST_CASE("progress: seconds as a clock") {
  CHECK(clock_text(0.4) == "0:00");
  CHECK(clock_text(59.6) == "1:00");
  CHECK(clock_text(245) == "4:05");
  CHECK(clock_text(3723) == "1:02:03");
}
