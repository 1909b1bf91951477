// csv.hpp — comma-separated values as in RFC 4180, with bare line feeds.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "results/files.hpp"

namespace symopt {

/// The shortest decimal that reads back to the same bits; `inf`, `-inf`, and `nan` whatever the NaN's sign or
/// payload.
std::string csv_number(double value);
/// The fields with commas between, quoted where they must be.
std::string csv_fields(const std::vector<std::string>& fields);

/// A table written row by row, in the memory of a few rows; it appears at `path` on commit(). UserError where
/// it cannot be written.
class CsvWriter {
 public:
  /// `header` is the line of column names.
  CsvWriter(std::filesystem::path path, std::string_view header);
  CsvWriter& operator<<(std::string_view field);
  CsvWriter& operator<<(double number);
  CsvWriter& operator<<(std::int64_t number);
  CsvWriter& operator<<(int number) { return *this << static_cast<std::int64_t>(number); }
  /// Fields as csv_fields() joins them: the keys that many rows start with.
  CsvWriter& raw(std::string_view fields);
  void end_row();
  void commit();

 private:
  void separate();
  AtomicFile file_;
  std::string buffer_;
  bool row_started_ = false;
};

/// A table in memory. Every row has as many fields as the header.
struct CsvTable {
  std::filesystem::path file;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;  ///< where each row starts in the file, from 1

  /// The column's index. UserError naming the file and the columns it has.
  std::size_t column(std::string_view name) const;
  /// A cell as a number. UserError naming file, line and column.
  double number(std::size_t row, std::size_t column) const;
};
/// UserError where there is no such file, or naming file, line, expected and found where it is malformed.
CsvTable read_csv(const std::filesystem::path& path);

}  // namespace symopt
