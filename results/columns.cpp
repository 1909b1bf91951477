// columns.cpp — the cells of a row, one by one.
#include "results/columns.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "results/text.hpp"

namespace symopt {

std::string cell_text(std::int64_t value) { return fmt::format("{}", value); }
std::string cell_text(std::uint64_t value) { return fmt::format("{}", value); }
std::string cell_text(double value) { return exact_text(value); }
std::string cell_text(Status value) { return to_text(value); }

const char* read_cell(std::string_view cell, std::int64_t& value) {
  const auto read = exact_integer(cell);
  if (!read) return "an integer";
  value = *read;
  return nullptr;
}

const char* read_cell(std::string_view cell, int& value) {
  std::int64_t wide = 0;
  if (const char* const expected = read_cell(cell, wide)) return expected;
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max())
    return "a 32-bit integer";
  value = static_cast<int>(wide);
  return nullptr;
}

const char* read_cell(std::string_view cell, std::uint64_t& value) {
  const char* const end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(cell.data(), end, value);
  return error == std::errc{} && stop == end ? nullptr : "an integer from 0 to 2^64 - 1";
}

const char* read_cell(std::string_view cell, double& value) {
  const auto read = exact_double(cell);
  if (!read) return "a number";
  value = *read;
  return nullptr;
}

const char* read_cell(std::string_view cell, bool& value) {
  if (cell != "0" && cell != "1") return "0 or 1";
  value = cell == "1";
  return nullptr;
}

const char* read_cell(std::string_view cell, std::string& value) {
  value = cell;
  return nullptr;
}

const char* read_cell(std::string_view cell, Status& value) {
  const auto read = parse_status(cell);
  if (!read) return "a status: completed, diverged, failed or timed-out";
  value = *read;
  return nullptr;
}

}  // namespace symopt
