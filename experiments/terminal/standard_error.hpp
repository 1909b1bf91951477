// standard_error.hpp — lines for a person, on standard error.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "experiments/terminal/plain_text.hpp"

namespace symopt {

/// Prints and flushes, as it is: what moves the cursor is the caller's. Where standard error is closed or its
/// disk full the text is lost, and nothing else: trials go on, and destructors may print.
inline void draw_error(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

/// The same of lines that may come from files, servers and arguments, as plain_lines() and
/// without_passwords().
template <class... T>
void print_error(fmt::format_string<T...> format, T&&... values) {
  draw_error(plain_lines(without_passwords(fmt::format(format, std::forward<T>(values)...))));
}

}  // namespace symopt
