// camvid.cpp — the lists, and what a picture of the set has to be.
#include "core/data/camvid.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/data/png.hpp"
#include "core/data/sha256.hpp"
#include "core/data/street_classes.hpp"
#include "core/error.hpp"
#include "core/regular_file.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

// "…/train/0001TP_006690.png" → "train/0001TP_006690.png"; "" where folder or name is another, or the path
// climbs: that it would be cut off is no reason to take it.
std::string inside(const std::string& path, const std::string& folder) {
  const fs::path p(path);
  if (std::ranges::find(p, fs::path("..")) != p.end()) return "";
  const std::string name = p.filename().string();
  const bool plain =
      name.ends_with(".png") && name.size() > 4 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
               c == '-' || c == '.';
      });
  return plain && p.parent_path().filename() == folder ? folder + "/" + name : "";
}

void check_size(const fs::path& file, const Picture& picture) {
  const bool whole = picture.width == 480 && picture.height == 360;
  const bool half = picture.width == 240 && picture.height == 180;
  if (!whole && !half)
    throw UserError(file.string(), "header", "480 x 360 or 240 x 180 pixels",
                    fmt::format("{} x {}", picture.width, picture.height));
}

}  // namespace

const CamvidDescription& camvid() {
  static const CamvidDescription set{
      .name = "camvid",
      .description =
          "CamVid: streets from a car, 480x360 in colour, a class for each pixel, 367 + 101 + 233 (Brostow, "
          "Fauqueur, Cipolla; SegNet's split)",
      .folders = {"camvid", "CamVid", "camvid-half"},
      .pairs = {367, 101, 233}};
  return set;
}

const CamvidDescription& camvid_half() {
  static const CamvidDescription set{
      .name = "camvid-half",
      .description = "CamVid at 240x180: a copy of that size, or the other one halved",
      .folders = {"camvid-half", "camvid", "CamVid"},
      .pairs = camvid().pairs,
      .halved = true};
  return set;
}

const std::array<std::string, 3>& camvid_parts() {
  static const std::array<std::string, 3> parts{"train", "val", "test"};
  return parts;
}

fs::path find_camvid(const CamvidDescription& set, const fs::path& data) {
  std::error_code ignored;
  for (const std::string& inner : set.folders)
    if (std::ranges::all_of(camvid_parts(), [&](const std::string& part) {
          return fs::exists(data / inner / (part + ".txt"), ignored);
        }))
      return (data / inner).lexically_normal();
  return {};
}

std::vector<CamvidPair> read_camvid_list(const fs::path& list, const std::string& part, std::size_t pairs) {
  // A path has at most 4096 bytes.
  const std::uint64_t most = pairs * 2 * 4096;
  std::uint64_t size = 0;
  if (std::string fault; const FileStream file = open_regular_stream(list, fault)) {
    std::error_code ignored;
    size = fs::file_size(list, ignored);
  } else {
    throw UserError(list.string(), "open", "a readable file", fault);
  }
  if (size > most)
    throw UserError(list.string(), "size", fmt::format("at most {} bytes", most), std::to_string(size));
  std::ifstream in(list);
  std::vector<CamvidPair> found;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string image, labels, more;
    words >> image >> labels;
    const CamvidPair pair{inside(image, part), inside(labels, part + "annot")};
    if (pair.image.empty() || pair.labels.empty() || words >> more)
      throw UserError(list.string(), fmt::format("line {}", found.size() + 1),
                      fmt::format("{0}/NAME.png {0}annot/NAME.png", part), line.substr(0, 100));
    found.push_back(pair);
    if (found.size() > pairs) break;
  }
  if (found.size() != pairs)
    throw UserError(list.string(), "lines", std::to_string(pairs),
                    found.size() > pairs ? "more" : std::to_string(found.size()));
  return found;
}

