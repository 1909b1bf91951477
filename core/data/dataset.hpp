// dataset.hpp — labelled samples, immutable and shared by all threads.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/lit_pixels.hpp"
#include "core/picture.hpp"

namespace symopt {

/// `count` samples of `inputs` numbers each, row after row; one label a sample, or one a pixel. A row is a
/// picture's pixels from the top left, line after line, the channels of a pixel side by side.
struct Samples {
  std::vector<std::uint8_t> pixels;  ///< count × inputs; a network reads them / 255
  std::vector<std::uint8_t> labels;  ///< count × labels_each, each < classes or the one that is ignored
  std::vector<float> values = {};    ///< count × inputs in the place of pixels: read as they are
  std::size_t labels_each = 1;       ///< 1, or the pixels of a sample
  LitPixels lit = {};                ///< of pixels, where most of them are dark
  std::size_t count() const { return labels.size() / labels_each; }
};

/// How a class is called and coloured where pixels have classes.
struct ClassLook {
  std::string name;
  std::array<std::uint8_t, 3> colour;  ///< red, green, blue
};

struct Dataset {
  std::string name;
  std::string checksum;  ///< SHA-256 over the uncompressed bytes of its files, in their order
  int height = 0, width = 0, channels = 1, classes = 0;  ///< features that are no picture: 1 × 1 × inputs
  Samples train, test;
  std::size_t own_validation =
      0;             ///< so many of the training samples, the last ones, are for validation only
  int ignored = -1;  ///< pixels with this label do not count; −1: all do
  std::vector<ClassLook> looks = {};  ///< of the classes, and of `ignored`; empty where nobody draws them
  bool labels_pixels() const { return train.labels_each > 1; }
  int inputs() const { return height * width * channels; }
  PictureShape picture() const { return {height, width, channels}; }
};

/// One data set that can be asked for by name.
struct DatasetEntry {
  std::string name, description;
  bool (*found)(const std::filesystem::path& folder);  ///< are its files in `folder`? (built-in: always)
  Dataset (*load)(const std::filesystem::path& folder);
  bool built_in = false;  ///< drawn by the program, from no files
};

/// Every data set, in the order in which `symopt list datasets` shows them.
const std::vector<DatasetEntry>& dataset_registry();

/// Where data is looked for: `option` if given, else $SYMOPT_DATA, else the user's cache folder. UserError
/// where there is none of them.
std::filesystem::path data_folder(const std::string& option);

/// Whether a data set, or what `auto` stands for, may lie in the data folder: neither what is built in nor
/// folder:PATH does.
bool needs_data_folder(const std::string& name);

/// `A|B` becomes A where it is found, else B. `auto` becomes mnist where any of its files is found, so that
/// loading says what is missing, else synth-digits; the path of folder:PATH becomes absolute; other names
/// stay. UsageError on an unknown one.
std::string resolve_dataset(const std::string& name, const std::filesystem::path& folder);

/// What the data set of a resolved name is called in results: folder:PATH by its last part, the others as
/// they are.
std::string dataset_name(const std::string& resolved);

/// UserError naming file, offset, expected and found where a file cannot be used.
std::shared_ptr<const Dataset> load_dataset(const std::string& name, const std::filesystem::path& folder);

}  // namespace symopt
