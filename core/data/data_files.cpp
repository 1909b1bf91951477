// data_files.cpp — the spellings of file names, and the folder that comes nearest.
#include "core/data/data_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace symopt {

namespace fs = std::filesystem;

namespace {

// The first spelling of `name` that exists, else "".
fs::path find_file(const fs::path& folder, const std::string& name) {
  std::vector<std::string> spellings = {name, name + ".gz"};
  if (const size_t dash = name.rfind("-idx"); dash != std::string::npos) {
    std::string dotted = name;
    dotted[dash] = '.';
    spellings.insert(spellings.end(), {dotted, dotted + ".gz"});
  }
  for (const std::string& spelling : spellings) {
    std::error_code ignored;
    if (fs::exists(folder / spelling, ignored)) return (folder / spelling).lexically_normal();
  }
  return {};
}

}  // namespace

std::vector<fs::path> find_data_files(const DataFiles& files, const fs::path& folder) {
  for (const std::string& inner : files.folders) {
    std::vector<fs::path> paths;
    for (const std::string& name : files.names) {
      paths.push_back(find_file(folder / inner, name));
      if (paths.back().empty()) break;
    }
    if (!paths.back().empty()) return paths;
  }
  return {};
}

bool has_data_file(const DataFiles& files, const fs::path& folder) {
  for (const std::string& inner : files.folders)
    for (const std::string& name : files.names)
      if (!find_file(folder / inner, name).empty()) return true;
  return false;
}

UserError missing_data_files(const DataFiles& files, const fs::path& folder) {
  std::vector<std::string> fewest = files.names;
  fs::path nearest_folder = folder / files.folders.front();
  for (const std::string& inner : files.folders) {
    std::vector<std::string> names;
    for (const std::string& name : files.names)
      if (find_file(folder / inner, name).empty()) names.push_back(name);
    if (names.size() < fewest.size()) fewest = names, nearest_folder = folder / inner;
  }
  const std::string remedy =
      files.fetched ? fmt::format("; `symopt data fetch {}` gets them", files.set) : "";
  return UserError(fmt::format("data set '{}'", files.set), nearest_folder.lexically_normal().string(),
                   files.what + ", plain or .gz", fmt::format("no {}{}", fmt::join(fewest, ", "), remedy));
}

}  // namespace symopt
