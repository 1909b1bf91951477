// csv.cpp — comma-separated values (RFC 4180): a field with a comma, a quote or a line break is quoted,
// quotes doubled.
#include "results/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "results/text.hpp"

namespace symopt {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

void append_field(std::string& line, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += field;
    return;
  }
  line += '"';
  for (const char c : field) line.append(c == '"' ? 2 : 1, c);
  line += '"';
}

}  // namespace

std::string csv_number(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

std::string csv_fields(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    append_field(line, fields[i]);
  }
  return line;
}

CsvWriter::CsvWriter(std::filesystem::path path, std::string_view header)
    : file_(std::move(path)), buffer_(fmt::format("{}\n", header)) {}

void CsvWriter::separate() {
  if (row_started_) buffer_ += ',';
  row_started_ = true;
}

CsvWriter& CsvWriter::operator<<(std::string_view field) {
  separate();
  append_field(buffer_, field);
  return *this;
}

CsvWriter& CsvWriter::operator<<(double number) {
  separate();
  if (std::isnan(number))
    buffer_ += "nan";
  else
    fmt::format_to(std::back_inserter(buffer_), "{}", number);
  return *this;
}

CsvWriter& CsvWriter::operator<<(std::int64_t number) {
  separate();
  fmt::format_to(std::back_inserter(buffer_), "{}", number);
  return *this;
}

CsvWriter& CsvWriter::raw(std::string_view fields) {
  separate();
  buffer_ += fields;
  return *this;
}

void CsvWriter::end_row() {
  buffer_ += '\n';
  row_started_ = false;
  if (buffer_.size() < kBufferBytes) return;
  file_.write(buffer_);
  buffer_.clear();
}

void CsvWriter::commit() {
  file_.write(buffer_);
  file_.commit();
}

std::size_t CsvTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < header.size(); ++i)
    if (header[i] == name) return i;
  throw UserError(fmt::format("table: {}: expected a column '{}', found {}", file.string(), name,
                              escaped(fmt::format("{}", fmt::join(header, ",")))));
}

double CsvTable::number(std::size_t row, std::size_t column) const {
  const std::string& cell = rows[row][column];
  double value = 0;
  const char* end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(cell.data(), end, value);
  if (error != std::errc{} || stop != end)
    throw UserError(fmt::format("table: {}: line {}: {}: expected a number, found '{}'", file.string(),
                                lines[row], escaped(header[column]), escaped(cell)));
  return value;
}

namespace {

// Reads the fields of one row from the start of `rest` and removes them with their line break; counts line
// breaks.
class Reader {
 public:
  Reader(const std::filesystem::path& path, std::string_view text) : path_(path), rest_(text) {}
  bool done() const { return rest_.empty(); }
  std::size_t line() const { return line_; }

  std::vector<std::string> row() {
    std::vector<std::string> fields;
    do fields.push_back(rest_.starts_with('"') ? quoted() : plain());
    while (take(','));
    take('\r');
    if (!take('\n') && !rest_.empty())
      throw wrong("a comma or the line's end after a quoted field", escaped(rest_.substr(0, 1)));
    ++line_;
    return fields;
  }
  UserError wrong(std::string_view expected, std::string_view found) const {
    return UserError(
        fmt::format("table: {}: line {}: expected {}, found {}", path_.string(), line_, expected, found));
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string plain() {
    const std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (field.ends_with('\r')) field.remove_suffix(1);
    if (field.find('"') != std::string_view::npos)
      throw wrong("quotes only around a whole field", escaped(field));
    return std::string(field);
  }
  std::string quoted() {
    std::string field;
    for (rest_.remove_prefix(1);;) {
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) throw wrong("a closing quote", "the end of the file");
      field += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (!take('"')) break;
      field += '"';
    }
    for (const char c : field) line_ += c == '\n';
    return field;
  }

  const std::filesystem::path& path_;
  std::string_view rest_;
  std::size_t line_ = 1;
};

}  // namespace

CsvTable read_csv(const std::filesystem::path& path) {
  const std::optional<std::string> text = read_file(path);
  if (!text) throw UserError(fmt::format("table: {}: expected a file, found none", path.string()));
  Reader reader(path, *text);
  CsvTable table;
  table.file = path;
  if (reader.done()) throw reader.wrong("a line of column names", "an empty file");
  table.header = reader.row();
  while (!reader.done()) {
    const std::size_t line = reader.line();
    std::vector<std::string> fields = reader.row();
    if (fields.size() != table.header.size())
      throw UserError(fmt::format("table: {}: line {}: expected {} fields, found {}", path.string(), line,
                                  table.header.size(), fields.size()));
    table.lines.push_back(line);
    table.rows.push_back(std::move(fields));
  }
  return table;
}

}  // namespace symopt
