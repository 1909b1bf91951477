// test_idx.cpp — the IDX reader against files that are not what they say.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/data/idx.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "tests/support/allocated_bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/idx_files.hpp"

namespace symopt {
namespace {

namespace fs = std::filesystem;
using test::gzip;
using test::idx_header;
using test::ramp;
using test::TemporaryFolder;
using Shape = std::vector<std::uint32_t>;

// More than reading takes, less than any header below promises.
constexpr std::size_t modest = std::size_t{1} << 20;

struct Reading {
  std::optional<IdxArray> array;
  std::string error;
};

// Anything but data or a one-line UserError that names the file fails the test.
Reading read(const fs::path& file, const Shape& shape) {
  Sha256 all;
  try {
    return {read_idx(file, shape, all), ""};
  } catch (const UserError& error) {
    const std::string line = error.what();
    if (line.find(file.string()) != 0 || line.find('\n') != std::string::npos ||
        line.find(": expected ") == std::string::npos || line.find(", found ") == std::string::npos)
      FAIL("not one line naming file, expected and found: " << line);
    return {std::nullopt, line};
  }
}

struct Malformed {
  std::string kind, name, bytes;
  Shape shape;
  std::vector<std::string> mentioned;
};

const std::string images = idx_header({3, 2, 2}) + ramp(12, 7);

std::vector<Malformed> malformed_files() {
  std::string wrong_type = images, bad_crc = gzip(images), bad_size = gzip(images);
  wrong_type[2] = '\x0d';
  bad_crc[bad_crc.size() - 8] ^= 1;
  bad_size[bad_size.size() - 4] ^= 1;
  return {
      {"empty", "a", "", {0, 2, 2}, {"offset 0", "header of 16 bytes", "found 0 bytes"}},
      {"empty gzip", "a.gz", "", {0, 2, 2}, {"compressed offset 0", "found the end of the file"}},
      {"gzip of nothing",
       "a.gz",
       gzip(""),
       {0, 2, 2},
       {"uncompressed offset 0", "header of 16 bytes", "found 0 bytes"}},
      {"half a header",
       "a",
       images.substr(0, 9),
       {0, 2, 2},
       {"offset 0", "header of 16 bytes", "found 9 bytes"}},
      {"rank", "a", images, {0}, {"offset 0", "0x00000801", "0x00000803"}},
      {"type", "a", wrong_type, {0, 2, 2}, {"offset 0", "0x00000803", "0x00000d03"}},
      {"gzip under a plain name", "a", gzip(images), {0, 2, 2}, {"offset 0", "0x00000803", "0x1f8b0800"}},
      {"plain under a gzip name", "a.gz", images, {0, 2, 2}, {"compressed offset", "incorrect header check"}},
      {"width", "a", images, {0, 2, 3}, {"offset 12", "dimension 3 to be 3", "found 2"}},
      {"height", "a.gz", gzip(images), {0, 28, 2}, {"offset 8", "dimension 2 to be 28", "found 2"}},
      {"no images", "a", idx_header({0, 2, 2}), {0, 2, 2}, {"offset 4", "1 or more", "found 0"}},
      {"a byte short",
       "a",
       images.substr(0, 27),
       {0, 2, 2},
       {"offset 27", "12 bytes of data (3 x 2 x 2)", "after 11"}},
      {"a byte short",
       "a.gz",
       gzip(images.substr(0, 27)),
       {0, 2, 2},
       {"uncompressed offset 27", "12 bytes", "after 11"}},
      {"a byte too many", "a", images + "x", {0, 2, 2}, {"offset 28", "the end of the file", "more bytes"}},
      {"a byte too many",
       "a.gz",
       gzip(images + "x"),
       {0, 2, 2},
       {"uncompressed offset 28", "the end of the file"}},
      {"a byte behind the gzip stream", "a.gz", gzip(images) + "x", {0, 2, 2}, {"compressed offset"}},
      {"gzip checksum", "a.gz", bad_crc, {0, 2, 2}, {"compressed offset", "incorrect data check"}},
      {"gzip length", "a.gz", bad_size, {0, 2, 2}, {"compressed offset", "incorrect length check"}},
  };
}

TEST_CASE("idx: each kind of malformed file is an error naming file, offset, expected and found") {
  const TemporaryFolder folder;
  for (const Malformed& file : malformed_files()) {
    const Reading reading = read(folder.write(file.name, file.bytes), file.shape);
    INFO(file.kind << " (" << file.name << "): " << reading.error);
    CHECK(!reading.array);
    for (const std::string& part : file.mentioned) {
      INFO("should mention: " << part);
      CHECK(reading.error.find(part) != std::string::npos);
    }
  }
}

TEST_CASE("idx: what is not a readable file is an error") {
  const TemporaryFolder folder;
  for (const std::string name : {"a", "a.gz"}) {
    const fs::path file = folder.path() / name;
    CHECK(read(file, {0}).error.find("found none") != std::string::npos);
    fs::create_directory(file);
    CHECK(read(file, {0}).error.find("found a directory") != std::string::npos);
    fs::remove(file);
    fs::create_symlink(file, file);
    CHECK(!read(file, {0}).array);
    fs::remove(file);
  }
  CHECK(read("/dev/zero", {0}).error.find("expected a regular file") != std::string::npos);
  const fs::path file = folder.write("a", images);
  fs::permissions(file, fs::perms::none);
  // Root reads every file, so as root the test becomes nobody for a moment.
  const uid_t user = geteuid(), nobody = 65534;
  fs::permissions(folder.path(), fs::perms::others_exec, fs::perm_options::add);
  if (user == 0 && seteuid(nobody) != 0) {
    WARN("root who cannot become nobody: a file without permission was not tested");
    return;
  }
  const Reading reading = read(file, {0, 2, 2});
  if (user == 0) REQUIRE(seteuid(user) == 0);
  INFO(reading.error);
  CHECK(reading.error.find("expected a readable file, found Permission denied") != std::string::npos);
}

TEST_CASE("idx: plain, gzip, and gzip of several members give the same bytes and hash") {
  const TemporaryFolder folder;
  const std::vector<fs::path> files{
      folder.write("a", images), folder.write("a.gz", gzip(images)),
      folder.write("b.gz", gzip(images.substr(0, 10)) + gzip(images.substr(10)))};
  for (const fs::path& file : files) {
    INFO(file);
    Sha256 all;
    const IdxArray array = read_idx(file, Shape{0, 2, 2}, all);
    CHECK(array.dimensions == Shape{3, 2, 2});
    CHECK(std::string(array.values.begin(), array.values.end()) == images.substr(16));
    CHECK(array.sha256 == sha256(images));
    CHECK(all.hex() == sha256(images));
  }
}

TEST_CASE("idx: data longer than a chunk arrives whole") {
  // More than two chunks of 64 KiB, not a multiple of one, and gzip in several pieces: hard to compress.
  std::string bytes = idx_header({150001});
  Stream stream(1);
  for (int i = 0; i < 150001; ++i) bytes += static_cast<char>(stream.below(256));
  const TemporaryFolder folder;
  for (const fs::path& file : {folder.write("a", bytes), folder.write("a.gz", gzip(bytes))}) {
    const Reading reading = read(file, {0});
    INFO(reading.error);
    REQUIRE(reading.array);
    CHECK(reading.array->sha256 == sha256(bytes));
    CHECK(std::equal(reading.array->values.begin(), reading.array->values.end(), bytes.begin() + 8,
                     bytes.end(), [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }));
  }
}

TEST_CASE("idx: a header that promises more than the file can hold is refused before anything is allocated") {
  const TemporaryFolder folder;
  const std::uint32_t huge = std::uint32_t{1} << 31;
  for (const auto& header :
       {idx_header({huge, 60000, 60000}), idx_header({0xffffffff, 0xffffffff, 0xffffffff}),
        idx_header({60000, 28, 28}), idx_header({1, huge, 1}), idx_header({1u << 22, 16, 16}),
        idx_header({65536, 65536, 1}), idx_header({huge, huge, huge}), idx_header({1, 1, 0xffffffff})})
    for (const bool gzipped : {false, true}) {
      const std::string bytes = header + ramp(100, 1);
      const fs::path file = folder.write(gzipped ? "a.gz" : "a", gzipped ? gzip(bytes) : bytes);
      test::forget_allocations();
      const Reading reading = read(file, {0, 0, 0});
      INFO(reading.error);
      CHECK(!reading.array);
      CHECK(reading.error.find("announced") != std::string::npos);
      CHECK(test::largest_allocation() < modest);
    }
}

TEST_CASE("idx: a gzip that inflates past what its header promises is not inflated further") {
  const TemporaryFolder folder;
  const std::string bytes = idx_header({3, 2, 2}) + std::string(std::size_t{8} << 20, '\0');
  const fs::path file = folder.write("a.gz", gzip(bytes));
  test::forget_allocations();
  const Reading reading = read(file, {0, 2, 2});
  CHECK(reading.error.find("uncompressed offset 28") != std::string::npos);
  CHECK(test::largest_allocation() < modest);
}

TEST_CASE("idx: a file cut at any byte is an error, plain or gzipped") {
  const TemporaryFolder folder;
  for (const std::string name : {"a", "a.gz"}) {
    const std::string bytes = name == "a" ? images : gzip(images);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      INFO(name << " cut to " << length << " of " << bytes.size());
      CHECK(!read(folder.write(name, bytes.substr(0, length)), {0, 2, 2}).array);
    }
    CHECK(read(folder.write(name, bytes), {0, 2, 2}).array);
  }
}

TEST_CASE("idx: a gzip with any one bit flipped is an error or still the right data") {
  const TemporaryFolder folder;
  const std::string right = gzip(images);
  int errors = 0;
  for (std::size_t i = 0; i < right.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = right;
      bytes[i] ^= static_cast<char>(1 << bit);
      const Reading reading = read(folder.write("a.gz", bytes), {0, 2, 2});
      INFO("bit " << bit << " of byte " << i);
      if (reading.array) CHECK(reading.array->sha256 == sha256(images));
      errors += !reading.array;
      // Time, extra flags and operating system mean nothing to the data; everything behind the header does.
      if (i >= 4 && i < 10) CHECK(reading.array);
      if (i >= right.size() - 8) CHECK(!reading.array);
    }
  CHECK(errors > 0);
}

TEST_CASE("idx: random damage never gives more than an error, and what is accepted is what the header says") {
  const TemporaryFolder folder;
  Stream stream(20230);
  for (int round = 0; round < 1000; ++round) {
    const bool gzipped = stream.below(2) == 1;
    std::string bytes = gzipped ? gzip(images) : images;
    for (std::uint64_t n = 1 + stream.below(4); n > 0 && !bytes.empty(); --n) {
      const std::size_t at = stream.below(bytes.size());
      const char value = static_cast<char>(stream.below(256));
      switch (stream.below(5)) {
        case 0:
          bytes[at] = value;
          break;
        case 1:
          bytes.insert(at, 1, value);
          break;
        case 2:
          bytes.erase(at, 1 + stream.below(4));
          break;
        case 3:
          bytes.resize(at);
          break;
        default:
          bytes += bytes.substr(at);
      }
    }
    // Damaged inside the wrapping too, so that headers are reached behind a valid gzip.
    const bool wrapped = !gzipped && stream.below(2) == 1;
    test::forget_allocations();
    const Reading reading =
        read(folder.write(gzipped || wrapped ? "a.gz" : "a", wrapped ? gzip(bytes) : bytes), {0, 0, 0});
    CHECK(test::largest_allocation() < modest);
    if (!reading.array) continue;
    std::uint64_t product = 1;
    for (const std::uint32_t size : reading.array->dimensions) product *= size;
    CHECK(reading.array->values.size() == product);
    if (!gzipped) CHECK(reading.array->sha256 == sha256(bytes));
  }
}

}  // namespace
}  // namespace symopt
