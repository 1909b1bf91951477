// records.cpp — made-up trials, by seeded streams.
#include "tests/support/records.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <type_traits>
#include <variant>

#include "core/data/sha256.hpp"
#include "results/rows.hpp"

namespace symopt::test {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "symopt-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder " + name);
  path = name;
}
ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

TrialSpec make_spec(const std::string& optimizer, int trial, const std::string& settings) {
  TrialSpec spec;
  spec.dataset = "mnist", spec.checksum = std::string(64, 'a');
  spec.network = "archbn-2", spec.shape = "archbn:784-64-64-10/pool2/relu";
  spec.optimizer = optimizer, spec.settings = settings, spec.start = "balanced";
  spec.trial = trial;
  return spec;
}

TrialRecord make_record(const TrialSpec& spec, int epochs) {
  Stream stream(std::stoull(spec.hash().substr(0, 16), nullptr, 16));
  const auto error = [&] { return static_cast<double>(100 + stream.below(200)) / 10000; };
  TrialRecord record;
  record.spec = spec;
  for (int i = 0; i <= 10; ++i)
    record.search.push_back({std::pow(10, -0.5 * i), Status::completed, stream.uniform(), error()});
  record.learning_rate = record.search[2].learning_rate;
  record.stop = "max-epochs";
  record.search_seconds = stream.uniform();
  double learning_rate = record.learning_rate;
  for (int e = 1; e <= epochs; ++e, learning_rate *= 1.1) {
    record.curve.push_back({e, 500 * e, learning_rate, stream.uniform(), error(), error(), error()});
    record.timings.push_back({stream.uniform(), stream.uniform()});
  }
  return record;
}

namespace {

std::uint64_t bits(Stream& stream) { return stream.below(1ULL << 32) << 32 | stream.below(1ULL << 32); }

double any_double(Stream& stream) {
  switch (stream.below(4)) {
    case 0:
      return std::bit_cast<double>(bits(stream));
    case 1:
      return std::bit_cast<double>(bits(stream) & ~(0x7ffULL << 52));  // zeros and denormals
    case 2:
      return std::bit_cast<double>(bits(stream) | 0x7ffULL << 52);  // infinite and NaN
    default:
      return static_cast<double>(stream.below(10000)) / 10000;
  }
}

std::string any_text(Stream& stream) {
  static const std::vector<std::string> pieces = {"\n",
                                                  "\r\n",
                                                  ",",
                                                  "\"",
                                                  "\\",
                                                  "\\n",
                                                  "=",
                                                  "[curve] 3",
                                                  "sha256=",
                                                  "π",
                                                  "日本",
                                                  "\t",
                                                  std::string(1, '\0'),
                                                  "\xff\xfe",
                                                  "\x7f",
                                                  " ",
                                                  "nan",
                                                  "a"};
  std::string text;
  for (std::uint64_t n = stream.below(12); n > 0; --n) text += pieces[stream.below(pieces.size())];
  return text;
}

Status any_status(Stream& stream) { return static_cast<Status>(stream.below(4)); }

template <class T>
T any(Stream& stream) {
  if constexpr (std::is_same_v<T, double>)
    return any_double(stream);
  else if constexpr (std::is_same_v<T, std::string>)
    return any_text(stream);
  else if constexpr (std::is_same_v<T, Status>)
    return any_status(stream);
  else
    return static_cast<T>(bits(stream));
}

// By the list, so that a column that comes later is filled and compared like the others. Never inlined, as in
// results/columns.hpp.
template <class S>
[[gnu::noinline]] void fill(const Column<S>& column, S& row, Stream& stream) {
  std::visit([&](auto field) { row.*field = any<std::decay_t<decltype(row.*field)>>(stream); }, column.field);
}
template <class S>
void fill_rows(std::vector<S>& rows, Stream& stream) {
  rows.resize(stream.below(5));
  for (S& row : rows)
    for (const Column<S>& column : columns_of<S>().list()) fill(column, row, stream);
}

}  // namespace

TrialRecord any_record(Stream& stream) {
  TrialRecord r;
  for (std::string* field :
       {&r.spec.dataset, &r.spec.checksum, &r.spec.network, &r.spec.shape, &r.spec.optimizer,
        &r.spec.settings, &r.spec.start, &r.spec.precision, &r.message, &r.edge, &r.stop})
    *field = any_text(stream);
  r.spec.seed = bits(stream), r.spec.trial = static_cast<int>(stream.below(1ULL << 31));
  r.spec.protocol.search = stream.below(2) == 0;
  r.spec.protocol.learning_rate = 1e6 * stream.uniform();
  r.spec.protocol.bn_epsilon = std::bit_cast<double>(stream.below(1ULL << 52));  // denormal
  r.spec.protocol.max_epochs = 1 + static_cast<int>(stream.below(1000));
  r.spec.protocol.annealing = "cosine";
  r.status = any_status(stream);
  r.learning_rate = any_double(stream), r.search_seconds = any_double(stream);
  fill_rows(r.search, stream), fill_rows(r.curve, stream);
  fill_rows(r.timings, stream), fill_rows(r.teleports, stream);
  fill_rows(r.class_metrics, stream), fill_rows(r.confusion, stream);
  for (ClassMetrics& m : r.class_metrics) m.set = "validation";  // no free text
  for (ConfusionCount& c : r.confusion) c.set = "test";
  return r;
}

namespace {

bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

template <class S>
[[gnu::noinline]] bool same_field(const Column<S>& column, const S& a, const S& b) {
  return std::visit(
      [&](auto field) {
        if constexpr (std::is_same_v<decltype(field), double S::*>)
          return same(a.*field, b.*field);
        else
          return a.*field == b.*field;
      },
      column.field);
}
template <class S>
bool same_rows(const std::vector<S>& a, const std::vector<S>& b) {
  const std::vector<Column<S>>& columns = columns_of<S>().list();
  return std::ranges::equal(a, b, [&](const S& p, const S& q) {
    return std::ranges::all_of(columns, [&](const Column<S>& column) { return same_field(column, p, q); });
  });
}

}  // namespace

bool same_bits(const TrialRecord& a, const TrialRecord& b) {
  return a.spec == b.spec && a.status == b.status && a.message == b.message &&
         same(a.learning_rate, b.learning_rate) && a.edge == b.edge && a.stop == b.stop &&
         same(a.search_seconds, b.search_seconds) && same_rows(a.search, b.search) &&
         same_rows(a.curve, b.curve) && same_rows(a.timings, b.timings) &&
         same_rows(a.teleports, b.teleports) && same_rows(a.class_metrics, b.class_metrics) &&
         same_rows(a.confusion, b.confusion);
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace symopt::test
