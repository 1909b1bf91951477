// trial_file.cpp — a finished trial as text that people can read and that reads back to the same bits.
//
//   symopt trial format=1 results=N
//   [spec] 36                  field=value, one a line, in the order of TrialSpec::fields()
//   [outcome] 6                the same, in the order of the columns of Ending
//   [search] n                 a line of column names, then n rows
//   [curve] n                  the same
//   [timings] n                the same
//   [teleports] n              the same, only where there are any, and so
//   [class-metrics] n
//   [confusion] n
//   sha256=…                   of every byte before this line
#include "results/trial_file.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "results/rows.hpp"
#include "results/seal.hpp"
#include "results/text.hpp"

namespace symopt {

namespace {

constexpr int kFormat = 1;

std::string header(int format, int results) {
  return fmt::format("symopt trial format={} results={}", format, results);
}

template <class... T>
void append(std::string& text, fmt::format_string<T...> format, T&&... values) {
  fmt::format_to(std::back_inserter(text), format, std::forward<T>(values)...);
}

// What is wrong inside a file; from_trial_text adds which file.
UserError wrong(std::size_t line, std::string_view expected, std::string_view found) {
  return UserError(fmt::format("line {}: expected {}, found '{}'", line, expected, escaped(found)));
}

// The lines of a trial file, read one after the other.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::string_view next(std::string_view expected) {
    ++number_;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) throw wrong(number_, expected, "the end");
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  // "[name] n": n lines follow.
  std::size_t section(std::string_view name) {
    const std::string start = fmt::format("[{}] ", name);
    const std::string_view line = next(start);
    const auto count = line.starts_with(start) ? exact_integer(line.substr(start.size())) : std::nullopt;
    if (!count || *count < 0) throw wrong(number_, fmt::format("'{}' and a count", start), line);
    // No line is shorter than its line break: a count beyond that is wrong, and must not be allocated.
    if (static_cast<std::uint64_t>(*count) > rest_.size())
      throw wrong(number_, "as many lines as it says", line);
    return static_cast<std::size_t>(*count);
  }
  // "name=value", the value unescaped.
  std::pair<std::string, std::string> assignment() {
    const std::string_view line = next("name=value");
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) throw wrong(number_, "name=value", line);
    auto value = unescaped(line.substr(equals + 1));
    if (!value) throw wrong(number_, "a value with valid escapes", line);
    return {std::string(line.substr(0, equals)), std::move(*value)};
  }
  std::string value(std::string_view name) {
    auto [found, text] = assignment();
    if (found != name) throw wrong(number_, fmt::format("{}=", name), found);
    return std::move(text);
  }
  bool at(std::string_view start) const { return rest_.starts_with(start); }
  bool done() const { return rest_.empty(); }
  std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

// The n rows of "[name] n" by their columns, whose names are its first line.
template <class S>
void parse_rows(Lines& lines, std::string_view section, std::vector<S>& rows) {
  const Columns<S>& columns = columns_of<S>();
  const std::size_t n = lines.section(section);
  const std::string expected = columns.header();
  const std::string_view header = lines.next(expected);
  const auto count = columns.count_in(header);
  if (!count) throw wrong(lines.number(), fmt::format("'{}'", expected), header);
  // One after the other: what a count says is allocated only as far as there are lines.
  for (std::size_t r = 0; r < n; ++r) {
    S& row = rows.emplace_back();
    std::string_view rest = lines.next(expected);
    bool ended = false;
    for (std::size_t i = 0; i < *count; ++i) {
      if (ended) throw wrong(lines.number(), "another cell", "the end of the row");
      const std::size_t comma = rest.find(',');
      const std::string_view cell = rest.substr(0, comma);
      if (const char* const kind = columns.read(i, cell, row)) throw wrong(lines.number(), kind, cell);
      ended = comma == std::string_view::npos;
      rest.remove_prefix(ended ? rest.size() : comma + 1);
    }
    if (!ended) throw wrong(lines.number(), "the end of the row", rest);
  }
}

