// test_configuration.cpp — config.ini: what is written reads back, what cannot be meant is named.
#include "results/store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

Configuration read_back(const std::string& text) {
  ScratchFolder folder;
  write_text(folder / "config.ini", text);
  return read_configuration(folder / "config.ini");
}

}  // namespace

TEST_CASE("configuration: any values read back, in their order, doubled keys too") {
  Stream stream(8);
  for (int round = 0; round < 300; ++round) {
    Configuration configuration;
    for (std::uint64_t n = stream.below(6); n > 0; --n)
      configuration.emplace_back(std::string(1, static_cast<char>('a' + stream.below(3))),
                                 any_record(stream).message);
    CHECK(read_back(to_ini(configuration, "any\nheading")) == configuration);
  }
}

TEST_CASE("configuration: values that look like comments, quotes or blanks read back") {
  const Configuration configuration = {{"a", ""},     {"b", " x "},   {"c", "# no"},         {"d", "x # y"},
                                       {"e", "x#y"},  {"f", "\"q\""}, {"g", "C:\\x"},        {"h", "x=y"},
                                       {"i", "; x"},  {"j", "[x]"},   {"k", "\xef\xbb\xbf"}, {"l", "x\\"},
                                       {"set", "lr"}, {"set", "m"},   {"m", "\t#"}};
  CHECK(read_back(to_ini(configuration, "")) == configuration);
}

TEST_CASE("configuration: what people write is understood") {
  const Configuration expected = {
      {"trials", "10"}, {"optimizers", "un, sgd"}, {"name", "a # b"}, {"empty", ""}};
  CHECK(read_back("\xef\xbb\xbf# comment\r\n; comment\r\n\r\n  trials=10  # ten\r\noptimizers = un, sgd\r\n"
                  "name = \"a # b\" # quoted\r\nempty =\r\n") == expected);
  CHECK(read_back("trials = 10\noptimizers=un, sgd\nname=\"a # b\"\nempty=#") ==
        Configuration{{"trials", "10"}, {"optimizers", "un, sgd"}, {"name", "a # b"}, {"empty", ""}});
}

TEST_CASE("configuration: a malformed line is named with file and line, exit status 2") {
  ScratchFolder folder;
  for (const std::string line : {"trials", "[section]", "= 3", "a = \"x", "a = \"x\" y", "a = \"\\q\""}) {
    write_text(folder / "config.ini", "# first\n" + line + "\n");
    const std::string error = error_of([&] { read_configuration(folder / "config.ini"); });
    CAPTURE(line, error);
    CHECK(contains(error, "config.ini: line 2: expected"));
    CHECK_THROWS_AS(read_configuration(folder / "config.ini"), UsageError);
  }
}

TEST_CASE(
    "configuration: a folder from before an option was there had its default, and any other value is "
    "refused") {
  const Configuration older = {{"batch", "100"}}, now = {{"batch", "100"}, {"last-batch", "keep"}},
                      other = {{"batch", "100"}, {"last-batch", "drop"}};
  ScratchFolder folder;
  claim_folder(folder / "out", older, "", {});
  CHECK(contains(error_of([&] { claim_folder(folder / "out", other, "", {}); }),
                 "key last-batch: expected 'drop' as asked, found nothing in the folder"));
  CHECK(error_of([&] { claim_folder(folder / "out", now, "", {}); }).empty());
  CHECK(read_configuration(folder / "out" / "config.ini") == now);
  CHECK(contains(error_of([&] { claim_folder(folder / "out", other, "", {}); }),
                 "key last-batch: expected 'drop' as asked, found 'keep' in the folder"));
}

TEST_CASE("configuration: a missing file is named") {
  CHECK(contains(error_of([] { read_configuration("/nowhere/config.ini"); }), "/nowhere/config.ini"));
}

TEST_CASE("configuration: keys that could not be read back are refused") {
  for (const std::string key : {"", " a", "a=b", "#a", ";a", "[a", "a\nb", "a\tb", "a\x7f"})
    CHECK(contains(error_of([&] { to_ini({{key, "1"}}, ""); }), "key"));
}
