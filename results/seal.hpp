// seal.hpp — the last line of a file that must be whole: the SHA-256 of every byte before it.
#pragma once
#include <string>
#include <string_view>

namespace symopt {

/// `body` and its seal, "sha256=" and 64 digits.
std::string sealed(std::string body);
/// The body, once its seal is seen to hold. UserError where it does not: cut short, or changed. `what`: what
/// the file should have held, as "a trial".
std::string_view unsealed(std::string_view text, std::string_view what);
/// The 64 digits of a text that unsealed() accepted: two files of one seal are the same.
std::string_view seal_of(std::string_view text);

}  // namespace symopt
