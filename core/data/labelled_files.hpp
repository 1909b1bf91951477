// labelled_files.hpp — pictures, or rows of features, and their labels as anybody's files hold them: .npy
// arrays and IDX files, of any shape.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/sha256.hpp"

namespace symopt {

/// `count` rows of height × width × channels numbers. What has no channels has one; features are 1 × 1 × as
/// many.
struct PictureFile {
  std::string origin;  ///< the path it was read from
  std::string sha256;  ///< of the uncompressed file, header included
  std::size_t count = 0;
  int height = 1, width = 1, channels = 1;
  std::vector<std::uint8_t> pixels;  ///< of files of bytes, else none
  std::vector<float> values;         ///< of files of floats, else none
  std::string shape() const;         ///< "32 x 32 x 3 bytes"
};

struct LabelFile {
  std::string origin, sha256;
  std::uint64_t offset = 0;     ///< of the first label
  std::size_t label_bytes = 1;  ///< in the file
  std::vector<std::uint8_t> labels;
};

/// A label is a byte, so that there are at most so many classes.
inline constexpr int kMostClasses = 256;

/// A file of a format. The uncompressed bytes are also fed to `all`. UserError naming file, offset, expected
/// and found.
struct LabelledFormat {
  PictureFile (*pictures)(const std::filesystem::path& file, Sha256& all);
  LabelFile (*labels)(const std::filesystem::path& file, Sha256& all);
};

/// Pictures N×H×W×C, N×H×W or N×features, of bytes or of finite float32 or float64, which become float32;
/// labels N, of any integers that are 0 to 255.
extern const LabelledFormat kNpyFormat;
/// The same shapes; all of bytes.
extern const LabelledFormat kIdxFormat;

/// Where something of this is not so, a UserError: there are as many labels as pictures, each below
/// `classes`.
Samples paired(PictureFile pictures, LabelFile labels, int classes);

}  // namespace symopt
