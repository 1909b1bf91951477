// test_camvid.cpp — PNG pictures and lists that are not what they say, and CamVid from a mirror to the disk.
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/data/camvid.hpp"
#include "core/data/png.hpp"
#include "core/data/sha256.hpp"
#include "core/random.hpp"
#include "experiments/fetch/data_source.hpp"
#include "tests/support/allocated_bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/mirror.hpp"
#include "tests/support/real_camvid.hpp"
#include "tests/support/records.hpp"

using namespace symopt;
using namespace symopt::fetch;
using namespace symopt::test;
namespace fs = std::filesystem;

namespace {

// A PNG as libpng writes it.
std::string png(int width, int height, unsigned format, const std::vector<std::uint8_t>& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION, image.format = format;
  image.width = static_cast<png_uint_32>(width), image.height = static_cast<png_uint_32>(height);
  png_alloc_size_t size = 0;
  REQUIRE(png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr));
  std::string bytes(size, '\0');
  REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr));
  bytes.resize(size);
  return bytes;
}
std::string photograph(int width, int height) {
  std::vector<std::uint8_t> pixels(static_cast<size_t>(3 * width * height));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 31 % 251);
  return png(width, height, PNG_FORMAT_RGB, pixels);
}
std::string label_picture(int width, int height, int most = 11) {
  std::vector<std::uint8_t> pixels(static_cast<size_t>(width * height));
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::uint8_t>(i % static_cast<size_t>(most + 1));
  return png(width, height, PNG_FORMAT_GRAY, pixels);
}

// 16 bits for each value.
std::string deep_picture(int width, int height, bool grey) {
  const std::vector<std::uint16_t> values(static_cast<size_t>(width * height * (grey ? 1 : 3)), 5000);
  png_image image{};
  image.version = PNG_IMAGE_VERSION, image.format = grey ? PNG_FORMAT_LINEAR_Y : PNG_FORMAT_LINEAR_RGB;
  image.width = static_cast<png_uint_32>(width), image.height = static_cast<png_uint_32>(height);
  png_alloc_size_t size = 0;
  REQUIRE(png_image_write_to_memory(&image, nullptr, &size, 0, values.data(), 0, nullptr));
  std::string bytes(size, '\0');
  REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, values.data(), 0, nullptr));
  bytes.resize(size);
  return bytes;
}
// Indices 0 to 11 of twelve colours.
std::string palette_picture(int width, int height) {
  std::vector<std::uint8_t> indices(static_cast<size_t>(width * height)), colours(36);
  for (size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::uint8_t>(i % 12);
  for (size_t i = 0; i < colours.size(); ++i) colours[i] = static_cast<std::uint8_t>(7 * i);
  png_image image{};
  image.version = PNG_IMAGE_VERSION, image.format = PNG_FORMAT_RGB_COLORMAP, image.colormap_entries = 12;
  image.width = static_cast<png_uint_32>(width), image.height = static_cast<png_uint_32>(height);
  png_alloc_size_t size = 0;
  REQUIRE(png_image_write_to_memory(&image, nullptr, &size, 0, indices.data(), 0, colours.data()));
  std::string bytes(size, '\0');
  REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, indices.data(), 0, colours.data()));
  bytes.resize(size);
  return bytes;
}
// One bit for each grey value: a right picture, its header and what it packs put together by hand.
std::string narrow_picture(int width, int height) {
  const auto number = [](std::uint32_t value) {
    std::string four;
    for (int shift = 24; shift >= 0; shift -= 8) four += static_cast<char>(value >> shift);
    return four;
  };
  const auto chunk = [&](const std::string& name, const std::string& content) {
    const std::string all = name + content;
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(all.data()), static_cast<uInt>(all.size()));
    return number(static_cast<std::uint32_t>(content.size())) + all + number(static_cast<std::uint32_t>(crc));
  };
  const std::string header = number(static_cast<std::uint32_t>(width)) +
                             number(static_cast<std::uint32_t>(height)) + std::string("\1\0\0\0\0", 5);
  std::string rows;
  for (int y = 0; y < height; ++y) rows += std::string(1 + static_cast<size_t>(width + 7) / 8, '\0');
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string packed(size, '\0');
  REQUIRE(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                   reinterpret_cast<const Bytef*>(rows.data()), static_cast<uLong>(rows.size())) == Z_OK);
  packed.resize(size);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", packed) + chunk("IEND", "");
}

