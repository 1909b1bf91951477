// text.cpp — UTF-8 (RFC 3629) by code points, and text in parts.
#include "core/text.hpp"

#include <algorithm>

namespace symopt {

bool is_code_point_start(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

namespace {

// Length in bytes of the UTF-8 sequence that starts with `lead`; 0 where none can.
size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

bool is_continuation(char c) { return !is_code_point_start(c); }

// Whether a continuation byte may follow the lead of three or four bytes: no code point has a longer form
// than it needs, is a half of a surrogate pair, or lies beyond U+10FFFF (RFC 3629).
bool is_second(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second < 0xA0;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second < 0x90;
    default:
      return true;
  }
}

// Byte offset of code point `index`.
size_t offset_of(std::string_view text, int index) {
  size_t i = 0;
  while (i < text.size() && (is_continuation(text[i]) || index-- > 0)) ++i;
  return i;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = sequence_length(lead);
    if (length == 0 || i + length > text.size()) return false;
    for (size_t k = 1; k < length; ++k)
      if (!is_continuation(text[i + k])) return false;
    if (length > 2 && !is_second(lead, static_cast<unsigned char>(text[i + 1]))) return false;
    i += length;
  }
  return true;
}

std::string printable(std::string_view text) {
  const bool utf8 = is_utf8(text);
  std::string line(text);
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 32 || byte == 127)
      c = ' ';
    else if (byte > 127 && !utf8)
      c = '?';
  }
  return line;
}

int text_length(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string shorten(std::string_view text, int length) {
  const int n = text_length(text);
  if (n <= length) return std::string(text);
  const int head = (length - 1) * 2 / 3, tail = length - 1 - head;
  return std::string(text.substr(0, offset_of(text, head))) + "…" +
         std::string(text.substr(offset_of(text, n - tail)));
}

std::vector<std::string> wrap(std::string_view text, int length) {
  std::vector<std::string> lines = {""};
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (!lines.back().empty() && text_length(lines.back()) + 1 + text_length(word) > length)
      lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    begin = end + 1;
  }
  return lines;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace symopt
