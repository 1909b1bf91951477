// csv_table.cpp — tables of texts.
#include "tests/support/csv_table.hpp"

#include "results/csv.hpp"
#include "results/text.hpp"
#include "tests/support/catch.hpp"

namespace symopt::test {

std::size_t CsvTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < header.size(); ++i)
    if (header[i] == name) return i;
  FAIL("no column " << name);
  return 0;
}

double CsvTable::number(std::size_t row, std::size_t column) const {
  const auto value = exact_double(rows.at(row).at(column));
  INFO(rows[row][column]);
  REQUIRE(value);
  return *value;
}

CsvTable read_csv(const std::filesystem::path& path) {
  CsvRows rows(path);
  CsvTable table{rows.header(), {}};
  while (rows.next()) table.rows.push_back(rows.row());
  return table;
}

}  // namespace symopt::test
