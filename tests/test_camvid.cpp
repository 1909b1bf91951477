// test_camvid.cpp — PNG pictures and lists that are not what they say, and CamVid from a mirror to the disk.
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/data/png.hpp"
#include "core/random.hpp"
#include "experiments/fetch/data_source.hpp"
#include "tests/support/allocated_bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/idx_files.hpp"
#include "tests/support/mirror.hpp"
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

std::string read_error(const std::string& bytes, int channels) {
  const TemporaryFolder folder;
  return error_of([&] { read_png(folder.write("a.png", bytes), channels); });
}

// A set of 2 + 1 + 1 pairs, as it is published: with absolute paths in its lists.
CamvidDescription tiny() {
  return {.name = "camvid", .description = "", .folders = {"camvid", "other"}, .pairs = {2, 1, 1}};
}
void publish(const TemporaryFolder& folder, const std::string& prefix = "/SegNet/CamVid/") {
  for (size_t part = 0; part < 3; ++part) {
    const std::string& name = camvid_parts()[part];
    std::string list;
    for (size_t i = 0; i < tiny().pairs[part]; ++i) {
      const std::string picture = "/0016E5_0" + std::to_string(i) + ".png";
      list += prefix + name + picture + " " + prefix + name + "annot" + picture + "\n";
      folder.write(name + picture, photograph(240, 180));
      folder.write(name + "annot" + picture, label_picture(240, 180));
    }
    folder.write(name + ".txt", list);
  }
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
                 "a.png: header: expected grey or palette with up to 8 bits, found RGB"));
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
