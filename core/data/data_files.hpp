// data_files.hpp — where the files of a data set are looked for, and what they may be called.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace symopt {

/// A file goes by NAME, NAME.gz, or with a dot before `idx` as some copies have it.
struct DataFiles {
  std::string set;                   ///< the data set's name, for errors
  std::string what;                  ///< what is expected, for errors: "four files of images and labels"
  std::vector<std::string> folders;  ///< relative to the data folder; the first that has all files wins
  std::vector<std::string> names;
  bool fetched = true;  ///< `symopt data fetch` gets them
};

/// The paths of all files, in their order; empty where no folder has them all.
std::vector<std::filesystem::path> find_data_files(const DataFiles& files,
                                                   const std::filesystem::path& folder);

/// Whether any folder has any of the files.
bool has_data_file(const DataFiles& files, const std::filesystem::path& folder);

/// Which files are missing in the folder that lacks the fewest, and how they can be had.
UserError missing_data_files(const DataFiles& files, const std::filesystem::path& folder);

}  // namespace symopt
