// test_own_data.cpp — folder:PATH and sets of .npy arrays: every shape and type arrives as it is meant, what
// is wrong is one line that names file, place, expected and found.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "core/data/array_sets.hpp"
#include "core/data/npy.hpp"
#include "core/data/own_data.hpp"
#include "core/data/sha256.hpp"
#include "tests/support/allocated_bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"

namespace symopt {
namespace {

namespace fs = std::filesystem;
using namespace test;
using Bytes = std::vector<std::uint8_t>;
using Shape = std::vector<std::size_t>;

template <class T>
std::string npy(const Shape& shape, const std::vector<T>& values) {
  return to_npy(NpyArray::of<T>(shape, values));
}

// As npy.hpp writes it, but of another element type: `code` in the place of <i4.
std::string npy_as(const std::string& code, const Shape& shape, const std::string& elements) {
  std::string file = to_npy(NpyArray::of<std::int32_t>(shape, {}));
  file.replace(file.find("<i4"), 3, code);
  return file + elements;
}

Bytes counted(std::size_t count, unsigned step) {
  const std::string bytes = ramp(count, step);
  return {bytes.begin(), bytes.end()};
}

// Three and two pictures of 2×2×3 in three classes; a test changes one of the files.
struct Own {
  TemporaryFolder folder;
  std::array<std::string, 4> bytes{
      npy<std::uint8_t>({3, 2, 2, 3}, counted(36, 7)), npy<std::uint8_t>({3}, {2, 0, 1}),
      npy<std::uint8_t>({2, 2, 2, 3}, counted(24, 5)), npy<std::uint8_t>({2}, {1, 2})};
  fs::path path() const { return folder.path() / "flowers"; }
  std::string name() const { return "folder:" + path().string(); }
  void write(const std::string& ending = "") const {
    for (std::size_t i = 0; i < 4; ++i)
      folder.write("flowers/" + array_names()[i] + ending, ending.empty() ? bytes[i] : gzip(bytes[i]));
  }
  Dataset load() const { return *load_dataset(name(), "nowhere"); }
  std::string error() const {
    return error_of([&] { load(); });
  }
  // The error where file `i` has `changed` in it: a line that begins with its path.
  std::string error_with(std::size_t i, const std::string& changed) const {
    write();
    const fs::path file = folder.write("flowers/" + array_names()[i], changed);
    const std::string line = error();
    INFO(line);
    CHECK(line.starts_with(file.string() + ": "));
    return line.substr(std::min(line.size(), file.string().size() + 2));
  }
};

}  // namespace

TEST_CASE("own data: pictures in colour arrive with shape, classes, name and the sum of the files' bytes") {
  Own own;
  Sha256 all;
  for (const std::string& bytes : own.bytes) all.update(bytes);
  const std::string checksum = all.hex();
  for (const std::string ending : {"", ".gz"}) {
    own.write(ending);
    const Dataset data = own.load();
    CHECK(data.name == "folder:flowers");
    CHECK(data.checksum == checksum);
    CHECK((data.height == 2 && data.width == 2 && data.channels == 3 && data.classes == 3));
    CHECK(data.train.pixels == counted(36, 7));
    CHECK(data.test.pixels == counted(24, 5));
    CHECK((data.train.values.empty() && data.test.values.empty()));
    CHECK(data.train.labels == Bytes{2, 0, 1});
    CHECK(data.test.labels == Bytes{1, 2});
    for (const std::string& file : array_names()) fs::remove(own.path() / (file + ending));
  }
}

TEST_CASE("own data: pictures without channels have one, and features are 1 x 1 x as many") {
  struct Case {
    Shape shape;
    int height, width, channels;
  };
  for (const Case& c : {Case{{3, 4}, 1, 1, 4}, Case{{3, 2, 2}, 2, 2, 1}, Case{{3, 1, 2, 2}, 1, 2, 2}}) {
    Own own;
    own.bytes[0] = npy<std::uint8_t>(c.shape, counted(12, 9));
    Shape test = c.shape;
    test[0] = 2;
    own.bytes[2] = npy<std::uint8_t>(test, counted(8, 3));
    own.write();
    const Dataset data = own.load();
    CHECK((data.height == c.height && data.width == c.width && data.channels == c.channels));
    CHECK(data.inputs() == 4);
    CHECK(data.train.pixels == counted(12, 9));
  }
}

TEST_CASE("own data: floats are kept as they are, doubles to the nearest float") {
  Own own;
  const float tiny = 1e-40f, large = -3e38f;
  own.bytes[0] = npy<float>({3, 2}, {-1.5f, 0.1f, tiny, large, 255.f, -0.f});
  own.bytes[2] = npy<double>({2, 2}, {0.1, -1e300 * 0, 1.0 / 3, 3.4028234663852886e38});
  own.write();
  const Dataset data = own.load();
  CHECK((data.train.pixels.empty() && data.test.pixels.empty()));
  CHECK(data.train.values == std::vector<float>{-1.5f, 0.1f, tiny, large, 255.f, -0.f});
  CHECK(data.test.values == std::vector<float>{0.1f, 0.f, 1.f / 3, std::numeric_limits<float>::max()});
  CHECK((data.height == 1 && data.width == 1 && data.channels == 2));
}

TEST_CASE("own data: labels may be integers of any width") {
  const auto little = [](std::size_t width, std::initializer_list<int> labels) {
    std::string bytes;
    for (const int label : labels) {
      bytes += static_cast<char>(label);
      bytes += std::string(width - 1, '\0');
    }
    return bytes;
  };
  const std::pair<const char*, std::size_t> types[] = {{"|u1", 1}, {"|i1", 1}, {"<u2", 2}, {"<i2", 2},
                                                       {"<u4", 4}, {"<i4", 4}, {"<u8", 8}, {"<i8", 8}};
  for (const auto& [code, width] : types) {
    Own own;
    own.bytes[1] = npy_as(code, {3}, little(width, {2, 0, 100}));
    own.bytes[3] = npy_as(code, {2}, little(width, {1, 2}));
    own.write();
    const Dataset data = own.load();
    INFO(code);
    CHECK(data.train.labels == Bytes{2, 0, 100});
    CHECK(data.classes == 101);
    CHECK(contains(own.error_with(1, npy_as(code, {3}, little(width, {2, 0, 1}).substr(1))),
                   "bytes of elements, found the end after"));
  }
  Own own;
  own.write();
  const Dataset before = own.load();
  own.bytes[1] = npy<std::int64_t>({3}, {2, 0, 1});
  own.write();
  CHECK(own.load().train.labels == before.train.labels);
  CHECK(own.load().checksum != before.checksum);
}

TEST_CASE("own data: IDX files of any rank, plain, gzipped or dotted, are what the same named set would be") {
  for (const std::uint32_t rank : {2u, 3u, 4u})
    for (const bool gzipped : {false, true}) {
      const TemporaryFolder folder;
      const auto images = [&](std::uint32_t count) {
        return rank == 2   ? idx_header({count, 6})
               : rank == 3 ? idx_header({count, 2, 3})
                           : idx_header({count, 1, 2, 3});
      };
      const std::array<std::string, 4> bytes{images(3) + ramp(18, 7), idx_header({3}) + ramp(3, 1),
                                             images(2) + ramp(12, 5), idx_header({2}) + ramp(2, 2)};
      const std::array<std::string, 4> names{
          "train-images-idx" + std::to_string(rank) + "-ubyte", "train-labels-idx1-ubyte",
          "t10k-images-idx" + std::to_string(rank) + "-ubyte", "t10k-labels.idx1-ubyte"};
      Sha256 all;
      for (std::size_t i = 0; i < 4; ++i) {
        all.update(bytes[i]);
        folder.write(names[i] + (gzipped ? ".gz" : ""), gzipped ? gzip(bytes[i]) : bytes[i]);
      }
      const Dataset data = load_own_data("folder:" + folder.path().string());
      CHECK(data.checksum == all.hex());
      CHECK(data.height == (rank == 3 ? 2 : 1));
      CHECK(data.width == (rank == 2 ? 1 : rank == 3 ? 3 : 2));
      CHECK(data.channels == (rank == 2 ? 6 : rank == 3 ? 1 : 3));
      CHECK(data.classes == 3);
      CHECK(data.train.pixels == counted(18, 7));
      CHECK(data.test.labels == Bytes{0, 2});
    }
}

TEST_CASE("own data: each malformed file is one line that names it, the place, expected and found") {
  const Own own;
  const std::string elements(36, 'x');
  const auto images = [&](const std::string& line) { return own.error_with(0, line); };
  CHECK(
      contains(images(own.bytes[0].substr(0, 140)), "offset 140: expected 36 bytes of elements, found the"));
  CHECK(contains(images(own.bytes[0] + "x"), "expected the end of the file, found more bytes"));
  CHECK(contains(images(""), "offset 0: expected an .npy file of version 1.0, found fewer bytes"));
  CHECK(contains(images("<!DOCTYPE html><title>Please log in"),
                 "expected a data file, found a web page (HTML)"));
  CHECK(contains(images(std::string("\x93NUMPY\x03\x00", 8) + elements), "found version 3.0"));
  CHECK(contains(images(std::string("\x93NUMPY\x01\x00\xff\xff{", 11)),
                 "expected a header of 65535 bytes, found 1"));
  CHECK(contains(images(npy_as(">f4", {3, 3}, elements)), "found >f4 (big-endian"));
  CHECK(contains(images(npy_as("|O", {3, 3}, elements)), "found |O (pickled objects)"));
  CHECK(contains(images(npy_as("<f2", {3, 6}, elements)), "found <f2"));
  CHECK(contains(images(npy_as("<i4", {3, 3}, elements)),
                 "offset 10: expected pictures of uint8, float32 or float64, found int32"));
  std::string fortran = own.bytes[0];
  fortran.replace(fortran.find("False"), 5, "True ");
  CHECK(contains(images(fortran), "expected C order ('fortran_order': False), found Fortran order"));
  CHECK(contains(images(npy<std::uint8_t>({36}, counted(36, 1))),
                 "offset 10: expected N x H x W x C, N x H x W or N x features, all 1 or more, found 36"));
  CHECK(contains(images(npy<std::uint8_t>({}, {1})), "all 1 or more, found a single number"));
  CHECK(contains(images(npy<std::uint8_t>({1, 3, 2, 2, 3}, counted(36, 1))), "found 1 x 3 x 2 x 2 x 3"));
  CHECK(contains(images(npy<std::uint8_t>({3, 0, 2}, {})), "found 3 x 0 x 2"));
  CHECK(contains(images(npy<std::uint8_t>({0, 2, 2, 3}, {})), "found 0 x 2 x 2 x 3"));

  const std::string three = "expected 3, one for each picture of train-images.npy, found ";
  CHECK(
      contains(own.error_with(1, npy<std::uint8_t>({4}, {0, 1, 2, 0})), "number of labels: " + three + "4"));
  CHECK(contains(own.error_with(1, npy<std::uint8_t>({0}, {})), three + "0"));
  CHECK(contains(own.error_with(3, npy<std::uint8_t>({1}, {0})),
                 "expected 2, one for each picture of test-images.npy, found 1"));
  CHECK(contains(own.error_with(1, npy<std::uint8_t>({3, 1}, {0, 1, 2})),
                 "offset 10: expected labels in one dimension, found 3 x 1"));
  CHECK(
      contains(own.error_with(1, npy<float>({3}, {0, 1, 2})), "expected labels of integers, found float32"));
  CHECK(contains(own.error_with(1, npy<std::int64_t>({3}, {0, 256, 2})),
                 "offset 136: expected a label from 0 to 255, found 256"));
  CHECK(contains(own.error_with(1, npy<std::int32_t>({3}, {0, 1, -1})),
                 "offset 136: expected a label from 0 to 255, found -1"));
  CHECK(contains(own.error_with(1, npy_as("|i1", {3}, {'\x00', '\x01', '\xfe'})), "found -2"));
  CHECK(contains(own.error_with(1, npy_as("<u8", {3}, std::string(16, '\0') + std::string(8, '\xff'))),
                 "offset 144: expected a label from 0 to 255, found 18446744073709551615"));
  CHECK(contains(own.error_with(3, npy<std::int32_t>({2}, {1, 3})),
                 "offset 132: expected a label from 0 to 2, found 3"));
  CHECK(contains(own.error_with(1, npy<std::uint8_t>({3}, {0, 0, 0})),
                 "labels: expected two classes or more: 0, 1, …, found 0 alone"));

  CHECK(contains(own.error_with(2, npy<std::uint8_t>({2, 2, 3, 2}, counted(24, 5))),
                 "shape: expected 2 x 2 x 3 bytes, as in train-images.npy, found 2 x 3 x 2 bytes"));
  CHECK(contains(own.error_with(2, npy<float>({2, 2, 2, 3}, std::vector<float>(24, 0))),
                 "expected 2 x 2 x 3 bytes, as in train-images.npy, found 2 x 2 x 3 floats"));
}

TEST_CASE("own data: a number that is not finite, or none of float's, is refused where it stands") {
  const Own own;
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  CHECK(contains(own.error_with(0, npy<float>({3, 1}, {0, nan, 0})),
                 "offset 132: expected a finite number of at most 3.4028235e+38, found nan"));
  CHECK(contains(own.error_with(0, npy<float>({3, 1}, {0, 0, -inf})), "offset 136"));
  CHECK(contains(own.error_with(0, npy<double>({3, 1}, {0, 0, 1e39})), "offset 144"));
  CHECK(contains(own.error_with(0, npy<double>({3, 1}, {0, static_cast<double>(inf), 0})), "found inf"));
  // In a later piece of those that are read at a time.
  std::vector<float> many(3 * 5000, 1.f);
  many[14999] = nan;
  CHECK(contains(own.error_with(0, npy<float>({3, 5000}, many)), "offset 60124"));
}

TEST_CASE("own data: a header that promises more than the file holds costs no memory") {
  const Own own;
  for (const std::string code : {"|u1", "<f4", "<f8"})
    for (const Shape& shape : {Shape{1000000000}, Shape{1000000, 1000000}, Shape{1000, 1000, 1000}}) {
      own.write();
      own.folder.write("flowers/train-images.npy", npy_as(code, shape, "x"));
      forget_allocations();
      const std::string line = own.error();
      INFO(line);
      CHECK(contains(line, "expected a"));
      CHECK(largest_allocation() < (std::size_t{1} << 20));
    }
  own.folder.write("flowers/train-labels.npy", npy_as("<i8", {1000000000}, "x"));
  own.folder.write("flowers/train-images.npy", own.bytes[0]);
  forget_allocations();
  CHECK(contains(own.error(), "expected a shape of at most 129 bytes, found 8000000000"));
  CHECK(largest_allocation() < (std::size_t{1} << 20));
}

TEST_CASE("own data: large files of bytes and floats are held once") {
  const std::size_t count = 3000, inputs = 4096;
  for (const bool floats : {false, true}) {
    const TemporaryFolder folder;
    std::vector<float> values(count * inputs, 0.5f);
    Bytes labels(count, 1);
    folder.write("train-images.npy", floats ? npy<float>({count, inputs}, values)
                                            : npy<std::uint8_t>({count, inputs}, Bytes(count * inputs, 7)));
    folder.write("train-labels.npy", npy<std::uint8_t>({count}, labels));
    folder.write("test-images.npy", floats ? npy<float>({1, inputs}, std::vector<float>(inputs, 1))
                                           : npy<std::uint8_t>({1, inputs}, Bytes(inputs)));
    folder.write("test-labels.npy", npy<std::uint8_t>({1}, {0}));
    forget_allocations();
    const Dataset data = load_own_data("folder:" + folder.path().string());
    // Numbers and labels once, and what streams, pieces and paths need: less than half a megabyte.
    const std::size_t once = (count + 1) * (inputs * (floats ? sizeof(float) : 1) + 1);
    CHECK(data.train.count() == count);
    CHECK(allocated_bytes() >= once);
    CHECK(allocated_bytes() < once + (1u << 19));
  }
}

TEST_CASE("own data: a folder, or a file of it, that is not there is named, with what is expected") {
  Own own;
  CHECK(contains(own.error(),
                 "data set 'folder:flowers': " + own.path().string() + ": expected a folder, found none"));
  own.folder.write("flowers", "x");
  CHECK(contains(own.error(), "expected a folder, found a file"));
  fs::remove(own.path());
  fs::create_directory(own.path());
  CHECK(contains(own.error(),
                 ": expected train-images.npy, train-labels.npy, test-images.npy, test-labels.npy, or "
                 "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
                 "t10k-labels-idx1-ubyte, plain or .gz, found none of them"));
  for (const std::string& missing : array_names()) {
    own.write();
    fs::remove(own.path() / missing);
    CHECK(contains(own.error(),
                   "expected four .npy arrays or four IDX files, plain or .gz, found no " + missing));
    CHECK_FALSE(contains(own.error(), "fetch"));
  }
  for (const std::string& name : array_names()) fs::remove(own.path() / name);
  own.folder.write("flowers/t10k-images-idx4-ubyte", "x");
  CHECK(contains(own.error(),
                 "found no train-images-idx4-ubyte, train-labels-idx1-ubyte, t10k-labels-idx1-ubyte"));
}

TEST_CASE("own data: .npy arrays go before IDX files of the same folder") {
  const Own own;
  own.write();
  own.folder.write("flowers/train-images-idx3-ubyte", "x");
  own.folder.write("flowers/train-labels-idx1-ubyte", "x");
  own.folder.write("flowers/t10k-images-idx3-ubyte", "x");
  own.folder.write("flowers/t10k-labels-idx1-ubyte", "x");
  CHECK(own.load().train.count() == 3);
}

TEST_CASE("own data: the path becomes absolute, and the name is the folder's own, wherever it lies") {
  const std::string here = fs::current_path().string();
  CHECK(resolve_dataset("folder:a/../b/", "nowhere") == "folder:" + here + "/b");
  CHECK(resolve_dataset("folder:.", "nowhere") == "folder:" + here);
  CHECK(resolve_dataset("folder:/data/b//", "nowhere") == "folder:/data/b");
  CHECK(resolve_dataset(resolve_dataset("folder:x y", "nowhere"), "nowhere") == "folder:" + here + "/x y");
  CHECK(dataset_name("folder:/data/b") == "folder:b");
  CHECK(dataset_name("folder:/elsewhere/b") == "folder:b");
  CHECK(dataset_name("folder:/data/my set, 2\"=:;") == "folder:my_set__2____");
  CHECK(dataset_name("folder:/data/blüten") == "folder:blüten");
  CHECK(dataset_name("folder:/data/\xff") == "folder:_");
  CHECK(dataset_name("folder:/") == "folder:root");
  for (const std::string bad : {"folder:", "folder:a\nb", "folder: a", "folder:a ", "folder:a\x7f"})
    CHECK(contains(error_of([&] { resolve_dataset(bad, "nowhere"); }),
                   "expected folder:PATH with a path of one line"));
}

TEST_CASE("array set: files of other bytes than the known ones are refused, and missing ones named") {
  Own own;
  ArraySetDescription set{.name = "set", .description = "", .folders = {"flowers", "other"}};
  for (std::size_t i = 0; i < 4; ++i) set.sha256[i] = sha256(own.bytes[i]);
  CHECK(find_arrays(set, own.folder.path()).empty());
  const std::string missing = error_of([&] { load_arrays(set, own.folder.path()); });
  CHECK(contains(missing, "data set 'set': " + own.path().string() +
                              ": expected four .npy arrays, plain or .gz, found no "));
  CHECK_FALSE(contains(missing, "fetch"));
  own.write();
  CHECK(load_arrays(set, own.folder.path()).name == "set");
  CHECK(load_arrays(set, own.folder.path()).checksum == own.load().checksum);
  for (std::size_t i = 0; i < 4; ++i) {
    own.write();
    std::string changed = own.bytes[i];
    changed.back() = static_cast<char>(changed.back() ^ 1);
    const fs::path file = own.folder.write("flowers/" + array_names()[i], changed);
    const std::string line = error_of([&] { load_arrays(set, own.folder.path()); });
    INFO(line);
    CHECK(line == file.string() + ": SHA-256: expected " + set.sha256[i] + ", found " + sha256(changed));
  }
}

TEST_CASE("cifar10-jpeg: 20,000 + 5,000 pictures of 32x32x3, the ten classes equally often") {
  const char* folder = std::getenv("SYMOPT_DATA");
  if (folder == nullptr || find_arrays(cifar10_jpeg(), folder).empty()) {
    WARN("no cifar10-jpeg in SYMOPT_DATA: not tested");
    return;
  }
  const auto data = load_dataset("cifar10-jpeg", folder);
  CHECK(data->name == "cifar10-jpeg");
  CHECK((data->height == 32 && data->width == 32 && data->channels == 3 && data->classes == 10));
  for (const Samples* samples : {&data->train, &data->test}) {
    CHECK(samples->count() == (samples == &data->train ? 20000u : 5000u));
    CHECK(samples->pixels.size() == samples->count() * 3072);
    for (int c = 0; c < 10; ++c)
      CHECK(std::ranges::count(samples->labels, c) == static_cast<std::ptrdiff_t>(samples->count() / 10));
  }
  // What a whole file's name says is in it is the same by folder:PATH, but for the name.
  const Dataset same = load_own_data("folder:" + std::string(folder) + "/cifar10-jpeg");
  CHECK(same.name == "folder:cifar10-jpeg");
  CHECK(same.checksum == data->checksum);
}

}  // namespace symopt
