// trial_file.cpp — a finished trial as text that people can read and that reads back to the same bits.
//
//   symopt trial format=1 results=N
//   [spec] 36                  field=value, one a line, in the order of TrialSpec::fields()
//   [outcome] 6                status, message, learning_rate, edge, stop, search_seconds
//   [search] n                 a line of column names, then n rows
//   [curve] n                  the same
//   [timings] n                the same
//   [teleports] n              the same, only where there are any
//   sha256=…                   of every byte before this line
#include "results/trial_file.hpp"

#include <fmt/format.h>

#include <iterator>
#include <limits>
#include <string_view>

#include "results/seal.hpp"
#include "results/text.hpp"

namespace symopt {

namespace {

constexpr int kFormat = 1;
constexpr std::string_view kSearchColumns = "learning_rate,status,cost,validation_error";
constexpr std::string_view kCurveColumns =
    "epoch,steps,learning_rate,cost,train_error,validation_error,test_error";
constexpr std::string_view kTimingColumns = "train_seconds,evaluation_seconds";
constexpr std::string_view kTeleportColumns =
    "step,ascents,gradient_before,gradient_after,loss_before,loss_after,seconds";

std::string header(int format, int results) {
  return fmt::format("symopt trial format={} results={}", format, results);
}

// The fields of the outcome as text; the columns of a row likewise.
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
  void literal(std::string_view expected) {
    const std::string_view line = next(expected);
    if (line != expected) throw wrong(number_, fmt::format("'{}'", expected), line);
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

// The cells of one row.
class Row {
 public:
  Row(Lines& lines, std::string_view columns) : rest_(lines.next(columns)), line_(lines.number()) {}
  double number() { return checked(exact_double(cell()), "a number"); }
  std::int64_t integer() { return checked(exact_integer(cell()), "an integer"); }
  int int32() {
    const std::int64_t value = integer();
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
      throw wrong(line_, "a 32-bit integer", cell_);
    return static_cast<int>(value);
  }
  std::string text() { return std::string(cell()); }
  void end() const {
    if (!ended_) throw wrong(line_, "the end of the row", rest_);
  }

 private:
  std::string_view cell() {
    if (ended_) throw wrong(line_, "another cell", "the end of the row");
    const std::size_t comma = rest_.find(',');
    cell_ = rest_.substr(0, comma);
    ended_ = comma == std::string_view::npos;
    rest_.remove_prefix(ended_ ? rest_.size() : comma + 1);
    return cell_;
  }
  template <class T>
  T checked(std::optional<T> value, std::string_view expected) const {
    if (!value) throw wrong(line_, expected, cell_);
    return *value;
  }
  std::string_view rest_, cell_;
  std::size_t line_;
  bool ended_ = false;
};

double to_number(const Lines& lines, const std::string& text) {
  const auto value = exact_double(text);
  if (!value) throw wrong(lines.number(), "a number", text);
  return *value;
}

TrialSpec parse_spec(Lines& lines) {
  Assignments fields(lines.section("spec"));
  for (auto& field : fields) field = lines.assignment();
  return TrialSpec::from_fields(fields);
}

void parse_teleports(Lines& lines, std::vector<Teleport>& teleports) {
  teleports.resize(lines.section("teleports"));
  if (teleports.empty()) throw wrong(lines.number(), "the end, or teleports", "[teleports] 0");
  lines.literal(kTeleportColumns);
  for (Teleport& t : teleports) {
    Row row(lines, kTeleportColumns);
    t.step = row.integer(), t.ascents = row.int32();
    t.gradient_before = row.number(), t.gradient_after = row.number();
    t.loss_before = row.number(), t.loss_after = row.number(), t.seconds = row.number();
    row.end();
  }
}

TrialRecord parse(Lines& lines) {
  TrialRecord record;
  record.spec = parse_spec(lines);
  lines.literal("[outcome] 6");
  record.status = to_status(lines.value("status"));
  record.message = lines.value("message");
  record.learning_rate = to_number(lines, lines.value("learning_rate"));
  record.edge = lines.value("edge");
  record.stop = lines.value("stop");
  record.search_seconds = to_number(lines, lines.value("search_seconds"));

  record.search.resize(lines.section("search"));
  lines.literal(kSearchColumns);
  for (SearchPoint& p : record.search) {
    Row row(lines, kSearchColumns);
    p.learning_rate = row.number(), p.status = to_status(row.text());
    p.cost = row.number(), p.validation_error = row.number();
    row.end();
  }
  record.curve.resize(lines.section("curve"));
  lines.literal(kCurveColumns);
  for (EpochPoint& p : record.curve) {
    Row row(lines, kCurveColumns);
    p.epoch = row.int32(), p.steps = row.integer(), p.learning_rate = row.number();
    p.cost = row.number(), p.train_error = row.number();
    p.validation_error = row.number(), p.test_error = row.number();
    row.end();
  }
  record.timings.resize(lines.section("timings"));
  lines.literal(kTimingColumns);
  for (EpochTiming& t : record.timings) {
    Row row(lines, kTimingColumns);
    t.train_seconds = row.number(), t.evaluation_seconds = row.number();
    row.end();
  }
  if (lines.at("[teleports] ")) parse_teleports(lines, record.teleports);
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
  append(text, "[outcome] 6\nstatus={}\nmessage={}\nlearning_rate={}\nedge={}\nstop={}\nsearch_seconds={}\n",
         to_text(r.status), escaped(r.message), exact_text(r.learning_rate), escaped(r.edge), escaped(r.stop),
         exact_text(r.search_seconds));
  append(text, "[search] {}\n{}\n", r.search.size(), kSearchColumns);
  for (const SearchPoint& p : r.search)
    append(text, "{},{},{},{}\n", exact_text(p.learning_rate), to_text(p.status), exact_text(p.cost),
           exact_text(p.validation_error));
  append(text, "[curve] {}\n{}\n", r.curve.size(), kCurveColumns);
  for (const EpochPoint& p : r.curve)
    append(text, "{},{},{},{},{},{},{}\n", p.epoch, p.steps, exact_text(p.learning_rate), exact_text(p.cost),
           exact_text(p.train_error), exact_text(p.validation_error), exact_text(p.test_error));
  append(text, "[timings] {}\n{}\n", r.timings.size(), kTimingColumns);
  for (const EpochTiming& t : r.timings)
    append(text, "{},{}\n", exact_text(t.train_seconds), exact_text(t.evaluation_seconds));
  if (!r.teleports.empty()) append(text, "[teleports] {}\n{}\n", r.teleports.size(), kTeleportColumns);
  for (const Teleport& t : r.teleports)
    append(text, "{},{},{},{},{},{},{}\n", t.step, t.ascents, exact_text(t.gradient_before),
           exact_text(t.gradient_after), exact_text(t.loss_before), exact_text(t.loss_after),
           exact_text(t.seconds));
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