std::string read_error(const std::string& bytes, int channels) {
  const TemporaryFolder folder;
  return error_of([&] { read_png(folder.write("a.png", bytes), channels); });
}

// A set of 2 + 1 + 1 pairs, as it is published: with absolute paths in its lists.
CamvidDescription tiny() {
  return {.name = "camvid", .description = "", .folders = {"camvid", "other"}, .pairs = {2, 1, 1}};
}
void publish(const TemporaryFolder& folder, const std::string& prefix = "/SegNet/CamVid/", int width = 240,
             int height = 180) {
  for (size_t part = 0; part < 3; ++part) {
    const std::string& name = camvid_parts()[part];
    std::string list;
    for (size_t i = 0; i < tiny().pairs[part]; ++i) {
      const std::string picture = "/0016E5_0" + std::to_string(i) + ".png";
      list += prefix + name + picture + " " + prefix + name + "annot" + picture + "\n";
      folder.write(name + picture, photograph(width, height));
      folder.write(name + "annot" + picture, label_picture(width, height));
    }
    folder.write(name + ".txt", list);
  }
}

// What loading a set of 12×8 pixels ends with, one of whose files is another: without the folder's path.
std::string load_error(const std::string& file, const std::string& bytes) {
  const TemporaryFolder folder;
  publish(folder, "camvid/", 12, 8);
  for (const std::string part : {"train", "val", "test"})
    for (const std::string kind : {"", "annot", ".txt"})
      fs::create_directories(folder.path() / "camvid"),
          fs::rename(folder.path() / (part + kind), folder.path() / "camvid" / (part + kind));
  folder.write("camvid/" + file, bytes);
  const std::string line = error_of([&] { load_camvid(tiny(), folder.path()); });
  const std::string inside = (folder.path() / "camvid/").string();
  const size_t at = line.find(inside);
  return at == std::string::npos ? line : line.substr(at + inside.size());
}

}  // namespace

TEST_CASE("png: pixels arrive as they were written") {
  const TemporaryFolder folder;
  const Picture photo = read_png(folder.write("a.png", photograph(7, 5)), 3);
  CHECK((photo.width == 7 && photo.height == 5 && photo.channels == 3));
  REQUIRE(photo.pixels.size() == 105);
  for (size_t i = 0; i < 105; ++i) CHECK(photo.pixels[i] == i * 31 % 251);
  const Picture labels = read_png(folder.write("b.png", label_picture(7, 5)), 1);
  REQUIRE(labels.pixels.size() == 35);
  for (size_t i = 0; i < 35; ++i) CHECK(labels.pixels[i] == i % 12);
}

TEST_CASE("png: another kind of picture, another file and no file are named") {
  CHECK(contains(read_error(photograph(4, 4), 1),
                 "a.png: header: expected grey with 8 bits, found RGB with 8 bits"));
  CHECK(contains(read_error(label_picture(4, 4), 3),
                 "a.png: header: expected RGB with 8 bits, found grey with 8 bits"));
  CHECK(contains(read_error("GIF89a and more", 3),
                 "a.png: content: expected a PNG picture, found Not a PNG file"));
  CHECK(contains(read_error("", 3), "a.png: content: expected a PNG picture"));
  CHECK(contains(error_of([] { read_png("nowhere.png", 3); }), "nowhere.png: open"));
}

TEST_CASE("png: a picture cut at any byte or with any byte changed is an error or still whole") {
  const std::string right = photograph(6, 3);
  for (size_t length = 0; length < right.size(); ++length)
    CHECK_FALSE(read_error(right.substr(0, length), 3).empty());
  Stream stream(6);
  int errors = 0;
  for (size_t at = 0; at < right.size(); ++at) {
    std::string bytes = right;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << stream.below(8)));
    errors += !read_error(bytes, 3).empty();
  }
  CHECK(errors > static_cast<int>(right.size() / 2));
}

TEST_CASE("png: a header that promises more than the file can hold is refused before memory is set aside") {
  std::string bytes = photograph(4, 4);
  // 65,536 x 65,536, with the checksum that belongs to it.
  bytes.replace(16, 8, std::string("\0\1\0\0\0\1\0\0", 8));
  const auto crc =
      static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data() + 12), 17));
  for (int i = 0; i < 4; ++i) bytes[static_cast<size_t>(29 + i)] = static_cast<char>(crc >> (24 - 8 * i));
  forget_allocations();
  CHECK(contains(read_error(bytes, 3), "found 65536 x 65536"));
  CHECK(largest_allocation() < (1u << 20));
}

