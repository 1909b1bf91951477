// results_folder.hpp — a folder for the results of one command, which nothing else is in, and its figures.
#pragma once
#include <fmt/format.h>

#include <string>

#include "results/files.hpp"

namespace symopt {

/// UserError where `folder` holds something already, which is left as it is, or cannot be made.
inline void make_new_folder(const std::filesystem::path& folder) {
  for (const std::filesystem::path& file : list_folder(folder))
    if (!is_hidden(file))
      throw UserError("results folder", folder.string(), "a new or an empty folder",
                      fmt::format("'{}' in it", file.filename().string()));
  make_folder(folder);
}

/// A line on standard error where files of `folder` are not what the run wrote, and how to have those again.
void tell_altered(const std::filesystem::path& folder);

/// write_figures(), and a line on standard output for each picture, or for its script where gnuplot is not
/// installed, which standard error then says.
void draw_and_list(const std::filesystem::path& folder, const std::string& format = "png");

}  // namespace symopt
