// plain_text.cpp — control characters, by bytes and by code points.
#include "experiments/terminal/plain_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace symopt {

namespace {

// Longer than paths and lists of names are.
constexpr int kLongestWord = 1000, kLongestLine = 8000;

// The bytes of the UTF-8 character that `text` begins with; 0 where it begins with none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length)
    if (is_utf8(text.substr(0, length))) return length;
  return 0;
}

bool is_c1(std::string_view character) {
  return character.size() == 2 && character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
}

std::string escape_of(char c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

std::string plain(std::string_view text, bool lines) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    const auto code = static_cast<unsigned char>(character[0]);
    const bool steers = length == 0 || (length == 1 && (code < 0x20 || code == 0x7f)) || is_c1(character);
    if (!steers || (lines && code == '\n'))
      shown += character;
    else
      for (const char c : character) shown += escape_of(c);
    text.remove_prefix(character.size());
  }
  return shown;
}

// Words that no one would read are shown by their beginning and end.
std::string with_short_words(std::string_view text) {
  std::string line;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    line += shorten(text.substr(begin, end - begin), kLongestWord);
    if (end < text.size()) line += ' ';
    begin = end + 1;
  }
  return line;
}

}  // namespace

std::string plain_lines(std::string_view text) { return plain(text, true); }

std::string without_passwords(std::string_view text) {
  std::string shown;
  for (;;) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) break;
    const std::size_t authority = scheme + 3;
    // A password may hold what ends an authority: up to the last @ of the word.
    const std::size_t end = std::min(text.find_first_of(" '\"\n", authority), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    shown += text.substr(0, authority);
    text.remove_prefix(authority);
    if (at == std::string_view::npos || at < authority) continue;
    shown += "…";
    text.remove_prefix(at - authority);
  }
  return shown.append(text);
}

std::string one_line(std::string_view text) {
  return shorten(with_short_words(plain(without_passwords(text), false)), kLongestLine);
}

}  // namespace symopt
