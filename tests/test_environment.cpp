// test_environment.cpp — what a results folder tells about the program and the machines that worked on it.
#include <unistd.h>

#include <set>

#include "experiments/session/environment.hpp"
#include "results/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/csv_table.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

TEST_CASE("environment: program, machine, libraries and data are named, and nothing is empty") {
  ScratchFolder folder;
  const Dataset data = noisy_classes();
  record_environment(folder.path, {&data});
  const CsvTable table = read_csv(folder / "environment.csv");
  std::set<std::string> names;
  for (const auto& row : table.rows) {
    CHECK(names.insert(row[0]).second);
    CHECK(!row[1].empty());
  }
  for (const char* name : {"symopt",
                           "commit",
                           "compiler",
                           "flags",
                           "build type",
                           "vector instructions",
                           "eigen",
                           "boost",
                           "fmt",
                           "zlib",
                           "openssl",
                           "curl",
                           "openmp",
                           "c library",
                           "operating system",
                           "processor",
                           "caches",
                           "cores",
                           "threads a trial",
                           "data set",
                           "data checksum"})
    CHECK(names.count(name) == 1);
  CHECK(table.rows.back()[1] == data.checksum);
}

TEST_CASE("environment: another one is added beside the first, the same one only once") {
  ScratchFolder folder;
  const Dataset data = noisy_classes();
  write_text(folder / "environment.csv", "name,value\ncommit,of another day\n");
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  for (int i = 0; i < 3; ++i) record_environment(folder.path, {&data});
  CHECK(read_text(folder / "environment.csv") == "name,value\ncommit,of another day\n");
  const std::string second = "environment-" + std::string(host) + ".csv";
  CHECK(read_csv(folder / second).rows.size() > 10);
  CHECK(list_folder(folder.path).size() == 2);
  write_text(folder / second, "name,value\n");
  record_environment(folder.path, {&data});
  CHECK(read_csv(folder / ("environment-" + std::string(host) + "-2.csv")).rows.size() > 10);
}

TEST_CASE("environment: one that was cut or damaged is set aside, said, and written again") {
  const Dataset data = noisy_classes();
  ScratchFolder whole;
  CHECK(record_environment(whole.path, {&data}).empty());
  const std::string text = read_text(whole / "environment.csv");
  for (const std::string& cut :
       {text.substr(0, text.size() / 2), text.substr(0, text.size() - 1), std::string(),
        text.substr(0, text.find('\n') + 3), std::string("no table\n")}) {
    INFO(cut);
    ScratchFolder folder;
    write_text(folder / "environment.csv", cut);
    const std::vector<std::string> lines = record_environment(folder.path, {&data});
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].ends_with("set aside as " + (folder / "damaged/environment.csv").string()));
    CHECK(read_text(folder / "damaged/environment.csv") == cut);
    CHECK(read_text(folder / "environment.csv") == text);
    CHECK(record_environment(folder.path, {&data}).empty());
  }
}
