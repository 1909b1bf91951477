// standard_error.hpp — lines for a person, on standard error.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace symopt {

/// Prints and flushes. Where standard error is closed or its disk full the text is lost, and nothing else:
/// trials go on, and destructors may print.
template <class... T>
void print_error(fmt::format_string<T...> format, T&&... values) {
  const std::string text = fmt::format(format, std::forward<T>(values)...);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace symopt
