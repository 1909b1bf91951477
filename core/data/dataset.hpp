// dataset.hpp — labelled 8-bit samples, immutable and shared by all threads.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace symopt {

/// `count` samples of `inputs` bytes each, row after row; one label a sample.
struct Samples {
  std::vector<std::uint8_t> pixels;  ///< count × inputs
  std::vector<std::uint8_t> labels;  ///< count, each < classes
  std::size_t count() const { return labels.size(); }
};

struct Dataset {
  std::string name;
  std::string checksum;  ///< SHA-256 over the uncompressed bytes of its four files, in their order
  int height = 0, width = 0, channels = 1, classes = 0;
  Samples train, test;
  int inputs() const { return height * width * channels; }
};

/// One data set that can be asked for by name.
struct DatasetEntry {
  std::string name, description;
  bool (*found)(const std::filesystem::path& folder);  ///< are its files in `folder`? (built-in: always)
  Dataset (*load)(const std::filesystem::path& folder);
};

/// Every data set, in the order in which `symopt list datasets` shows them.
const std::vector<DatasetEntry>& dataset_registry();

/// Where data is looked for: `option` if given, else $SYMOPT_DATA, else the user's cache folder. UserError
/// where there is none of them.
std::filesystem::path data_folder(const std::string& option);

/// `auto` becomes mnist where any of its files is found, so that loading says what is missing, else
/// synth-digits; other names stay. UsageError on an unknown one.
std::string resolve_dataset(const std::string& name, const std::filesystem::path& folder);

/// UserError naming file, offset, expected and found where a file cannot be used.
std::shared_ptr<const Dataset> load_dataset(const std::string& name, const std::filesystem::path& folder);

}  // namespace symopt
