// own_data.cpp — what a folder is called, and which files in it are a data set.
#include "core/data/own_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "core/data/array_sets.hpp"
#include "core/data/data_files.hpp"
#include "core/data/home.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "folder:";

fs::path path_of(const std::string& name) { return name.substr(kPrefix.size()); }

struct OwnFormat {
  DataFiles files;
  const LabelledFormat* format;
};

// In the order in which they are looked for; IDX files say their rank in their names.
std::vector<OwnFormat> own_formats(const std::string& name) {
  const auto of = [&](std::vector<std::string> files, const LabelledFormat& format) {
    return OwnFormat{{name, "four .npy arrays or four IDX files", {"."}, std::move(files), false}, &format};
  };
  std::vector<OwnFormat> formats{of({array_names().begin(), array_names().end()}, kNpyFormat)};
  for (const int rank : {3, 4, 2})
    formats.push_back(of({fmt::format("train-images-idx{}-ubyte", rank), "train-labels-idx1-ubyte",
                          fmt::format("t10k-images-idx{}-ubyte", rank), "t10k-labels-idx1-ubyte"},
                         kIdxFormat));
  return formats;
}

}  // namespace

bool is_own_data(const std::string& name) { return name.starts_with(kPrefix); }

std::string resolve_own_data(const std::string& name) {
  const std::string given = path_of(name).string();
  const bool control = std::ranges::any_of(given, [](unsigned char c) { return c < ' ' || c == 127; });
  if (given.empty() || control || given.front() == ' ' || given.back() == ' ')
    throw UsageError(
        fmt::format("data set '{}': expected {} with a path of one line and no blank at its ends",
                    printable(name), kOwnDataForm));
  std::string path = fs::absolute(expanded_tilde(given)).lexically_normal().string();
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  return std::string(kPrefix) + path;
}

std::string own_data_name(const std::string& resolved) {
  const std::string name = path_of(resolved).filename().string();
  std::string safe;
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view(".-_+").find(c) != std::string_view::npos ||
                       (static_cast<unsigned char>(c) > 127 && is_utf8(name));
    safe += plain ? c : '_';
  }
  return std::string(kPrefix) + (safe.empty() ? "root" : safe);
}

Dataset load_own_data(const std::string& resolved) {
  const std::string name = own_data_name(resolved);
  const fs::path folder = path_of(resolved);
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw UserError(fmt::format("data set '{}'", name), folder.string(), "a folder",
                    fs::exists(folder, ignored) ? "a file" : "none");
  const std::vector<OwnFormat> formats = own_formats(name);
  for (const OwnFormat& own : formats)
    if (const auto files = find_data_files(own.files, folder); !files.empty())
      return load_labelled(name, files, *own.format);
  for (const OwnFormat& own : formats)
    if (has_data_file(own.files, folder)) throw missing_data_files(own.files, folder);
  throw UserError(fmt::format("data set '{}'", name), folder.string(),
                  fmt::format("{}, or {}, plain or .gz", fmt::join(formats[0].files.names, ", "),
                              fmt::join(formats[1].files.names, ", ")),
                  "none of them");
}

}  // namespace symopt
