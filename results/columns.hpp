// columns.hpp — a table's columns as one list of (name, field, help): that list writes the trial file and the
// CSV, reads them back, and is the table's part of the dictionary in results/README.md.
#pragma once
#include <algorithm>
#include <cassert>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "results/csv.hpp"
#include "results/status.hpp"

namespace symopt {

/// One column of a table whose rows are S.
template <class S>
struct Column {
  std::string name;
  std::variant<int S::*, std::int64_t S::*, std::uint64_t S::*, double S::*, bool S::*, std::string S::*,
               Status S::*>
      field;
  std::string help;
  bool added =
      false;  ///< came after tables had been written: where one lacks it, the field keeps its default
};

/// What the dictionary says of a column.
struct ColumnInfo {
  std::string name, help;
};

/// A value as a trial file has it, where a NaN keeps its bits.
std::string cell_text(std::int64_t value);
std::string cell_text(std::uint64_t value);
std::string cell_text(double value);
std::string cell_text(Status value);
/// A cell's value: null where it was read, else what was expected.
const char* read_cell(std::string_view cell, int& value);
const char* read_cell(std::string_view cell, std::int64_t& value);
const char* read_cell(std::string_view cell, std::uint64_t& value);
const char* read_cell(std::string_view cell, double& value);
const char* read_cell(std::string_view cell, bool& value);
const char* read_cell(std::string_view cell, std::string& value);
const char* read_cell(std::string_view cell, Status& value);

/// All columns of S in their order. What reaches a field is never inlined: where g++ 12 sees a whole S, it
/// warns that the branch of another type would leave it.
template <class S>
class Columns {
 public:
  explicit Columns(std::vector<Column<S>> list) : list_(std::move(list)) {}
  /// Lists of S's bases and of S itself, one after the other.
  template <class... Part>
  explicit Columns(const Columns<Part>&... parts) {
    (append(parts), ...);
  }
  /// Some of them, in the order given; each must be there.
  Columns only(std::initializer_list<std::string_view> names) const {
    std::vector<Column<S>> some;
    for (const std::string_view name : names)
      for (const Column<S>& column : list_)
        if (column.name == name) some.push_back(column);
    assert(some.size() == names.size());
    return Columns(std::move(some));
  }

  const std::vector<Column<S>>& list() const { return list_; }
  std::size_t size() const { return list_.size(); }
  std::vector<ColumnInfo> infos() const {
    std::vector<ColumnInfo> infos;
    for (const Column<S>& column : list_) infos.push_back({column.name, column.help});
    return infos;
  }
  /// "epoch,steps,learning_rate"
  std::string header() const { return first_names(list_.size()); }
  /// How many columns a table with that header has, of which only the last may be missing, and of them only
  /// `added` ones; nothing where it is another table's.
  std::optional<std::size_t> count_in(std::string_view header) const {
    for (std::size_t n = list_.size() + 1; n-- > 0 && may_end_at(n);)
      if (header == first_names(n)) return n;
    return std::nullopt;
  }
  /// Whether the first n of them make a table: all that follow were added.
  bool may_end_at(std::size_t n) const {
    return n <= list_.size() && std::all_of(list_.begin() + static_cast<std::ptrdiff_t>(n), list_.end(),
                                            [](const Column<S>& column) { return column.added; });
  }

  void write(CsvText& csv, const S& row) const {
    for (const Column<S>& column : list_) write(csv, row, column);
  }
  /// A value as a trial file has it; and a line of a row, none of whose texts is free.
  std::string cell(std::size_t column, const S& row) const { return cell(row, list_[column]); }
  std::string line(const S& row) const {
    std::string text;
    for (const Column<S>& column : list_) {
      if (&column != &list_.front()) text += ',';
      text += cell(row, column);
    }
    return text;
  }
  /// As read_cell().
  [[gnu::noinline]] const char* read(std::size_t column, std::string_view cell, S& row) const {
    return std::visit([&](auto field) { return read_cell(cell, row.*field); }, list_[column].field);
  }

 private:
  template <class Part>
  void append(const Columns<Part>& part) {
    for (const Column<Part>& column : part.list())
      std::visit(
          [&](auto field) {
            list_.push_back({column.name, field, column.help, column.added});
          },
          column.field);
  }
  std::string first_names(std::size_t n) const {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) {
      if (i > 0) text += ',';
      text += list_[i].name;
    }
    return text;
  }
  [[gnu::noinline]] static void write(CsvText& csv, const S& row, const Column<S>& column) {
    std::visit(
        [&](auto field) {
          const auto& value = row.*field;
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, Status>)
            csv << to_text(value);
          else
            csv << value;
        },
        column.field);
  }
  [[gnu::noinline]] static std::string cell(const S& row, const Column<S>& column) {
    return std::visit(
        [&](auto field) -> std::string {
          const auto& value = row.*field;
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::string>)
            return value;
          else if constexpr (std::is_same_v<T, int> || std::is_same_v<T, bool>)
            return cell_text(std::int64_t{value});
          else
            return cell_text(value);
        },
        column.field);
  }

  std::vector<Column<S>> list_;
};

/// The columns of a table whose rows are S: a specialization beside each kind of row.
template <class S>
const Columns<S>& columns_of();

}  // namespace symopt
