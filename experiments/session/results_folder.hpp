// results_folder.hpp — a folder for the results of one command, which nothing else is in, and its figures.
#pragma once
#include <string>

#include "results/files.hpp"

namespace symopt {

/// UserError where `folder` holds something already, which is left as it is, or cannot be made.
inline void make_new_folder(const std::filesystem::path& folder) {
  if (!list_folder(folder).empty())
    throw UserError("results folder", folder.string(), "a new or an empty folder", "one with files in it");
  make_folder(folder);
}

/// write_figures(), and a line on standard output for each picture, or for its script where gnuplot is not
/// installed, which standard error then says.
void draw_and_list(const std::filesystem::path& folder, const std::string& format = "png");

}  // namespace symopt
