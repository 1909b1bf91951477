// idx.hpp — the IDX format of MNIST (LeCun, Cortes, Burges), plain or gzipped, read without trusting its
// header.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/sha256.hpp"

namespace symopt {

/// What one IDX file of unsigned bytes holds.
struct IdxArray {
  std::vector<std::uint32_t> dimensions;  ///< the slowest first
  std::vector<std::uint8_t> values;       ///< as many as the product of the dimensions
  std::string sha256;                     ///< of the uncompressed file, header included
  std::string origin;                     ///< the path it was read from
};

/// Reads `file` (gzipped if its name ends in .gz), which must have the dimensions `shape`; 0 stands for any
/// size from 1. The uncompressed bytes are also fed to `all`. UserError naming file, offset, expected and
/// found.
IdxArray read_idx(const std::filesystem::path& file, std::span<const std::uint32_t> shape, Sha256& all);

/// A data set of four IDX files: images and labels for training, then for testing.
struct IdxDescription {
  std::string name, description;
  std::vector<std::string> folders;  ///< where its files may be, relative to the data folder; the first wins
  int height = 28, width = 28, classes = 10;
  std::array<std::string, 4> sha256 = {};  ///< of the uncompressed files; empty: not checked
};

/// MNIST and what came after it in its shape: 28×28, ten classes, 60,000 + 10,000.
const std::vector<IdxDescription>& idx_sets();

/// The four files' names in their order: train images, train labels, test images, test labels.
const std::array<std::string, 4>& idx_names();

/// The paths of the four files in the first of the description's folders that has them all, else none.
std::vector<std::filesystem::path> find_idx(const IdxDescription& set, const std::filesystem::path& folder);
/// Whether any of its files is there.
bool has_part_of(const IdxDescription& set, const std::filesystem::path& folder);

/// The data set, every promise of its files checked. UserError naming file, offset, expected and found.
Dataset load_idx(const IdxDescription& set, const std::filesystem::path& folder);

}  // namespace symopt