TEST_CASE("camvid: the published lists' absolute paths and relative ones name the same pictures") {
  for (const std::string prefix : {"/SegNet/CamVid/", ""}) {
    const TemporaryFolder folder;
    publish(folder, prefix);
    const auto pairs = read_camvid_list(folder.path() / "train.txt", "train", 2);
    REQUIRE(pairs.size() == 2);
    CHECK(pairs[1].image == "train/0016E5_01.png");
    CHECK(pairs[1].labels == "trainannot/0016E5_01.png");
  }
}

TEST_CASE("camvid: a list that is short, long, of another part or leads elsewhere is named with its line") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    return error_of([&] { read_camvid_list(folder.write("val.txt", text), "val", 1); });
  };
  const std::string right = "val/a.png valannot/a.png\n";
  CHECK(error(right).empty());
  CHECK(contains(error(""), "val.txt: lines: expected 1, found 0"));
  CHECK(contains(error(right + right), "val.txt: lines: expected 1, found more"));
  for (const std::string bad :
       {"val/a.png", "test/a.png testannot/a.png", "val/../../a.png valannot/a.png", "val/a.png valannot/..",
        "val/a.exe valannot/a.png", "val/a.png valannot/a.png more", "val/a;b.png valannot/a.png", "<html>",
        "val/.png valannot/.png"}) {
    INFO(bad);
    CHECK(contains(error(bad + "\n"),
                   "val.txt: line 1: expected val/NAME.png valannot/NAME.png, found " + bad));
  }
}

TEST_CASE("camvid: pictures of another size and labels that are no class are named") {
  const TemporaryFolder folder;
  CHECK(contains(error_of([&] { check_camvid_image(folder.write("a.png", photograph(240, 181))); }),
                 "expected 480 x 360 or 240 x 180 pixels, found 240 x 181"));
  CHECK(error_of([&] { check_camvid_labels(folder.write("a.png", label_picture(480, 360)), 11); }).empty());
  CHECK(
      contains(error_of([&] { check_camvid_labels(folder.write("a.png", label_picture(240, 180, 12)), 11); }),
               "a.png: column 12, row 0: expected a label from 0 to 11, found 12"));
}

TEST_CASE("camvid: a set of any size is loaded: train, behind it val, and test") {
  for (const auto& [width, height] : {std::pair{12, 8}, {7, 5}, {480, 360}}) {
    const TemporaryFolder folder;
    publish(folder, "/SegNet/CamVid/", width, height);
    const auto pixels = static_cast<size_t>(width * height);
    // The third photograph is another, to be known again.
    std::vector<std::uint8_t> other(3 * pixels, 77);
    folder.write("val/0016E5_00.png", png(width, height, PNG_FORMAT_RGB, other));
    CamvidDescription set = tiny();
    set.folders = {"."};
    const Dataset data = load_camvid(set, folder.path());
    CHECK((data.name == "camvid" && data.width == width && data.height == height && data.channels == 3));
    CHECK((data.classes == 11 && data.ignored == 11 && data.own_validation == 1 && data.looks.size() == 12));
    REQUIRE((data.train.labels_each == pixels && data.test.labels_each == pixels));
    REQUIRE((data.train.count() == 3 && data.test.count() == 1));
    REQUIRE((data.train.pixels.size() == 9 * pixels && data.test.pixels.size() == 3 * pixels));
    Sha256 hash;
    for (size_t i = 0; i < 4; ++i) {
      const Samples& samples = i < 3 ? data.train : data.test;
      const size_t k = i % 3;
      const auto image = std::span(samples.pixels).subspan(k * 3 * pixels, 3 * pixels);
      const auto labels = std::span(samples.labels).subspan(k * pixels, pixels);
      bool right = true;
      for (size_t p = 0; p < image.size(); ++p) right &= image[p] == (i == 2 ? 77 : p * 31 % 251);
      for (size_t p = 0; p < pixels; ++p) right &= labels[p] == p % 12;
      CHECK(right);
      hash.update(image), hash.update(labels);
    }
    CHECK(data.checksum == hash.hex());
  }
}

