// home.cpp — getpwuid and getpwnam (POSIX), and what shells make of a tilde.
#include "core/data/home.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.hpp"

namespace symopt {

namespace fs = std::filesystem;

namespace {

std::optional<fs::path> home_of(const passwd* user) {
  if (user == nullptr || user->pw_dir == nullptr || user->pw_dir[0] != '/') return std::nullopt;
  return fs::path(user->pw_dir);
}

}  // namespace

std::optional<fs::path> home_folder() {
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') return home;
  return home_of(::getpwuid(::geteuid()));
}

fs::path expanded_tilde(const std::string& path) {
  if (!path.starts_with('~')) return path;
  const size_t slash = std::min(path.find('/'), path.size());
  const std::string name = path.substr(1, slash - 1);
  const auto home = name.empty() ? home_folder() : home_of(::getpwnam(name.c_str()));
  if (!home && !name.empty()) return path;
  if (!home)
    throw UsageError(
        fmt::format("path '{}': expected $HOME or a home in the system's list of users, found "
                    "neither",
                    path));
  return home->string() + path.substr(slash);
}

}  // namespace symopt
