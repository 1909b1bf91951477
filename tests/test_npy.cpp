// test_npy.cpp — NumPy's array files: what is written reads back, byte for byte as NumPy writes it, and what
// is not such a file is an error.
#include <cmath>
#include <limits>

#include "core/data/npy.hpp"
#include "tests/support/allocated_bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"

using namespace symopt;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

template <class T>
void check_round_trip(const std::vector<size_t>& shape, const std::vector<T>& values) {
  const TemporaryFolder folder;
  const NpyArray array = NpyArray::of<T>(shape, values);
  const NpyArray read = read_npy(folder.write("a.npy", to_npy(array)));
  CHECK(read.type == array.type);
  CHECK(read.shape == shape);
  CHECK(read.bytes == array.bytes);
  CHECK(read.count() == values.size());
  CHECK(to_npy(read) == to_npy(array));
  const std::vector<T> found = read.values<T>();
  CHECK(std::equal(found.begin(), found.end(), values.begin(), values.end(),
                   [](T a, T b) { return a == b || (a != a && b != b); }));
}

// A file with this header, padded as NumPy does it, and these elements.
std::string file_of(std::string header, const std::string& elements) {
  header.resize((10 + header.size() + 64) / 64 * 64 - 11, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size() & 0xff) +
         static_cast<char>(header.size() >> 8) + header + elements;
}

}  // namespace

TEST_CASE("npy: arrays of every type and rank read back to the bit") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  check_round_trip<double>({2, 3}, {0.1, -0.0, nan, inf, -inf, 5e-324});
  check_round_trip<double>({}, {2.5});
  check_round_trip<float>({6}, {0.1f, -1.f, 3e38f, 1e-45f, 0.f, 7.f});
  check_round_trip<float>({1, 1, 3, 1}, {1, 2, 3});
  check_round_trip<std::int32_t>({2, 2}, {-1, 0, 2147483647, -2147483647});
  check_round_trip<std::int64_t>({1}, {std::int64_t{1} << 40});
  check_round_trip<std::uint8_t>({3}, {0, 128, 255});
  check_round_trip<double>({0}, {});
  check_round_trip<std::int32_t>({3, 0, 2}, {});
}

TEST_CASE("npy: the bytes are those that numpy.save writes") {
  // numpy.save(file, numpy.array([[1, 2, 3], [4, 5, 6]], dtype="<i4"))
  std::string expected("\x93NUMPY\x01\x00v\x00", 10);
  expected += "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }";
  expected.resize(127, ' ');
  expected += '\n';
  for (char i = 1; i <= 6; ++i) expected += std::string(1, i) + std::string(3, '\0');
  const std::vector<std::int32_t> values = {1, 2, 3, 4, 5, 6};
  CHECK(to_npy(NpyArray::of<std::int32_t>({2, 3}, values)) == expected);
  const std::vector<float> one = {1};
  CHECK(contains(to_npy(NpyArray::of<float>({1}, one)), "'shape': (1,), }"));
  CHECK(contains(to_npy(NpyArray::of<float>({}, one)), "'shape': (), }"));
}

TEST_CASE("npy: elements start at a multiple of 64 bytes whatever the header's length") {
  for (size_t rank = 0; rank <= NpyArray::kMaxRank; ++rank) {
    const std::vector<float> one = {1};
    const std::string text = to_npy(NpyArray::of<float>(std::vector<size_t>(rank, 1), one));
    INFO("rank " << rank);
    CHECK((text.size() - 4) % 64 == 0);
    CHECK(text[text.size() - 5] == '\n');
  }
}

TEST_CASE("npy: each kind of malformed file is one line naming file, offset, expected and found") {
  const std::string eight(8, 'x');
  struct Case {
    std::string bytes, mentioned;
  };
  const std::vector<Case> cases = {
      {"", "offset 0: expected an .npy file of version 1.0, found fewer bytes"},
      {"PK\x03\x04 and more than ten bytes",
       "offset 0: expected an .npy file of version 1.0, found another start"},
      {std::string("\x93NUMPY\x02\x00\x10\x00", 10) + eight,
       "offset 6: expected an .npy file of version 1.0, found version 2.0"},
      {std::string("\x93NUMPY\x01\x00\xff\xff{", 11), "offset 8: expected a header of 65535 bytes, found 1"},
      {file_of("{'descr': '<f8', 'fortran_order': True, 'shape': (1,), }", eight),
       "offset 44: expected C order ('fortran_order': False), found Fortran order; numpy.ascontiguousarray"},
      {file_of("{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }", eight),
       "offset 44: expected \"False\", found \"0, 'shape': (1,), }"},
      {file_of("{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }", eight),
       "expected an element type of |u1, |i1, <u2, <i2, <u4, <i4, <u8, <i8, <f4, <f8, found >f8 (big-endian"},
      {file_of("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", eight),
       "found |O (pickled objects)"},
      {file_of("{'descr': '<f8', 'fortran_order': False, }", eight), "found fewer"},
      {file_of("{'descr': '<f8', 'descr': '<f8', 'shape': (1,), }", eight), "each once, found descr"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}", eight), "found more"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } x", eight),
       "the end of the header"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", eight), "expected a dimension"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1", eight),
       "expected \")\", found the end"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,), }", eight),
       "expected at most 1073741824 elements"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }", eight),
       "expected at most 1073741824 elements, found 1000000000000"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", eight),
       "offset 136: expected 16 bytes of elements, found 8"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", eight + "y"),
       "the end of the file"},
      {file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", eight + "y"),
       "bytes of elements, found 9"},
      {file_of("{'des\ncr': '<f8', }", eight), "found des?cr"},
  };
  const TemporaryFolder folder;
  for (const Case& c : cases) {
    const fs::path file = folder.write("a.npy", c.bytes);
    const std::string line = error_of([&] { read_npy(file); });
    INFO(line << " should mention: " << c.mentioned);
    CHECK(line.starts_with(file.string() + ": "));
    CHECK(contains(line, c.mentioned));
  }
}

TEST_CASE("npy: a shape that promises more than the file holds is refused before anything is allocated") {
  const TemporaryFolder folder;
  const fs::path file = folder.write(
      "a.npy", file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,), }", "x"));
  forget_allocations();
  CHECK(
      contains(error_of([&] { read_npy(file); }), "expected a shape of at most 129 bytes, found 8000000000"));
  CHECK(largest_allocation() < (std::size_t{1} << 20));
}

TEST_CASE("npy: elements of another type are refused, not converted") {
  const std::vector<float> values = {1, 2};
  const NpyArray array = NpyArray::of<float>({2}, values);
  CHECK(error_of([&] { array.values<double>(); }) == "npy: elements: expected float64, found float32");
}
