// test_run_options.cpp — how to run: read from the command line, and written back into the command that goes
// on.
#include "experiments/session/run_options.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

namespace po = boost::program_options;

RunOptions parse(const std::vector<std::string>& arguments) {
  po::variables_map given;
  po::options_description options = run_options();
  options.add_options()("argument", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("argument", -1);
  po::store(po::command_line_parser(arguments).options(options).positional(positional).run(), given);
  return read_run_options(given);
}

// As a shell would, of words without quotes.
std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> list;
  for (size_t begin = 0; begin < line.size();) {
    const size_t end = std::min(line.find(' ', begin), line.size());
    list.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return list;
}

}  // namespace

TEST_CASE("run options: the defaults run everything, with checkpoints and without a time limit") {
  const RunOptions o = parse({});
  CHECK(o.control.timeout == 0);
  CHECK(o.control.checkpoint_every == 60);
  CHECK(!o.control.retry_failed);
  CHECK(!o.control.fail_fast);
  CHECK(!o.control.keep_parameters);
  CHECK(!o.shard);
  CHECK(resume_command("run", "out/x", o) == "symopt run out/x/config.ini --out out/x");
}

TEST_CASE("run options: the command that goes on reads back to the same options") {
  const RunOptions o = parse({"--timeout", "12.5", "--checkpoint", "0", "--retry-failed", "--fail-fast",
                              "--export", "--shard", "2/7", "--jobs", "3", "--data", "/data"});
  const std::string line = resume_command("run", "/out/x", o);
  const std::vector<std::string> all = words(line);
  REQUIRE(all.size() > 3);
  CHECK(all[1] == "run");
  const RunOptions again = parse({all.begin() + 2, all.end()});
  CHECK(again.out == "/out/x");
  CHECK(again.data == "/data");
  CHECK(again.jobs == 3);
  CHECK(again.control.timeout == 12.5);
  CHECK(again.control.checkpoint_every == 0);
  CHECK(again.control.retry_failed);
  CHECK(again.control.keep_parameters);
  CHECK(again.control.fail_fast);
  REQUIRE(again.shard);
  CHECK(again.shard->text() == "2/7");
}

TEST_CASE("run options: what is out of range or at odds is refused") {
  CHECK(contains(error_of([] { parse({"--timeout", "-1"}); }), "option 'timeout': expected 0 to"));
  CHECK(contains(error_of([] { parse({"--checkpoint", "often"}); }), "option 'checkpoint'"));
  CHECK(contains(error_of([] { parse({"--shard", "3"}); }), "option 'shard': expected i/n"));
  CHECK(contains(error_of([] { parse({"--shard", "1/2", "--fresh"}); }), "'--fresh' and '--shard'"));
  CHECK(contains(error_of([] { parse({"--resume", "--fresh"}); }), "'--fresh' and '--resume'"));
}

TEST_CASE("run options: a word for the shell is itself, or in quotes") {
  CHECK(shell_word("/out/x_1-2.ini") == "/out/x_1-2.ini");
  CHECK(shell_word("a folder") == "'a folder'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("$HOME;x") == "'$HOME;x'");
  CHECK(shell_word("") == "''");
}
