// home.hpp — the user's home folder, and paths that begin with it.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace symopt {

/// $HOME where that is an absolute path, else the home of the process's user in the system's list of users;
/// nothing where neither is there.
std::optional<std::filesystem::path> home_folder();

/// A path as a shell gives it: `~` and `~/…` are the home folder, `~NAME` is NAME's, and a name that the
/// system does not know stays as it is. For words in which the shell leaves the tilde alone: --out=~/x.
/// UsageError where there is no home folder.
std::filesystem::path expanded_tilde(const std::string& path);

}  // namespace symopt
