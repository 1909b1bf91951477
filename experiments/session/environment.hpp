// environment.hpp — what the results were computed with, beside them.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"

namespace symopt {

/// environment.csv of a results folder: build_info() and the data sets. Where the folder has been worked on
/// by another build or machine, that one's stays, and this one's is added as environment-HOST.csv,
/// environment-HOST-2.csv, … Results are the same bytes only where the environments are. One that was cut
/// short or damaged is moved to damaged/. Returns a line for each of those.
std::vector<std::string> record_environment(const std::filesystem::path& folder,
                                            const std::vector<const Dataset*>& data);

}  // namespace symopt
