// errors.hpp — the message of the UserError that a call ends with.
#pragma once
#include <stdexcept>
#include <string>

#include "core/error.hpp"

namespace symopt::test {

/// "" where nothing is thrown; a message with a line break, which no UserError may have, is an error of the
/// test.
template <class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const UserError& error) {
    const std::string line = error.what();
    if (line.find('\n') != std::string::npos) throw std::logic_error("more than one line: " + line);
    return line;
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace symopt::test
