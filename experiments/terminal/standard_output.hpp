// standard_output.hpp — results for a person, on standard output.
#pragma once
#include <fmt/format.h>

#include <string>

#include "experiments/terminal/plain_text.hpp"

namespace symopt {

/// Prints text that may come from files and arguments, as plain_lines().
template <class... T>
void print_output(fmt::format_string<T...> format, T&&... values) {
  fmt::print("{}", plain_lines(fmt::format(format, std::forward<T>(values)...)));
}

}  // namespace symopt
