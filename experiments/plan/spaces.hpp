// spaces.hpp — search spaces as files: those of experiments/spaces/*.ini, which are built in, and a user's
// own.
#pragma once
#include <string>
#include <vector>

#include "results/configuration.hpp"

namespace symopt {

/// A space that is built in. Its text starts with comments that say where it is from.
struct SpaceFile {
  std::string_view name, text;
};
const std::vector<SpaceFile>& space_files();
/// The first sentence of the comments.
std::string description_of(const SpaceFile& space);

/// Spaces by name or by the path of an .ini file, comma-separated: the options that they say. Of several
/// their optimizers and axes (`optimizers`, `set`, `zip`) stand one behind the other; of other options each
/// may be said once. UsageError on an unknown one, and where they are at odds.
Configuration read_spaces(const std::string& names);

}  // namespace symopt
