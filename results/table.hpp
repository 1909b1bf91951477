// table.hpp — a CSV whose rows are S, by the columns of S: written and read row by row.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "results/columns.hpp"
#include "results/files.hpp"
#include "results/text.hpp"

namespace symopt {

/// Written in the memory of a few rows; appears at its path on commit(). UserError where it cannot be
/// written.
template <class S>
class TableWriter {
 public:
  explicit TableWriter(std::filesystem::path path) : file_(std::move(path)), csv_(columns_of<S>().header()) {}
  void add(const S& row) {
    columns_of<S>().write(csv_, row);
    csv_.end_row();
    if (csv_.text().size() >= kBufferBytes) flush();
  }
  void commit() {
    flush();
    file_.commit();
  }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
  void flush() {
    file_.write(csv_.text());
    csv_.clear();
  }
  AtomicFile file_;
  CsvText csv_;
};

/// UserError naming the file, and line and column where it is malformed. Columns are found by their names, in
/// any order; others may be there.
template <class S>
class TableReader {
 public:
  explicit TableReader(std::filesystem::path path) : rows_(std::move(path)) {
    const std::vector<std::string>& header = rows_.header();
    for (const Column<S>& column : columns_of<S>().list()) {
      const bool missing = std::find(header.begin(), header.end(), column.name) == header.end();
      places_.push_back(missing && column.added ? header.size() : rows_.column(column.name));
    }
  }
  /// Reads the next row; false after the last.
  bool next(S& row) {
    if (!rows_.next()) return false;
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (places_[i] < rows_.row().size())
        if (const char* const expected = columns_of<S>().read(i, rows_.row()[places_[i]], row))
          throw malformed(columns_of<S>().list()[i].name, expected);
    return true;
  }
  /// Of a cell of the row that was read last.
  UserError malformed(std::string_view column, std::string_view expected) const {
    return UserError(rows_.file().string(), fmt::format("line {}, column {}", rows_.line(), column), expected,
                     fmt::format("'{}'", escaped(rows_.row()[rows_.column(column)])));
  }

 private:
  CsvRows rows_;
  std::vector<std::size_t> places_;  // of each column in the file; beyond its columns: not there
};

template <class S>
std::string table_text(const std::vector<S>& rows) {
  CsvText csv(columns_of<S>().header());
  for (const S& row : rows) {
    columns_of<S>().write(csv, row);
    csv.end_row();
  }
  return csv.text();
}

template <class S>
void write_table(const std::filesystem::path& path, const std::vector<S>& rows) {
  TableWriter<S> table(path);
  for (const S& row : rows) table.add(row);
  table.commit();
}

template <class S>
std::vector<S> read_table(const std::filesystem::path& path) {
  TableReader<S> table(path);
  std::vector<S> rows;
  for (S row{}; table.next(row);) rows.push_back(row);
  return rows;
}

}  // namespace symopt
