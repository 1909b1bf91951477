// plain_text.hpp — text from files, servers and arguments as a terminal may show it: nothing in it steers
// one, no line is without end, and no password is in it.
#pragma once
#include <string>
#include <string_view>

namespace symopt {

/// `text` with every control character but line breaks as its escape (\x1b, \t), those of C0 and C1
/// (ECMA-48), alone or in UTF-8; bytes that are no UTF-8 too.
std::string plain_lines(std::string_view text);
/// plain_lines() on one line (line breaks as \n), with words and the whole shortened where they are longer
/// than anybody reads, and without_passwords().
std::string one_line(std::string_view text);
/// `text` with user names and passwords of addresses (scheme://user:password@host) as "…".
std::string without_passwords(std::string_view text);

}  // namespace symopt