TEST_CASE("camvid: what lies there at whole size is halved: mean colours, and each upper left label") {
  const TemporaryFolder folder;
  publish(folder, "", 480, 360);
  CamvidDescription set = tiny();
  set.folders = {"."}, set.halved = true;
  const Dataset data = load_camvid(set, folder.path());
  REQUIRE((data.width == 240 && data.height == 180 && data.test.count() == 1));
  const auto value = [](size_t i) { return i * 31 % 251; };
  bool right = true;
  for (size_t y = 0; y < 180; ++y)
    for (size_t x = 0; x < 240; ++x) {
      const size_t from = 2 * y * 480 + 2 * x, to = y * 240 + x;
      for (size_t c = 0; c < 3; ++c) {
        const size_t sum = value(3 * from + c) + value(3 * (from + 1) + c) + value(3 * (from + 480) + c) +
                           value(3 * (from + 481) + c);
        right &= data.test.pixels[3 * to + c] == (sum + 2) / 4;
      }
      right &= data.test.labels[to] == from % 12;
    }
  CHECK(right);
}

TEST_CASE("camvid: loading names the file that is of another size, and what it should have been") {
  CHECK(load_error("valannot/0016E5_00.png", label_picture(12, 7)) ==
        "valannot/0016E5_00.png: header: expected 12 x 8 pixels, as 0016E5_00.png, found 12 x 7");
  CHECK(load_error("train/0016E5_01.png", photograph(8, 12)) ==
        "train/0016E5_01.png: header: expected 12 x 8 pixels, as 0016E5_00.png, found 8 x 12");
  CHECK(load_error("test/0016E5_00.png", photograph(12, 9)) ==
        "test/0016E5_00.png: header: expected 12 x 8 pixels, as 0016E5_00.png, found 12 x 9");
}

TEST_CASE("camvid: loading names a label that is no class, and where it stands") {
  std::vector<std::uint8_t> labels(12 * 8, 11);
  CHECK(load_error("trainannot/0016E5_01.png", png(12, 8, PNG_FORMAT_GRAY, labels)).empty());
  labels[3 * 12 + 5] = 12;
  CHECK(load_error("trainannot/0016E5_01.png", png(12, 8, PNG_FORMAT_GRAY, labels)) ==
        "trainannot/0016E5_01.png: column 5, row 3: expected a label from 0 to 11, found 12");
}

TEST_CASE("camvid: loading names a picture of another kind: labels are grey values of 8 bits") {
  CHECK(load_error("train/0016E5_00.png", deep_picture(12, 8, false)) ==
        "train/0016E5_00.png: header: expected RGB with 8 bits, found RGB with 16 bits");
  CHECK(contains(load_error("val/0016E5_00.png", palette_picture(12, 8)),
                 "val/0016E5_00.png: header: expected RGB with 8 bits, found palette with"));
  CHECK(load_error("test/0016E5_00.png", label_picture(12, 8)) ==
        "test/0016E5_00.png: header: expected RGB with 8 bits, found grey with 8 bits");
  const auto refused = [](const std::string& labels) {
    const std::string line = load_error("testannot/0016E5_00.png", labels);
    const std::string start = "testannot/0016E5_00.png: header: expected grey with 8 bits, found ";
    return line.starts_with(start) ? line.substr(start.size()) : "'" + line + "'";
  };
  CHECK(refused(deep_picture(12, 8, true)) == "grey with 16 bits");
  CHECK(refused(photograph(12, 8)) == "RGB with 8 bits");
  CHECK(refused(palette_picture(12, 8)) == "palette with 4 bits");
  const std::vector<std::uint8_t> values(4 * 12 * 8, 3);
  CHECK(refused(png(12, 8, PNG_FORMAT_GA, values)) == "grey and alpha with 8 bits");
  CHECK(refused(png(12, 8, PNG_FORMAT_RGBA, values)) == "RGB and alpha with 8 bits");
  // One bit: labels 0 and 1 would do, but nobody publishes such.
  CHECK(refused(narrow_picture(12, 8)) == "grey with 1 bits");
}

