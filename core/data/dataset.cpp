// dataset.cpp — the registry of data sets, and where their files are looked for.
#include "core/data/dataset.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/data/array_sets.hpp"
#include "core/data/camvid.hpp"
#include "core/data/cifar.hpp"
#include "core/data/home.hpp"
#include "core/data/idx.hpp"
#include "core/data/own_data.hpp"
#include "core/data/synth_digits.hpp"
#include "core/data/synth_shapes.hpp"
#include "core/data/synth_streets.hpp"
#include "core/error.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

template <std::size_t i>
DatasetEntry idx_entry() {
  const IdxDescription& set = idx_sets().at(i);
  return {set.name, set.description,
          [](const fs::path& folder) { return !find_idx(idx_sets()[i], folder).empty(); },
          [](const fs::path& folder) { return load_idx(idx_sets()[i], folder); }};
}

}  // namespace

const std::vector<DatasetEntry>& dataset_registry() {
  static const std::vector<DatasetEntry> entries{
      idx_entry<0>(),
      idx_entry<1>(),
      idx_entry<2>(),
      {cifar_10().name, cifar_10().description,
       [](const fs::path& folder) { return !find_cifar(cifar_10(), folder).empty(); },
       [](const fs::path& folder) { return load_cifar(cifar_10(), folder); }},
      {cifar10_jpeg().name, cifar10_jpeg().description,
       [](const fs::path& folder) { return !find_arrays(cifar10_jpeg(), folder).empty(); },
       [](const fs::path& folder) { return load_arrays(cifar10_jpeg(), folder); }},
      {camvid().name, camvid().description,
       [](const fs::path& folder) { return !find_camvid(camvid(), folder).empty(); },
       [](const fs::path& folder) { return load_camvid(camvid(), folder); }},
      {camvid_half().name, camvid_half().description,
       [](const fs::path& folder) { return !find_camvid(camvid_half(), folder).empty(); },
       [](const fs::path& folder) { return load_camvid(camvid_half(), folder); }},
      {"synth-digits",
       "built in: digits drawn from deformed pen strokes, 28x28, ten classes, 60,000 + 10,000",
       [](const fs::path&) { return true; }, [](const fs::path&) { return synth_digits(); }, true},
      {"synth-shapes",
       "built in: coloured, turned, shaded shapes among clutter, 32x32 in colour, ten classes, 50,000 + "
       "10,000",
       [](const fs::path&) { return true; }, [](const fs::path&) { return synth_shapes(); }, true},
      {"synth-streets",
       "built in: streets with a class for each pixel, as CamVid has them, 120x90 in colour, eleven classes, "
       "367 + 101 + 233",
       [](const fs::path&) { return true; }, [](const fs::path&) { return synth_streets(); }, true},
  };
  return entries;
}

fs::path data_folder(const std::string& option) {
  if (!option.empty()) return option;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value ? value : "");
  };
  if (const fs::path folder = variable("SYMOPT_DATA"); !folder.empty()) return expanded_tilde(folder);
  // The XDG specification has relative paths ignored.
  if (const fs::path cache = variable("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "symopt";
  if (const auto home = home_folder()) return *home / ".cache" / "symopt";
  // A folder that all users can write to is nobody's: another one's files might be read as one's own.
  throw UserError("data folder", "where it is looked for", "--data, $SYMOPT_DATA, $XDG_CACHE_HOME or $HOME",
                  "none, and no home in the system's list of users");
}

bool needs_data_folder(const std::string& name) {
  const auto entry = std::ranges::find(dataset_registry(), name, &DatasetEntry::name);
  return !is_own_data(name) && (entry == dataset_registry().end() || !entry->built_in);
}

std::string resolve_dataset(const std::string& name, const fs::path& folder) {
  if (is_own_data(name)) return resolve_own_data(name);
  if (const size_t bar = name.find('|'); bar != std::string::npos) {
    const std::string first = name.substr(0, bar);
    const auto entry = std::ranges::find(dataset_registry(), first, &DatasetEntry::name);
    if (entry != dataset_registry().end() && !entry->found(folder))
      return resolve_dataset(name.substr(bar + 1), folder);
    return resolve_dataset(first, folder);
  }
  std::vector<std::string> names{"auto", kOwnDataForm};
  for (const DatasetEntry& entry : dataset_registry()) {
    if (entry.name == name) return name;
    names.push_back(entry.name);
  }
  if (name != "auto") throw unknown_name("data set", name, names);
  return has_part_of(idx_sets().front(), folder) ? "mnist" : "synth-digits";
}

std::string dataset_name(const std::string& resolved) {
  return is_own_data(resolved) ? own_data_name(resolved) : resolved;
}

std::shared_ptr<const Dataset> load_dataset(const std::string& name, const fs::path& folder) {
  const std::string resolved = resolve_dataset(name, folder);
  const auto data = std::make_shared<Dataset>(
      is_own_data(resolved)
          ? load_own_data(resolved)
          : std::ranges::find(dataset_registry(), resolved, &DatasetEntry::name)->load(folder));
  if (!data->labels_pixels())
    for (Samples* samples : {&data->train, &data->test})
      samples->lit = find_lit_pixels(samples->pixels, static_cast<std::size_t>(data->inputs()));
  return data;
}

}  // namespace symopt
