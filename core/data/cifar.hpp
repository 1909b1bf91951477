// cifar.hpp — the binary version of CIFAR-10 (Krizhevsky 2009): records of a label and three planes of
// pixels.
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"

namespace symopt {

/// A data set in five files for training and one for testing, each of `records` records: one byte of label,
/// then height × width bytes of red, of green, of blue.
struct CifarDescription {
  std::string name, description;
  std::vector<std::string> folders;  ///< where its files may be, relative to the data folder; the first wins
  int height = 32, width = 32, classes = 10;
  std::uint32_t records = 10000;
  std::array<std::string, 6> sha256 = {};  ///< of the files; empty: not checked
  std::size_t record_bytes() const { return 1 + 3 * static_cast<std::size_t>(height * width); }
};

/// CIFAR-10: 32×32, ten classes, 50,000 + 10,000.
const CifarDescription& cifar_10();

/// The six files' names in their order: data_batch_1.bin to data_batch_5.bin, test_batch.bin.
const std::array<std::string, 6>& cifar_names();

/// The paths of the six files, plain or .gz, in the first of the description's folders that has them all,
/// else none.
std::vector<std::filesystem::path> find_cifar(const CifarDescription& set,
                                              const std::filesystem::path& folder);

/// The data set, pixel after pixel, red, green and blue of each side by side: the files' planes reordered.
/// UserError naming file, offset, expected and found.
Dataset load_cifar(const CifarDescription& set, const std::filesystem::path& folder);

}  // namespace symopt