namespace {

struct Size {
  int width = 0, height = 0;
  std::string first;  // picture that had it
};

void check_same(const fs::path& file, const Picture& picture, Size& size) {
  if (size.first.empty()) size = {picture.width, picture.height, file.filename().string()};
  if (picture.width != size.width || picture.height != size.height)
    throw UserError(file.string(), "header",
                    fmt::format("{} x {} pixels, as {}", size.width, size.height, size.first),
                    fmt::format("{} x {}", picture.width, picture.height));
}

void check_labels(const fs::path& file, const Picture& picture, int classes) {
  const auto bad = std::ranges::find_if(picture.pixels, [&](std::uint8_t label) { return label > classes; });
  if (bad == picture.pixels.end()) return;
  const auto place = bad - picture.pixels.begin();
  throw UserError(file.string(),
                  fmt::format("column {}, row {}", place % picture.width, place / picture.width),
                  fmt::format("a label from 0 to {}", classes), std::to_string(*bad));
}

Picture halved(const Picture& whole, bool labels) {
  const int channels = whole.channels;
  Picture half{whole.width / 2, whole.height / 2, channels, {}};
  half.pixels.reserve(static_cast<std::size_t>(half.width * half.height * channels));
  for (int y = 0; y < half.height; ++y)
    for (int x = 0; x < half.width; ++x)
      for (int c = 0; c < channels; ++c) {
        const auto at = [&](int dy, int dx) -> int {
          return whole
              .pixels[static_cast<std::size_t>(((2 * y + dy) * whole.width + 2 * x + dx) * channels + c)];
        };
        const int mean = (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1) + 2) / 4;
        half.pixels.push_back(static_cast<std::uint8_t>(labels ? at(0, 0) : mean));
      }
  return half;
}

constexpr int kWholeWidth = 480, kWholeHeight = 360;

}  // namespace

Dataset load_camvid(const CamvidDescription& set, const fs::path& data) {
  const fs::path folder = find_camvid(set, data);
  if (folder.empty())
    throw UserError(fmt::format("data set '{}'", set.name), data.string(),
                    fmt::format("{}/ with train.txt, val.txt, test.txt", fmt::join(set.folders, "/ or ")),
                    "none");
  Dataset all;
  all.name = set.name, all.channels = 3, all.classes = set.classes, all.ignored = set.classes;
  all.own_validation = set.pairs[1], all.looks = street_looks();
  Sha256 hash;
  Size size;
  for (std::size_t part = 0; part < camvid_parts().size(); ++part) {
    const std::string& name = camvid_parts()[part];
    Samples& samples = name == "test" ? all.test : all.train;
    for (const CamvidPair& pair : read_camvid_list(folder / (name + ".txt"), name, set.pairs[part])) {
      Picture image = read_png(folder / pair.image, 3), labels = read_png(folder / pair.labels, 1);
      check_same(folder / pair.image, image, size);
      check_same(folder / pair.labels, labels, size);
      check_labels(folder / pair.labels, labels, set.classes);
      if (set.halved && size.width == kWholeWidth && size.height == kWholeHeight)
        image = halved(image, false), labels = halved(labels, true);
      all.height = image.height, all.width = image.width;
      samples.labels_each = labels.pixels.size();
      if (samples.pixels.empty()) {
        const std::size_t pairs = part == 2 ? set.pairs[2] : set.pairs[0] + set.pairs[1];
        samples.pixels.reserve(pairs * image.pixels.size());
        samples.labels.reserve(pairs * labels.pixels.size());
      }
      samples.pixels.insert(samples.pixels.end(), image.pixels.begin(), image.pixels.end());
      samples.labels.insert(samples.labels.end(), labels.pixels.begin(), labels.pixels.end());
      hash.update(image.pixels);
      hash.update(labels.pixels);
    }
  }
  all.checksum = hash.hex();
  return all;
}

void check_camvid_image(const fs::path& file) { check_size(file, read_png(file, 3)); }

void check_camvid_labels(const fs::path& file, int classes) {
  const Picture picture = read_png(file, 1);
  check_size(file, picture);
  check_labels(file, picture, classes);
}

}  // namespace symopt
