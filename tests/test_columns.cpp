// test_columns.cpp — a table's columns: one list writes and reads it, and tables from before a column stay
// readable.
#include <cmath>
#include <limits>
#include <set>

#include "results/dictionary.hpp"
#include "results/results.hpp"
#include "results/table.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/records.hpp"

namespace symopt {

struct Whose {
  std::string name;
  std::uint64_t seed = 0;
};
struct Sample : Whose {
  int number = 0;
  std::int64_t steps = 0;
  double value = 0;
  bool chosen = false;
  Status status = Status::completed;
  double later = 7, latest = 8;
};

template <>
const Columns<Whose>& columns_of() {
  using C = Column<Whose>;
  static const Columns<Whose> columns({C{"name", &Whose::name, "a name"}, C{"seed", &Whose::seed, "a seed"}});
  return columns;
}
template <>
const Columns<Sample>& columns_of() {
  using C = Column<Sample>;
  static const Columns<Sample> columns(
      columns_of<Whose>(),
      Columns<Sample>({C{"number", &Sample::number, "a number"}, C{"steps", &Sample::steps, "steps"},
                       C{"value", &Sample::value, "a value"}, C{"chosen", &Sample::chosen, "0 or 1"},
                       C{"status", &Sample::status, "a status"},
                       C{.name = "later", .field = &Sample::later, .help = "came later", .added = true},
                       C{.name = "latest", .field = &Sample::latest, .help = "came last", .added = true}}));
  return columns;
}

}  // namespace symopt

using namespace symopt;
using namespace symopt::test;

namespace {

const Sample kSample = {{"a,b", std::numeric_limits<std::uint64_t>::max()},
                        -3,
                        std::int64_t{1} << 40,
                        0.1,
                        true,
                        Status::timed_out,
                        1,
                        2};

}  // namespace

TEST_CASE("columns: a table reads back what was written, in the order of the list") {
  const ScratchFolder folder;
  write_table<Sample>(folder / "t.csv", {kSample, Sample{}});
  CHECK(read_text(folder / "t.csv") ==
        "name,seed,number,steps,value,chosen,status,later,latest\n"
        "\"a,b\",18446744073709551615,-3,1099511627776,0.1,1,timed-out,1,2\n"
        ",0,0,0,0,0,completed,7,8\n");
  CHECK(table_text<Sample>({kSample, Sample{}}) == read_text(folder / "t.csv"));
  const std::vector<Sample> rows = read_table<Sample>(folder / "t.csv");
  REQUIRE(rows.size() == 2);
  CHECK(table_text(rows) == read_text(folder / "t.csv"));
}

TEST_CASE("columns: a table is read by the names of its columns, whatever their order and beside others") {
  const ScratchFolder folder;
  write_text(folder / "t.csv", "seed,other,name\n5,x,y\n");
  const std::vector<Whose> rows = read_table<Whose>(folder / "t.csv");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].name == "y");
  CHECK(rows[0].seed == 5);
}

TEST_CASE("columns: what was added later may be missing and keeps its default, nothing else may") {
  const ScratchFolder folder;
  write_text(folder / "t.csv", "name,seed,number,steps,value,chosen,status\na,1,2,3,4,0,failed\n");
  const std::vector<Sample> rows = read_table<Sample>(folder / "t.csv");
  CHECK(rows.at(0).later == 7);
  CHECK(rows.at(0).status == Status::failed);
  write_text(folder / "t.csv", "name,seed,number,steps,value,chosen\na,1,2,3,4,0\n");
  CHECK(contains(error_of([&] { read_table<Sample>(folder / "t.csv"); }), "a column 'status'"));

  const Columns<Sample>& columns = columns_of<Sample>();
  const std::string first = "name,seed,number,steps,value,chosen,status";
  CHECK(columns.count_in(first + ",later,latest") == std::optional<std::size_t>(9));
  CHECK(columns.count_in(first + ",later") == std::optional<std::size_t>(8));
  CHECK(columns.count_in(first) == std::optional<std::size_t>(7));
  for (const std::string& other : {first + ",latest", first + ",later,latest,more", first + ",",
                                   std::string("name,seed"), std::string()})
    CHECK_FALSE(columns.count_in(other));
}

TEST_CASE("columns: a cell that is none of its column is an error with its place") {
  const ScratchFolder folder;
  const std::string head = "name,seed,number,steps,value,chosen,status\n";
  const std::vector<std::array<std::string, 3>> cases = {
      {"a,-1,2,3,4,0,failed", "column seed", "0 to 2^64"},
      {"a,1,2147483648,3,4,0,failed", "column number", "32-bit"},
      {"a,1,2,3.5,4,0,failed", "column steps", "an integer"},
      {"a,1,2,3,4x,0,failed", "column value", "a number"},
      {"a,1,2,3,4,2,failed", "column chosen", "0 or 1"},
      {"a,1,2,3,4,0,done", "column status", "timed-out"}};
  for (const auto& [row, place, expected] : cases) {
    write_text(folder / "t.csv", head + "a,1,2,3,nan,0,failed\n" + row + "\n");
    const std::string error = error_of([&] { read_table<Sample>(folder / "t.csv"); });
    INFO(error);
    CHECK(contains(error, "t.csv: line 3, " + place + ": expected "));
    CHECK(contains(error, expected));
  }
}

TEST_CASE("columns: a table appears on commit and not before") {
  const ScratchFolder folder;
  write_text(folder / "t.csv", "old\n");
  {
    TableWriter<Whose> table(folder / "t.csv");
    for (int i = 0; i < 500000; ++i) table.add({"some name", 1});  // more than is buffered
    CHECK(read_text(folder / "t.csv") == "old\n");
  }
  CHECK(read_text(folder / "t.csv") == "old\n");
  CHECK(list_folder(folder.path).size() == 1);
}

TEST_CASE("columns: a line of a trial file keeps a NaN's bits, a table has one nan") {
  Sample sample;
  sample.value = -std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(columns_of<Sample>().line(sample), "nan:fff8000000000000"));
  CHECK(contains(table_text<Sample>({sample}), ",nan,"));
}

TEST_CASE("columns: every table of the dictionary names each of its columns once and says what it is") {
  std::set<std::string> files;
  for (const TableInfo& table : result_tables()) {
    INFO(table.files);
    CHECK(files.insert(table.files).second);
    CHECK_FALSE(table.row.empty());
    std::set<std::string> names;
    for (const ColumnInfo& column : table.columns) {
      INFO(column.name);
      CHECK(names.insert(column.name).second);
      CHECK_FALSE(column.help.empty());
    }
  }
  CHECK(files.size() >= 20);
}
