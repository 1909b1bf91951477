// camvid.cpp — the lists, and what a picture of the set has to be.
#include "core/data/camvid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/data/png.hpp"
#include "core/error.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

// "…/train/0001TP_006690.png" → "train/0001TP_006690.png"; "" where folder or name is another.
std::string inside(const std::string& path, const std::string& folder) {
  const fs::path p(path);
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
  std::ifstream in(list);
  if (!in) throw UserError(list.string(), "open", "a readable file", "none");
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

void check_camvid_image(const fs::path& file) { check_size(file, read_png(file, 3)); }

void check_camvid_labels(const fs::path& file, int classes) {
  const Picture picture = read_png(file, 1);
  check_size(file, picture);
  const auto bad = std::ranges::find_if(picture.pixels, [&](std::uint8_t label) { return label > classes; });
  if (bad != picture.pixels.end()) {
    const auto place = bad - picture.pixels.begin();
    throw UserError(file.string(),
                    fmt::format("column {}, row {}", place % picture.width, place / picture.width),
                    fmt::format("a label from 0 to {}", classes), std::to_string(*bad));
  }
}

}  // namespace symopt
