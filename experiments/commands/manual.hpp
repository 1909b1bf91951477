// manual.hpp — the manual page, from the same texts as --help.
#pragma once
#include <string>

namespace symopt {

/// In the language of man(7): every command with its options and examples.
std::string manual_page();

}  // namespace symopt