TEST_CASE("camvid: loading names a file that is missing or cut, and a list that is empty or odd") {
  const std::string right = photograph(12, 8);
  CHECK(contains(load_error("val/0016E5_00.png", right.substr(0, right.size() / 2)),
                 "val/0016E5_00.png: content: expected a PNG picture, found "));
  CHECK(contains(load_error("val/0016E5_00.png", ""), "val/0016E5_00.png: content: expected a PNG picture"));
  CHECK(load_error("train.txt",
                   "train/0016E5_00.png trainannot/0016E5_00.png\ntrain/gone.png trainannot/gone.png\n") ==
        "train/gone.png: open: expected a readable file, found No such file or directory");
  CHECK(load_error("train.txt", "") == "train.txt: lines: expected 2, found 0");
  const std::string pair = "train/0016E5_00.png trainannot/0016E5_00.png";
  CHECK(load_error("train.txt", pair + "\n") == "train.txt: lines: expected 2, found 1");
  CHECK(load_error("train.txt", pair + "\n" + pair + "\n" + pair + "\n") ==
        "train.txt: lines: expected 2, found more");
  CHECK(load_error("train.txt", pair + "\r\n" + pair + "\r\n").empty());
  for (const std::string odd :
       {"", "train/0016E5_01.png", "../secret.png trainannot/0016E5_01.png",
        "train/../../secret.png trainannot/0016E5_01.png", "../train/0016E5_01.png trainannot/0016E5_01.png",
        "train/0016E5_01.png ../../trainannot/0016E5_01.png", "train/0016E5_01.png ../trainannot/..",
        "/etc/hosts trainannot/0016E5_01.png", "train/0016E5_01.png trainannot/0016E5_01.png 3"}) {
    INFO(odd);
    CHECK(load_error("train.txt", pair + "\n" + odd + "\n") ==
          "train.txt: line 2: expected train/NAME.png trainannot/NAME.png, found " + odd);
  }
}

TEST_CASE("camvid: where a list is not there the set is not, and loading says what is looked for") {
  const TemporaryFolder folder;
  publish(folder, "", 12, 8);
  CamvidDescription set = tiny();
  set.folders = {"."};
  CHECK_FALSE(find_camvid(set, folder.path()).empty());
  fs::remove(folder.path() / "val.txt");
  CHECK(find_camvid(set, folder.path()).empty());
  const std::string line = error_of([&] { load_camvid(tiny(), folder.path()); });
  INFO(line);
  CHECK(contains(line, "expected camvid/ or other/ with train.txt, val.txt, test.txt, found none"));
}

TEST_CASE("camvid: lists and pictures are fetched, what is there stays, what is wrong is found") {
  const TemporaryFolder published;
  publish(published);
  setenv("no_proxy", "127.0.0.1", 1);
  const auto mirror = Mirror::serve(published.path());
  if (!mirror) {
    WARN("no python3: not tested");
    return;
  }
  const auto source = camvid_source({.set = tiny(), .mirrors = {mirror->address("breaks")}});
  const ScratchFolder data;
  FetchMonitor silent;
  Fetcher fetcher({.data = data.path, .stall_seconds = 20}, silent);
  source->fetch(fetcher);
  std::vector<Verdict> verdicts = source->verify(data.path);
  REQUIRE(verdicts.size() == 3);
  for (const Verdict& v : verdicts) CHECK(v.state == Verdict::well_formed);
  CHECK(contains(verdicts[0].note, "2 pairs"));
  const size_t requests = mirror->requests().size();
  source->fetch(fetcher);
  CHECK(mirror->requests().size() == requests);

  fs::remove(data / "camvid/valannot/0016E5_00.png");
  verdicts = source->verify(data.path);
  CHECK(verdicts[1].state == Verdict::missing);
  CHECK(verdicts[1].file.filename() == "0016E5_00.png");
  source->fetch(fetcher);
  CHECK(source->verify(data.path)[1].state == Verdict::well_formed);
  write_text(data / "camvid/test/0016E5_00.png", "no picture");
  CHECK(source->verify(data.path)[2].state == Verdict::wrong);
  CHECK(contains(error_of([&] { source->fetch(fetcher); }), "expected a PNG picture"));
}

TEST_CASE("camvid: the real set, halved, has the bytes that another program reads", "[slow]") {
  const std::optional<Dataset> found = real_camvid_half();
  if (!found) return;
  const Dataset& data = *found;
  CHECK((data.height == 180 && data.channels == 3 && data.classes == 11 && data.ignored == 11));
  CHECK((data.train.count() == 468 && data.own_validation == 101 && data.test.count() == 233));
  CHECK((data.train.labels_each == 43200 && data.test.labels_each == 43200));
  // Of libpng's rows in the order of the lists, each picture's labels behind it, by Python's hashlib.
  CHECK(data.checksum == "fbdd3214f66c05538f952ae43d3a21791195d44aa1284c1c979cdc835a67064f");
}

TEST_CASE("camvid: the real set, halved, is well-formed", "[slow]") {
  const char* data = std::getenv("SYMOPT_DATA");
  if (!data || find_camvid(camvid(), data).empty()) {
    WARN("no CamVid in SYMOPT_DATA: not tested");
    return;
  }
  for (const Verdict& v : find_data_source("camvid").verify(data)) {
    INFO(v.note);
    CHECK(v.state == Verdict::well_formed);
  }
}
