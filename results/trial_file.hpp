// trial_file.hpp — a finished trial as text that people can read and that reads back to the same bits.
#pragma once
#include <filesystem>
#include <string>

#include "core/error.hpp"
#include "results/trial.hpp"

namespace symopt {

/// A trial file's text: header, spec, outcome, search, curve and timings, and last a line with the SHA-256 of
/// all before it. Reading back gives the same record to the bit.
std::string to_trial_text(const TrialRecord& record);
/// UserError naming `path` and what is wrong (damaged, truncated); VersionError where only the version is
/// another.
TrialRecord from_trial_text(const std::string& text, const std::filesystem::path& path);

/// An undamaged trial of another kResultVersion: never mixed with this one's, never thrown away.
class VersionError : public UserError {
 public:
  using UserError::UserError;
};

}  // namespace symopt
