// checkpoint.cpp — checkpoints as files.
//
//   symopt checkpoint format=1 results=N order=little
//   phase=search|train         then epoch, cost, steps, seconds
//   record=n                   bytes of the record so far, as in a trial file
//   arrays=n                   n lines: array=bytes an element,elements,name
//                              an empty line; the record; the arrays one after the other
//   sha256=…                   of every byte before this line
#include "results/checkpoint.hpp"

#include <fmt/format.h>

#include <bit>
#include <iterator>
#include <limits>

#include "results/files.hpp"
#include "results/seal.hpp"
#include "results/text.hpp"
#include "results/trial_file.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

std::string header() {
  return fmt::format("symopt checkpoint format=1 results={} order={}", kResultVersion,
                     std::endian::native == std::endian::little ? "little" : "big");
}

// A checkpoint's bytes, read from the front.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::string_view line() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) throw UserError("expected another line, found the end");
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  std::string_view value(std::string_view name) {
    const std::string_view text = line();
    if (!text.starts_with(name) || text.substr(name.size(), 1) != "=")
      throw UserError(fmt::format("expected '{}=', found '{}'", name, escaped(text)));
    return text.substr(name.size() + 1);
  }
  double number(std::string_view name) { return checked(exact_double(value(name)), name, "a number"); }
  // From 0 to `most`, which what is left of the file bounds where something will be allocated.
  std::size_t count(std::string_view name, std::size_t most) { return bounded(value(name), name, most); }
  static std::size_t bounded(std::string_view text, std::string_view name, std::size_t most) {
    const std::int64_t n = checked(exact_integer(text), name, "an integer");
    if (n < 0 || static_cast<std::size_t>(n) > most)
      throw UserError(fmt::format("{}: expected 0 to {}, found {}", name, most, n));
    return static_cast<std::size_t>(n);
  }
  std::string bytes(std::size_t size) {
    if (size > rest_.size())
      throw UserError(fmt::format("expected {} more bytes, found {}", size, rest_.size()));
    std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }
  std::size_t left() const { return rest_.size(); }

 private:
  template <class T>
  static T checked(std::optional<T> value, std::string_view name, std::string_view expected) {
    if (!value) throw UserError(fmt::format("{}: expected {}", name, expected));
    return *value;
  }
  std::string_view rest_;
};

// array=4,1234,theta
StateArray parse_array(std::string_view text, std::size_t left, std::size_t& elements) {
  const std::size_t first = text.find(','), second = text.find(',', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos)
    throw UserError(fmt::format("array: expected size,count,name, found '{}'", escaped(text)));
  StateArray array;
  array.element_size = static_cast<int>(Reader::bounded(text.substr(0, first), "array", 8));
  if (array.element_size != 4 && array.element_size != 8)
    throw UserError(fmt::format("array: expected elements of 4 or 8 bytes, found {}", array.element_size));
  elements = Reader::bounded(text.substr(first + 1, second - first - 1), "array",
                             left / static_cast<std::size_t>(array.element_size));
  array.name = text.substr(second + 1);
  return array;
}

Checkpoint parse(Reader& reader, const fs::path& path) {
  Checkpoint c;
  const std::string_view found = reader.line();
  if (found != header()) throw UserError(fmt::format("expected '{}', found '{}'", header(), escaped(found)));
  const std::string_view phase = reader.value("phase");
  if (phase != "search" && phase != "train")
    throw UserError(fmt::format("phase: expected search or train, found '{}'", escaped(phase)));
  c.searching = phase == "search";
  c.epoch = static_cast<int>(reader.count("epoch", std::numeric_limits<int>::max()));
  c.cost = reader.number("cost");
  c.steps = static_cast<std::int64_t>(reader.count("steps", std::numeric_limits<std::int64_t>::max()));
  c.seconds = reader.number("seconds");
  const std::size_t record = reader.count("record", reader.left());
  // One after the other: what a count says is allocated only as far as there are lines.
  const std::size_t count = reader.count("arrays", reader.left());
  std::vector<std::size_t> elements;
  while (c.arrays.size() < count)
    c.arrays.push_back(parse_array(reader.value("array"), reader.left(), elements.emplace_back()));
  if (!reader.line().empty()) throw UserError("expected an empty line before the data");
  c.record = from_trial_text(reader.bytes(record), path);
  for (std::size_t i = 0; i < c.arrays.size(); ++i)
    c.arrays[i].bytes = reader.bytes(elements[i] * static_cast<std::size_t>(c.arrays[i].element_size));
  if (reader.left() > 0) throw UserError("expected the end, found more bytes");
  return c;
}

}  // namespace

std::string to_checkpoint_text(const Checkpoint& c) {
  const std::string record = to_trial_text(c.record);
  std::string text =
      fmt::format("{}\nphase={}\nepoch={}\ncost={}\nsteps={}\nseconds={}\nrecord={}\narrays={}\n", header(),
                  c.searching ? "search" : "train", c.epoch, exact_text(c.cost), c.steps,
                  exact_text(c.seconds), record.size(), c.arrays.size());
  for (const StateArray& a : c.arrays)
    fmt::format_to(std::back_inserter(text), "array={},{},{}\n", a.element_size,
                   a.bytes.size() / static_cast<std::size_t>(a.element_size), a.name);
  text += "\n" + record;
  for (const StateArray& a : c.arrays) text += a.bytes;
  return sealed(std::move(text));
}

Checkpoint from_checkpoint_text(const std::string& text, const fs::path& path) {
  try {
    Reader reader(unsealed(text, "a checkpoint"));
    return parse(reader, path);
  } catch (const UserError& error) {
    throw UserError(fmt::format("checkpoint: {}: {}", path.string(), error.what()));
  }
}

std::optional<Checkpoint> CheckpointFolder::load(const TrialSpec& spec) const {
  const fs::path file = path(spec.hash());
  const std::optional<std::string> text = read_file(file);
  if (!text) return std::nullopt;
  Checkpoint checkpoint = from_checkpoint_text(*text, file);
  if (checkpoint.record.spec != spec)
    throw UserError("checkpoint", file.string(), "the trial of its name",
                    "trial " + checkpoint.record.spec.hash());
  return checkpoint;
}

void CheckpointFolder::save(const Checkpoint& checkpoint) const {
  make_folder(folder_);
  write_atomically(path(checkpoint.record.spec.hash()), to_checkpoint_text(checkpoint));
}

std::string CheckpointFolder::set_aside(const TrialSpec& spec, const std::string& reason) const {
  const std::optional<fs::path> target = symopt::set_aside(path(spec.hash()), damaged_);
  return fmt::format("{}; {}the trial starts anew", reason,
                     target ? fmt::format("set aside as {}, ", target->string()) : "");
}

void CheckpointFolder::remove(const std::string& hash) const { remove_file(path(hash)); }

std::vector<std::string> CheckpointFolder::hashes() const {
  std::vector<std::string> list;
  for (const fs::path& file : list_folder(folder_))
    if (file.extension() == ".ckpt") list.push_back(file.stem());
  return list;
}

}  // namespace symopt
