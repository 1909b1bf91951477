// csv.cpp — comma-separated values (RFC 4180): a field with a comma, a quote or a line break is quoted,
// quotes doubled.
#include "results/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "results/files.hpp"
#include "results/text.hpp"

namespace symopt {

namespace {

// Whether a spreadsheet would take a text for a formula, or for one that was guarded. A number is one there
// too, and a sign alone is nothing.
bool is_formula(std::string_view field) {
  const std::size_t first = std::min(field.find_first_not_of('\''), field.size());
  if (field.size() < 2 || first == field.size()) return false;
  return std::string_view("=+-@\t\r").find(field[first]) != std::string_view::npos && !exact_double(field);
}

void append_field(std::string& line, std::string_view field) {
  std::string guarded;
  if (is_formula(field)) field = guarded = fmt::format("'{}", field);
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += field;
    return;
  }
  line += '"';
  for (const char c : field) line.append(c == '"' ? 2 : 1, c);
  line += '"';
}

std::string_view unguarded(std::string_view cell) {
  if (cell.starts_with('\'') && is_formula(cell.substr(1))) cell.remove_prefix(1);
  return cell;
}

}  // namespace

std::string csv_number(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

void CsvText::separate() {
  if (row_started_) text_ += ',';
  row_started_ = true;
}

CsvText& CsvText::operator<<(std::string_view field) {
  separate();
  append_field(text_, field);
  return *this;
}

CsvText& CsvText::operator<<(double number) {
  separate();
  if (std::isnan(number))
    text_ += "nan";
  else
    fmt::format_to(std::back_inserter(text_), "{}", number);
  return *this;
}

CsvText& CsvText::operator<<(std::int64_t number) {
  separate();
  fmt::format_to(std::back_inserter(text_), "{}", number);
  return *this;
}

CsvText& CsvText::operator<<(std::uint64_t number) {
  separate();
  fmt::format_to(std::back_inserter(text_), "{}", number);
  return *this;
}

void CsvText::end_row() {
  text_ += '\n';
  row_started_ = false;
}

CsvRows::CsvRows(std::filesystem::path file) : file_(std::move(file)) {
  std::optional<std::string> text = read_file(file_);
  if (!text) throw UserError(fmt::format("table: {}: expected a file, found none", file_.string()));
  text_ = std::move(*text);
  rest_ = text_;
  if (rest_.empty()) throw wrong("a line of column names", "an empty file");
  read_row(header_);
}

std::size_t CsvRows::column(std::string_view name) const {
  for (std::size_t i = 0; i < header_.size(); ++i)
    if (header_[i] == name) return i;
  throw UserError(fmt::format("table: {}: expected a column '{}', found {}", file_.string(), name,
                              escaped(fmt::format("{}", fmt::join(header_, ",")))));
}

bool CsvRows::next() {
  if (rest_.empty()) return false;
  row_line_ = line_;
  read_row(row_);
  if (row_.size() != header_.size())
    throw UserError(fmt::format("table: {}: line {}: expected {} fields, found {}", file_.string(), row_line_,
                                header_.size(), row_.size()));
  return true;
}

// The fields up to the line's end, in the strings that are there already.
void CsvRows::read_row(std::vector<std::string>& fields) {
  std::size_t count = 0;
  do {
    if (count == fields.size()) fields.emplace_back();
    std::string& field = fields[count++];
    if (rest_.starts_with('"'))
      read_quoted(field);
    else
      read_plain(field);
  } while (take(','));
  fields.resize(count);
  take('\r');
  if (!take('\n') && !rest_.empty())
    throw wrong("a comma or the line's end after a quoted field", escaped(rest_.substr(0, 1)));
  ++line_;
}

UserError CsvRows::wrong(std::string_view expected, std::string_view found) const {
  return UserError(
      fmt::format("table: {}: line {}: expected {}, found {}", file_.string(), line_, expected, found));
}

bool CsvRows::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

void CsvRows::read_plain(std::string& field) {
  const std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
  std::string_view cell = rest_.substr(0, end);
  rest_.remove_prefix(end);
  if (cell.ends_with('\r')) cell.remove_suffix(1);
  if (cell.find('"') != std::string_view::npos)
    throw wrong("quotes only around a whole field", escaped(cell));
  field = unguarded(cell);
}

void CsvRows::read_quoted(std::string& field) {
  field.clear();
  for (rest_.remove_prefix(1);;) {
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) throw wrong("a closing quote", "the end of the file");
    field += rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    if (!take('"')) break;
    field += '"';
  }
  for (const char c : field) line_ += c == '\n';
  field.erase(0, field.size() - unguarded(field).size());
}

}  // namespace symopt
