// test_csv.cpp — tables as text and back.
#include <bit>
#include <cmath>

#include "results/csv.hpp"
#include "results/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

std::string error_of_table(const std::string& text) {
  ScratchFolder folder;
  write_text(folder / "t.csv", text);
  return error_of([&] { read_csv(folder / "t.csv"); });
}

}  // namespace

TEST_CASE("csv: any fields read back, one column or many") {
  Stream stream(4);
  ScratchFolder folder;
  for (int round = 0; round < 200; ++round) {
    const std::size_t columns = 1 + stream.below(4);
    std::vector<std::vector<std::string>> rows(1 + stream.below(5), std::vector<std::string>(columns));
    std::string header(1, 'a');
    for (std::size_t c = 1; c < columns; ++c) header += std::string(",") + static_cast<char>('a' + c);
    CsvText csv(header);
    for (auto& row : rows) {
      for (std::string& field : row) csv << (field = any_record(stream).message);
      csv.end_row();
    }
    write_text(folder / "t.csv", csv.text());
    const CsvTable table = read_csv(folder / "t.csv");
    CHECK(table.header.size() == columns);
    CHECK(table.rows == rows);
  }
}

TEST_CASE("csv: RFC 4180, with line feeds or with carriage returns too") {
  CsvText csv("h");
  csv << "a"
      << "b,c"
      << "say \"x\""
      << "two\nlines"
      << "";
  CHECK(csv.text() == "h\na,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\",");
  ScratchFolder folder;
  for (const std::string text : {"x,y\r\n1,\"2\"\r\n,\r\n", "x,y\n1,2\n,"}) {
    write_text(folder / "t.csv", text);
    const CsvTable table = read_csv(folder / "t.csv");
    CHECK(table.header == std::vector<std::string>{"x", "y"});
    CHECK(table.rows == std::vector<std::vector<std::string>>{{"1", "2"}, {"", ""}});
  }
}

TEST_CASE("csv: numbers are the shortest that read back") {
  CHECK(csv_number(0.1) == "0.1");
  CHECK(csv_number(1e-5) == "1e-05");
  CHECK(csv_number(-0.0) == "-0");
  CHECK(csv_number(std::nan("")) == "nan");
  CHECK(csv_number(-std::nan("")) == "nan");
  CHECK(csv_number(-INFINITY) == "-inf");
}

TEST_CASE("csv: a row of another length is named with file, line, expected and found") {
  const std::string error = error_of_table("a,b\n1,\"two\nlines\"\n1,2,3\n");
  for (const std::string part : {"t.csv", "line 4", "expected 2 fields", "found 3"})
    CHECK(contains(error, part));
}

TEST_CASE("csv: malformed files are errors with their line") {
  CHECK(contains(error_of_table(""), "empty"));
  CHECK(contains(error_of_table("a,b\n1,\"2\n"), "closing quote"));
  CHECK(contains(error_of_table("a,b\n1,\"2\"x\n"), "line 2"));
  CHECK(contains(error_of_table("a,b\n1,2\"\n"), "line 2"));
  CHECK(contains(error_of([] { read_csv("/nowhere/t.csv"); }), "/nowhere/t.csv"));
}

TEST_CASE("csv: a column that is not there is named, with those that are") {
  ScratchFolder folder;
  write_text(folder / "t.csv", "a,b\n1,x\n");
  const CsvRows rows(folder / "t.csv");
  CHECK(rows.column("b") == 1);
  const std::string error = error_of([&] { rows.column("c"); });
  for (const std::string part : {"t.csv", "'c'", "found a,b"}) CHECK(contains(error, part));
}

TEST_CASE("text: any double reads back to its bits, any string on one line") {
  Stream stream(6);
  for (int i = 0; i < 2000; ++i) {
    const TrialRecord r = any_record(stream);
    const auto value = exact_double(exact_text(r.learning_rate));
    REQUIRE(value.has_value());
    CHECK(std::bit_cast<std::uint64_t>(*value) == std::bit_cast<std::uint64_t>(r.learning_rate));
    CHECK(escaped(r.message).find('\n') == std::string::npos);
    CHECK(unescaped(escaped(r.message)) == r.message);
  }
}

TEST_CASE("text: what is no number or no escape is nothing") {
  for (const std::string text : {"", "1x", " 1", "+1", "-nan", "nan(1)", "nan:", "nan:0000000000000000",
                                 "nan:7ff800000000000g", "1,2"})
    CHECK_FALSE(exact_double(text).has_value());
  for (const std::string text : {"", "1.0", "x", "99999999999999999999"})
    CHECK_FALSE(exact_integer(text).has_value());
  for (const std::string text : {"\\", "\\q", "\\x", "\\x1", "\\x1g"})
    CHECK_FALSE(unescaped(text).has_value());
}

TEST_CASE("csv: a text that a spreadsheet takes for a formula is guarded in the file, and read as it was") {
  ScratchFolder folder;
  const std::vector<std::string> formulas = {"=1+1",
                                             "+cmd|'/C calc'!A0",
                                             "-O3 -march=native",
                                             "@SUM(A1)",
                                             "\t=x",
                                             "\r=x",
                                             "'=1",
                                             "''=1",
                                             "=a,b\"c\"",
                                             "-inf x",
                                             "'-5"},
                                 others = {"-",
                                           "=",
                                           "-5",
                                           "+",
                                           "-1e-3",
                                           "-inf",
                                           "nan",
                                           "'",
                                           "''",
                                           "'a",
                                           "a=b",
                                           "",
                                           "1-2",
                                           "\xe2\x88\x92"
                                           "1",
                                           "'5"};
  for (const std::string& text : formulas) {
    INFO(text);
    CsvText csv("h,n");
    csv << text << -1;
    csv.end_row();
    CHECK((csv.text().starts_with("h,n\n'" + text) || csv.text().starts_with("h,n\n\"'")));
    write_text(folder / "t.csv", csv.text());
    CHECK(read_csv(folder / "t.csv").rows == std::vector<std::vector<std::string>>{{text, "-1"}});
  }
  for (const std::string& text : others) {
    INFO(text);
    CsvText csv("h,n");
    csv << text << -1;
    csv.end_row();
    CHECK(csv.text() == "h,n\n" + text + ",-1\n");
    write_text(folder / "t.csv", csv.text());
    CHECK(read_csv(folder / "t.csv").rows == std::vector<std::vector<std::string>>{{text, "-1"}});
  }
}
