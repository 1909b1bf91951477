// csv.hpp — comma-separated values as in RFC 4180, with bare line feeds.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
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

/// A table read row by row: the file's text is held, the rows are not. UserError where there is no such file,
/// or naming file, line, expected and found where it is malformed.
class CsvRows {
 public:
  explicit CsvRows(std::filesystem::path file);
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  const std::filesystem::path& file() const { return file_; }
  const std::vector<std::string>& header() const { return header_; }
  /// The column's index. UserError naming the file and the columns it has.
  std::size_t column(std::string_view name) const;

  /// Moves to the next row, the first one at first; false after the last.
  bool next();
  /// The row's fields, as many as the header has.
  const std::vector<std::string>& row() const { return row_; }
  std::size_t line() const { return row_line_; }  ///< where the row starts, from 1
  /// A cell as a number. UserError naming file, line and column.
  double number(std::size_t column) const;

 private:
  void read_row(std::vector<std::string>& fields);
  void read_plain(std::string& field);
  void read_quoted(std::string& field);
  bool take(char c);
  UserError wrong(std::string_view expected, std::string_view found) const;

  std::filesystem::path file_;
  std::string text_;
  std::string_view rest_;
  std::vector<std::string> header_, row_;
  std::size_t line_ = 1, row_line_ = 1;
};

/// A table in memory. Every row has as many fields as the header.
struct CsvTable {
  std::filesystem::path file;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;  ///< where each row starts in the file, from 1

  /// As those of CsvRows.
  std::size_t column(std::string_view name) const;
  double number(std::size_t row, std::size_t column) const;
};
CsvTable read_csv(const std::filesystem::path& path);

}  // namespace symopt
