// array_sets.hpp — data sets of four files of labelled arrays, each of its own shape.
#pragma once
#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/labelled_files.hpp"

namespace symopt {

/// train-images.npy, train-labels.npy, test-images.npy, test-labels.npy.
const std::array<std::string, 4>& array_names();

/// The data set `name` in its four files: pictures and labels for training, then for testing, which must be
/// of one shape. As many classes as the training labels tell, two at least. `sha256`: of the files, where
/// they are known.
Dataset load_labelled(const std::string& name, std::span<const std::filesystem::path> files,
                      const LabelledFormat& format, const std::array<std::string, 4>& sha256 = {});

/// A named data set of four .npy arrays.
struct ArraySetDescription {
  std::string name, description;
  std::vector<std::string> folders;  ///< where its files may be, relative to the data folder; the first wins
  std::array<std::string, 4> sha256 = {};
};

/// 20,000 + 5,000 pictures of CIFAR-10, as many of each class, from a copy that was stored as JPEG: not its
/// bytes.
const ArraySetDescription& cifar10_jpeg();

/// The paths of the four files in the first of the description's folders that has them all, else none.
std::vector<std::filesystem::path> find_arrays(const ArraySetDescription& set,
                                               const std::filesystem::path& folder);
/// UserError naming file, offset, expected and found; bytes that are not the known ones are refused.
Dataset load_arrays(const ArraySetDescription& set, const std::filesystem::path& folder);

}  // namespace symopt
