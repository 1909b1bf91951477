// text.hpp — text as people read it: UTF-8 by code points, lines, parts.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace symopt {

bool is_utf8(std::string_view text);
/// Of UTF-8 text: no byte that continues a code point.
bool is_code_point_start(char c);
/// One line of text that can be shown: control characters become spaces; in text that is not UTF-8, bytes
/// above 127 become question marks.
std::string printable(std::string_view text);
/// Code points of UTF-8 text, and the same text with its middle cut out so that it has at most `length` of
/// them.
int text_length(std::string_view text);
std::string shorten(std::string_view text, int length);
/// `text` broken at spaces into lines of at most `length` code points where words allow it.
std::vector<std::string> wrap(std::string_view text, int length);

/// The parts between separators, empty ones too: one more than there are separators.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace symopt
