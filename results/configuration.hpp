// configuration.hpp — config.ini: the effective configuration beside the results, in a form that can be fed
// back, and whose folder that makes it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/options.hpp"

namespace symopt {

/// What a folder was made for; beside the results as config.ini. Order is kept; a key may occur more than
/// once.
using Configuration = Assignments;

/// Lines of `key = value`; blank lines and comments (# or ; at the start of a line, # after a blank) are
/// skipped. A value in double quotes keeps blanks and # and may hold \\ \" \n \r \t \xHH. UserError where the
/// file cannot be read, UsageError naming file and line where it is malformed.
Configuration read_configuration(const std::filesystem::path& file);
/// The same of text; `where` is what errors name.
Configuration parse_configuration(const std::string& text, const std::string& where);
/// The inverse: reads back to the same configuration. `heading` becomes a comment.
std::string to_ini(const Configuration& configuration, const std::string& heading);

/// A key whose values are not the same in two configurations; values as text: "'4'", "'a', 'b'", "nothing".
struct ConfigurationDifference {
  std::string key, expected, found;
};
/// First the keys of `expected` in its order, then those that only `found` has. A protocol option that came
/// later does not differ where `found` lacks it and `expected` has its default, as of a folder from before.
std::vector<ConfigurationDifference> differences(const Configuration& expected, const Configuration& found);
/// That `file` is of another configuration: which key, what is asked for, what the folder has; and `why` that
/// is in the way, where it is not plain.
UserError other_configuration(const std::filesystem::path& file, const ConfigurationDifference& difference,
                              const std::string& why = "");

/// Whether `folder` has files of finished trials.
bool has_trials(const std::filesystem::path& folder);
/// Of a folder that has them and has lost its config.ini: "none; …" with the way out.
std::string lost_advice(const std::filesystem::path& folder);

/// UserError where `folder` is a file, or holds something but no config.ini and so is someone else's. Hidden
/// files are nobody's: locks and temporary files of a process that was killed at its start, .DS_Store,
/// .gitkeep.
void refuse_foreign(const std::filesystem::path& folder);
/// Makes `folder` the configuration's own: config.ini with `heading` in a new or empty one. UserError where
/// it is someone else's or of another configuration, naming the first key that differs. Keys in `changeable`
/// may differ, and take the new value.
void claim_folder(const std::filesystem::path& folder, const Configuration& configuration,
                  const std::string& heading, const std::vector<std::string>& changeable = {});

}  // namespace symopt
