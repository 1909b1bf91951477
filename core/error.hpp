// error.hpp — input that cannot be used, said in one line: what, where, expected, found.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace symopt {

/// A fault of the input or of the machine's state, never of the program. `what()` is one line for a person.
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& line) : std::runtime_error(line) {}
  /// "{what}: {where}: expected {expected}, found {found}"
  UserError(std::string_view what, std::string_view where, std::string_view expected, std::string_view found);
  /// The program's exit status: 1 for a run that failed.
  virtual int exit_status() const { return 1; }
};

/// A command line or configuration that cannot be meant: exit status 2, before anything runs.
class UsageError : public UserError {
 public:
  using UserError::UserError;
  int exit_status() const override { return 2; }
};

/// The shortest candidate that starts with `name` (of 3 characters or more), else the one with the smallest
/// edit distance to it if that is near enough to be meant, else "".
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// "unknown {kind} '{name}'; did you mean '{nearest}'?" or the list of what there is.
UsageError unknown_name(std::string_view kind, std::string_view name,
                        const std::vector<std::string>& candidates);

/// "option '{option}': expected {one of the choices}, found '{value}'; did you mean '{nearest}'?"
UsageError unknown_value(std::string_view option, std::string_view value,
                         const std::vector<std::string>& choices);

}  // namespace symopt
