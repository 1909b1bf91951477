// labelled_files.cpp — elements read piece by piece, each checked where it stands.
#include "core/data/labelled_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "core/data/byte_source.hpp"
#include "core/data/idx.hpp"
#include "core/data/npy.hpp"
#include "core/error.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPictureShapes = "N x H x W x C, N x H x W or N x features, all 1 or more";

std::string shape_text(std::span<const std::size_t> shape) {
  return shape.empty() ? "a single number" : fmt::format("{}", fmt::join(shape, " x "));
}

// Whether `shape` is one of kPictureShapes, which `file` then has.
bool take_shape(std::span<const std::size_t> shape, PictureFile& file) {
  const std::size_t rank = shape.size();
  if (rank < 2 || rank > 4 || std::ranges::find(shape, 0u) != shape.end()) return false;
  file.count = shape[0];
  if (rank > 2) file.height = static_cast<int>(shape[1]), file.width = static_cast<int>(shape[2]);
  if (rank != 3) file.channels = static_cast<int>(shape[rank - 1]);
  return true;
}

// Hands on `count` elements of type T, each with its offset in the file.
template <class T, class Take>
void read_elements(ByteSource& source, std::size_t count, const Take& take) {
  std::array<T, 8192> piece;
  for (std::size_t done = 0; done < count;) {
    const std::size_t wanted = std::min(piece.size(), count - done);
    const std::uint64_t start = source.offset();
    const std::size_t got = source.read({reinterpret_cast<std::uint8_t*>(piece.data()), wanted * sizeof(T)});
    if (got < wanted * sizeof(T))
      source.fail(source.offset(), fmt::format("{} bytes of elements", count * sizeof(T)),
                  fmt::format("the end after {}", done * sizeof(T) + got));
    for (std::size_t i = 0; i < wanted; ++i) take(piece[i], start + i * sizeof(T));
    done += wanted;
  }
  source.expect_end();
}

template <class T>
void read_floats(ByteSource& source, std::size_t count, std::vector<float>& values) {
  constexpr T largest = std::numeric_limits<float>::max();
  values.reserve(source.to_reserve(count * sizeof(T)) / sizeof(T));
  read_elements<T>(source, count, [&](T x, std::uint64_t offset) {
    if (!(std::abs(x) <= largest))  // NaN too
      source.fail(offset, fmt::format("a finite number of at most {}", largest), fmt::format("{}", x));
    values.push_back(static_cast<float>(x));
  });
}

void read_pixels(ByteSource& source, std::size_t count, std::vector<std::uint8_t>& pixels) {
  const std::uint64_t done = source.append(pixels, count);
  if (done < count)
    source.fail(source.offset(), fmt::format("{} bytes of elements", count),
                fmt::format("the end after {}", done));
  source.expect_end();
}

template <class T>
void read_labels(ByteSource& source, std::size_t count, LabelFile& file) {
  file.label_bytes = sizeof(T);
  file.labels.reserve(source.to_reserve(count * sizeof(T)) / sizeof(T));
  read_elements<T>(source, count, [&](T label, std::uint64_t offset) {
    if (std::cmp_less(label, 0) || std::cmp_greater_equal(label, kMostClasses))
      source.fail(offset, fmt::format("a label from 0 to {}", kMostClasses - 1), fmt::format("{}", label));
    file.labels.push_back(static_cast<std::uint8_t>(label));
  });
}

PictureFile npy_pictures(const fs::path& path, Sha256& all) {
  ByteSource source(path, &all);
  const NpyHeader header = read_npy_header(source);
  PictureFile file;
  file.origin = path.string();
  constexpr std::uint64_t at = 10;  // where the header's text begins
  if (!take_shape(header.shape, file)) source.fail(at, kPictureShapes, shape_text(header.shape));
  switch (header.type) {
    case NpyType::uint8:
      read_pixels(source, header.count(), file.pixels);
      break;
    case NpyType::float32:
      read_floats<float>(source, header.count(), file.values);
      break;
    case NpyType::float64:
      read_floats<double>(source, header.count(), file.values);
      break;
    default:
      source.fail(at, "pictures of uint8, float32 or float64", name_of(header.type));
  }
  file.sha256 = source.sha256();
  return file;
}

LabelFile npy_labels(const fs::path& path, Sha256& all) {
  ByteSource source(path, &all);
  const NpyHeader header = read_npy_header(source);
  LabelFile file;
  file.origin = path.string(), file.offset = source.offset();
  constexpr std::uint64_t at = 10;
  if (header.shape.size() != 1) source.fail(at, "labels in one dimension", shape_text(header.shape));
  const auto read = [&]<class T>(T) { read_labels<T>(source, header.count(), file); };
  switch (header.type) {
    case NpyType::uint8:
      read(std::uint8_t{});
      break;
    case NpyType::int8:
      read(std::int8_t{});
      break;
    case NpyType::uint16:
      read(std::uint16_t{});
      break;
    case NpyType::int16:
      read(std::int16_t{});
      break;
    case NpyType::uint32:
      read(std::uint32_t{});
      break;
    case NpyType::int32:
      read(std::int32_t{});
      break;
    case NpyType::uint64:
      read(std::uint64_t{});
      break;
    case NpyType::int64:
      read(std::int64_t{});
      break;
    case NpyType::float32:
    case NpyType::float64:
      source.fail(at, "labels of integers", name_of(header.type));
  }
  file.sha256 = source.sha256();
  return file;
}

// The rank stands in a file's name, as the format has it: train-images-idx3-ubyte.
std::size_t rank_of(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::size_t at = name.find("idx");
  return static_cast<std::size_t>(name.at(at + 3) - '0');
}

PictureFile idx_pictures(const fs::path& path, Sha256& all) {
  const std::vector<std::uint32_t> any(rank_of(path), 0);
  IdxArray array = read_idx(path, any, all);
  PictureFile file;
  file.origin = array.origin, file.sha256 = array.sha256;
  take_shape(std::vector<std::size_t>(array.dimensions.begin(), array.dimensions.end()), file);
  file.pixels = std::move(array.values);
  return file;
}

LabelFile idx_labels(const fs::path& path, Sha256& all) {
  constexpr std::array any{0u};
  constexpr std::uint64_t header = 8;
  IdxArray array = read_idx(path, any, all);
  return {array.origin, array.sha256, header, 1, std::move(array.values)};
}

}  // namespace

const LabelledFormat kNpyFormat{npy_pictures, npy_labels};
const LabelledFormat kIdxFormat{idx_pictures, idx_labels};

std::string PictureFile::shape() const {
  return fmt::format("{} x {} x {} {}", height, width, channels, values.empty() ? "bytes" : "floats");
}

Samples paired(PictureFile pictures, LabelFile labels, int classes) {
  if (labels.labels.size() != pictures.count)
    throw UserError(labels.origin, "number of labels",
                    fmt::format("{}, one for each picture of {}", pictures.count,
                                fs::path(pictures.origin).filename().string()),
                    std::to_string(labels.labels.size()));
  const auto bad = std::ranges::find_if(labels.labels, [&](std::uint8_t label) { return label >= classes; });
  if (bad != labels.labels.end())
    throw UserError(
        labels.origin,
        fmt::format("offset {}", labels.offset + static_cast<std::size_t>(bad - labels.labels.begin()) *
                                                     labels.label_bytes),
        fmt::format("a label from 0 to {}", classes - 1), std::to_string(*bad));
  return {std::move(pictures.pixels), std::move(labels.labels), std::move(pictures.values)};
}

}  // namespace symopt
