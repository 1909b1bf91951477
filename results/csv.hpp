// csv.hpp — comma-separated values as in RFC 4180, with bare line feeds. A text that a spreadsheet would take
// for a formula (it begins with =, +, -, @ or a tab, and is no number) has a ' in front of it, which reading
// takes off.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace symopt {

/// The shortest decimal that reads back to the same bits; `inf`, `-inf`, and `nan` whatever the NaN's sign or
/// payload.
std::string csv_number(double value);

/// A table's text, cell by cell.
class CsvText {
 public:
  /// `header` is the line of column names.
  explicit CsvText(std::string_view header) : text_(header) { text_ += '\n'; }
  CsvText& operator<<(std::string_view field);
  CsvText& operator<<(double number);
  CsvText& operator<<(std::int64_t number);
  CsvText& operator<<(std::uint64_t number);
  CsvText& operator<<(int number) { return *this << static_cast<std::int64_t>(number); }
  void end_row();
  const std::string& text() const { return text_; }
  void clear() { text_.clear(); }

 private:
  void separate();
  std::string text_;
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

}  // namespace symopt
