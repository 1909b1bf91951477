// idx_sets.cpp — the data sets made of four IDX files.
#include <fmt/format.h>

#include <algorithm>

#include "core/data/data_files.hpp"
#include "core/data/idx.hpp"
#include "core/error.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

DataFiles files_of(const IdxDescription& set) {
  return {set.name, "four files of images and labels", set.folders, {idx_names().begin(), idx_names().end()}};
}

// Images and their labels, which must agree in number.
Samples load_samples(const IdxDescription& set, const fs::path& image_file, const std::string& image_hash,
                     const fs::path& label_file, const std::string& label_hash, Sha256& all) {
  const auto check_hash = [](const IdxArray& array, const std::string& hash) {
    if (!hash.empty() && array.sha256 != hash) throw UserError(array.origin, "SHA-256", hash, array.sha256);
  };
  const std::array image_shape{0u, static_cast<std::uint32_t>(set.height),
                               static_cast<std::uint32_t>(set.width)};
  const std::array label_shape{0u};
  IdxArray images = read_idx(image_file, image_shape, all);
  IdxArray labels = read_idx(label_file, label_shape, all);
  if (labels.dimensions[0] != images.dimensions[0])
    throw UserError(labels.origin, "offset 4",
                    fmt::format("{} labels, one for each image", images.dimensions[0]),
                    std::to_string(labels.dimensions[0]));
  const auto bad =
      std::ranges::find_if(labels.values, [&](std::uint8_t label) { return label >= set.classes; });
  if (bad != labels.values.end())
    throw UserError(labels.origin, fmt::format("offset {}", 8 + (bad - labels.values.begin())),
                    fmt::format("a label from 0 to {}", set.classes - 1), std::to_string(*bad));
  check_hash(images, image_hash);
  check_hash(labels, label_hash);
  return {std::move(images.values), std::move(labels.values)};
}

}  // namespace

const std::vector<IdxDescription>& idx_sets() {
  // Only MNIST's files have no folder of their own in some collections. The uncompressed bytes of the others
  // have no published SHA-256; `symopt data` checks their archives.
  static const std::vector<IdxDescription> sets{
      {.name = "mnist",
       .description =
           "MNIST: handwritten digits, 28x28, ten classes, 60,000 + 10,000 (LeCun, Cortes, Burges)",
       .folders = {"mnist", "MNIST/raw", "."},
       .sha256 = {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                  "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
      {.name = "fashion-mnist",
       .description =
           "Fashion-MNIST: articles of clothing, 28x28, ten classes, 60,000 + 10,000 (Xiao, Rasul, Vollgraf)",
       .folders = {"fashion-mnist", "FashionMNIST/raw"}},
      {.name = "kmnist",
       .description = "Kuzushiji-MNIST: cursive Japanese characters, 28x28, ten classes, 60,000 + 10,000 "
                      "(Clanuwat et al.)",
       .folders = {"kmnist", "KMNIST/raw"}},
  };
  return sets;
}

const std::array<std::string, 4>& idx_names() {
  static const std::array<std::string, 4> names{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                                "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
  return names;
}

std::vector<fs::path> find_idx(const IdxDescription& set, const fs::path& folder) {
  return find_data_files(files_of(set), folder);
}

bool has_part_of(const IdxDescription& set, const fs::path& folder) {
  return has_data_file(files_of(set), folder);
}

Dataset load_idx(const IdxDescription& set, const fs::path& folder) {
  const std::vector<fs::path> files = find_idx(set, folder);
  if (files.empty()) throw missing_data_files(files_of(set), folder);
  Dataset data;
  data.name = set.name;
  data.height = set.height;
  data.width = set.width;
  data.classes = set.classes;
  Sha256 all;
  data.train = load_samples(set, files[0], set.sha256[0], files[1], set.sha256[1], all);
  data.test = load_samples(set, files[2], set.sha256[2], files[3], set.sha256[3], all);
  data.checksum = all.hex();
  return data;
}

}  // namespace symopt
