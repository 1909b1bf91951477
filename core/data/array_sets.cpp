// array_sets.cpp — four files become a data set.
#include "core/data/array_sets.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/data/data_files.hpp"
#include "core/error.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

DataFiles files_of(const ArraySetDescription& set) {
  return {set.name, "four .npy arrays", set.folders, {array_names().begin(), array_names().end()}, false};
}

template <class File>
File checked(File file, const std::string& hash) {
  if (!hash.empty() && file.sha256 != hash) throw UserError(file.origin, "SHA-256", hash, file.sha256);
  return file;
}

}  // namespace

const std::array<std::string, 4>& array_names() {
  static const std::array<std::string, 4> names{"train-images.npy", "train-labels.npy", "test-images.npy",
                                                "test-labels.npy"};
  return names;
}

Dataset load_labelled(const std::string& name, std::span<const fs::path> files, const LabelledFormat& format,
                      const std::array<std::string, 4>& sha256) {
  Dataset data;
  data.name = name;
  Sha256 all;
  PictureFile pictures = checked(format.pictures(files[0], all), sha256[0]);
  LabelFile labels = checked(format.labels(files[1], all), sha256[1]);
  data.height = pictures.height, data.width = pictures.width, data.channels = pictures.channels;
  const std::string shape = pictures.shape();
  data.train = paired(std::move(pictures), std::move(labels), kMostClasses);
  data.classes = 1 + *std::ranges::max_element(data.train.labels);
  if (data.classes < 2)
    throw UserError(files[1].string(), "labels", "two classes or more: 0, 1, …", "0 alone");

  pictures = checked(format.pictures(files[2], all), sha256[2]);
  if (pictures.shape() != shape)
    throw UserError(pictures.origin, "shape",
                    fmt::format("{}, as in {}", shape, files[0].filename().string()), pictures.shape());
  labels = checked(format.labels(files[3], all), sha256[3]);
  data.test = paired(std::move(pictures), std::move(labels), data.classes);
  data.checksum = all.hex();
  return data;
}

const ArraySetDescription& cifar10_jpeg() {
  static const ArraySetDescription set{
      .name = "cifar10-jpeg",
      .description =
          "a part of CIFAR-10 from copies in JPEG, 32x32 in colour, ten classes, 20,000 + 5,000; "
          "not CIFAR-10's bytes",
      .folders = {"cifar10-jpeg"},
      .sha256 = {"7f8815184b3bbd926805a1d8004a4eb34c7cb05edf6cd3e9cb2f4b776cb0e72b",
                 "17a0a3f9531f105b629b347aa4cca8d03d1f4eed6c73b9379beb04bba165df9e",
                 "367e708137aee87cc72ba2b4f2a153851329cc0a0b480b0789bd0215b76f483c",
                 "b756f6a6d646aae329dcf6c8de556f6d1f9df8a8572756187092a1bc9822565c"}};
  return set;
}

std::vector<fs::path> find_arrays(const ArraySetDescription& set, const fs::path& folder) {
  return find_data_files(files_of(set), folder);
}

Dataset load_arrays(const ArraySetDescription& set, const fs::path& folder) {
  const std::vector<fs::path> files = find_arrays(set, folder);
  if (files.empty()) throw missing_data_files(files_of(set), folder);
  return load_labelled(set.name, files, kNpyFormat, set.sha256);
}

}  // namespace symopt
