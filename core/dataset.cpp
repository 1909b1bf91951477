// dataset.cpp — the registry of data sets, where their files are looked for, and the sets made of four IDX
// files.
#include "core/dataset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.hpp"
#include "core/idx.hpp"
#include "core/synth_digits.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

const IdxDescription& mnist() {
  static const IdxDescription set{
      .name = "mnist",
      .description = "MNIST: handwritten digits, 28x28, ten classes, 60,000 + 10,000 (LeCun, Cortes, Burges)",
      .folders = {"mnist", "."},
      .sha256 = {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                 "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                 "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                 "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}};
  return set;
}

bool found(const IdxDescription& set, const fs::path& folder) { return !find_idx(set, folder)[0].empty(); }

// The ways in which `name` (train-images-idx3-ubyte) is written.
std::array<std::string, 4> spellings(const std::string& name) {
  std::string dotted = name;
  dotted[dotted.rfind("-idx")] = '.';
  return {name, name + ".gz", dotted, dotted + ".gz"};
}

// The first spelling that exists, else "".
fs::path find_file(const fs::path& folder, const std::string& name) {
  for (const std::string& spelling : spellings(name)) {
    std::error_code ignored;
    if (fs::exists(folder / spelling, ignored)) return (folder / spelling).lexically_normal();
  }
  return {};
}

// What is not there, in the folder that comes nearest.
UserError missing(const IdxDescription& set, const fs::path& folder) {
  std::vector<std::string> fewest(idx_names().begin(), idx_names().end());
  fs::path nearest_folder = folder / set.folders.front();
  for (const std::string& inner : set.folders) {
    std::vector<std::string> names;
    for (const std::string& name : idx_names())
      if (find_file(folder / inner, name).empty()) names.push_back(name);
    if (names.size() < fewest.size()) fewest = names, nearest_folder = folder / inner;
  }
  return UserError(fmt::format("data set '{}'", set.name), nearest_folder.lexically_normal().string(),
                   "four files of images and labels, plain or .gz",
                   fmt::format("no {}", fmt::join(fewest, ", ")));
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

const std::array<std::string, 4>& idx_names() {
  static const std::array<std::string, 4> names{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                                "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
  return names;
}

std::array<fs::path, 4> find_idx(const IdxDescription& set, const fs::path& folder) {
  for (const std::string& inner : set.folders) {
    std::array<fs::path, 4> files;
    std::ranges::transform(idx_names(), files.begin(),
                           [&](const std::string& name) { return find_file(folder / inner, name); });
    if (std::ranges::none_of(files, &fs::path::empty)) return files;
  }
  return {};
}

Dataset load_idx(const IdxDescription& set, const fs::path& folder) {
  const std::array<fs::path, 4> files = find_idx(set, folder);
  if (files[0].empty()) throw missing(set, folder);
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

const std::vector<DatasetEntry>& dataset_registry() {
  static const std::vector<DatasetEntry> entries{
      {mnist().name, mnist().description, [](const fs::path& folder) { return found(mnist(), folder); },
       [](const fs::path& folder) { return load_idx(mnist(), folder); }},
      {"synth-digits",
       "built in: digits drawn from deformed pen strokes, 28x28, ten classes, 60,000 + 10,000",
       [](const fs::path&) { return true; }, [](const fs::path&) { return synth_digits(); }},
  };
  return entries;
}

fs::path data_folder(const std::string& option) {
  if (!option.empty()) return option;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value ? value : "");
  };
  if (const fs::path folder = variable("SYMOPT_DATA"); !folder.empty()) return folder;
  // The XDG specification has relative paths ignored.
  if (const fs::path cache = variable("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "symopt";
  if (const fs::path home = variable("HOME"); !home.empty()) return home / ".cache" / "symopt";
  // Nobody's cache: the built-in data needs no folder, so this is no reason to stop.
  std::error_code ignored;
  return fs::temp_directory_path(ignored) / "symopt";
}

std::string resolve_dataset(const std::string& name, const fs::path& folder) {
  std::vector<std::string> names{"auto"};
  for (const DatasetEntry& entry : dataset_registry()) {
    if (entry.name == name) return name;
    names.push_back(entry.name);
  }
  if (name != "auto") throw unknown_name("data set", name, names);
  return found(mnist(), folder) ? mnist().name : "synth-digits";
}

std::shared_ptr<const Dataset> load_dataset(const std::string& name, const fs::path& folder) {
  const std::string resolved = resolve_dataset(name, folder);
  const auto entry = std::ranges::find(dataset_registry(), resolved, &DatasetEntry::name);
  return std::make_shared<const Dataset>(entry->load(folder));
}

}  // namespace symopt
