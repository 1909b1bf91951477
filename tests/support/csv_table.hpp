// csv_table.hpp — a CSV as a table of texts, without the lists of columns that the program reads it by.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace symopt::test {

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each with as many fields as the header
  /// The test case fails where there is no such column.
  std::size_t column(std::string_view name) const;
  /// The whole cell as a number; the test case fails where it is none.
  double number(std::size_t row, std::size_t column) const;
};
CsvTable read_csv(const std::filesystem::path& path);

}  // namespace symopt::test