template <class S>
void append_rows(std::string& text, std::string_view section, const std::vector<S>& rows) {
  append(text, "[{}] {}\n{}\n", section, rows.size(), columns_of<S>().header());
  for (const S& row : rows) append(text, "{}\n", columns_of<S>().line(row));
}

// A section that is there only where it has rows.
template <class S>
void parse_optional(Lines& lines, std::string_view section, std::vector<S>& rows) {
  if (!lines.at(fmt::format("[{}] ", section))) return;
  parse_rows(lines, section, rows);
  if (rows.empty())
    throw wrong(lines.number(), fmt::format("the end, or {}", section), fmt::format("[{}] 0", section));
}

template <class S>
void append_optional(std::string& text, std::string_view section, const std::vector<S>& rows) {
  if (!rows.empty()) append_rows(text, section, rows);
}

void parse_ending(Lines& lines, Ending& ending) {
  const Columns<Ending>& columns = columns_of<Ending>();
  const std::size_t count = lines.section("outcome");
  if (!columns.may_end_at(count))
    throw wrong(lines.number(), fmt::format("{} lines", columns.size()), fmt::format("{}", count));
  for (std::size_t i = 0; i < count; ++i) {
    const std::string cell = lines.value(columns.list()[i].name);
    if (const char* const kind = columns.read(i, cell, ending)) throw wrong(lines.number(), kind, cell);
  }
}

void append_ending(std::string& text, const Ending& ending) {
  const Columns<Ending>& columns = columns_of<Ending>();
  append(text, "[outcome] {}\n", columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    append(text, "{}={}\n", columns.list()[i].name, escaped(columns.cell(i, ending)));
}

TrialSpec parse_spec(Lines& lines) {
  constexpr std::size_t kMostFields = 1000;  // there are some 40
  const std::size_t count = lines.section("spec");
  if (count > kMostFields)
    throw wrong(lines.number(), fmt::format("at most {} fields", kMostFields), fmt::format("{}", count));
  Assignments fields(count);
  for (auto& field : fields) field = lines.assignment();
  return TrialSpec::from_fields(fields);
}

TrialRecord parse(Lines& lines) {
  TrialRecord record;
  record.spec = parse_spec(lines);
  parse_ending(lines, record);
  parse_rows(lines, "search", record.search);
  parse_rows(lines, "curve", record.curve);
  parse_rows(lines, "timings", record.timings);
  parse_optional(lines, "teleports", record.teleports);
  parse_optional(lines, "class-metrics", record.class_metrics);
  parse_optional(lines, "confusion", record.confusion);
  if (!lines.done()) throw wrong(lines.number() + 1, "the end", "more lines");
  return record;
}

}  // namespace

std::string to_trial_text(const TrialRecord& r) {
  const Assignments fields = r.spec.fields();
  std::string text;
  text.reserve(2048 + 64 * r.search.size() + 160 * r.curve.size());
  append(text, "{}\n[spec] {}\n", header(kFormat, kResultVersion), fields.size());
  for (const auto& [name, value] : fields) append(text, "{}={}\n", name, escaped(value));
  append_ending(text, r);
  append_rows(text, "search", r.search);
  append_rows(text, "curve", r.curve);
  append_rows(text, "timings", r.timings);
  append_optional(text, "teleports", r.teleports);
  append_optional(text, "class-metrics", r.class_metrics);
  append_optional(text, "confusion", r.confusion);
  return sealed(std::move(text));
}

TrialRecord from_trial_text(const std::string& text, const std::filesystem::path& path) {
  try {
    Lines lines(unsealed(text, "a trial"));
    const std::string expected = header(kFormat, kResultVersion);
    const std::string_view found = lines.next(expected);
    if (found != expected)
      throw VersionError(fmt::format("trial file: {}: expected '{}', found '{}'; use --out or --fresh",
                                     path.string(), expected, escaped(found)));
    return parse(lines);
  } catch (const VersionError&) {
    throw;
  } catch (const UserError& error) {
    throw UserError(fmt::format("trial file: {}: {}", path.string(), error.what()));
  }
}

}  // namespace symopt
