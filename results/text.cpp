// text.cpp — escapes as in C string literals; numbers by the shortest round-trip decimal (fmt's Dragonbox)
// and from_chars.
#include "results/text.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace symopt {

std::string escaped(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\')
      line += "\\\\";
    else if (c == '"')
      line += "\\\"";
    else if (c == '\n')
      line += "\\n";
    else if (c == '\r')
      line += "\\r";
    else if (c == '\t')
      line += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      line += fmt::format("\\x{:02x}", byte);
    else
      line += c;
  }
  return line;
}

std::optional<std::string> unescaped(std::string_view line) {
  std::string text;
  text.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      text += line[i];
      continue;
    }
    if (++i == line.size()) return std::nullopt;
    switch (line[i]) {
      case '\\':
        text += '\\';
        break;
      case '"':
        text += '"';
        break;
      case 'n':
        text += '\n';
        break;
      case 'r':
        text += '\r';
        break;
      case 't':
        text += '\t';
        break;
      case 'x': {
        unsigned byte = 0;
        const char* digits = line.data() + i + 1;
        if (line.size() - i < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
          return std::nullopt;
        text += static_cast<char>(byte);
        i += 2;
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return text;
}

namespace {

constexpr std::string_view kOtherNan = "nan:";

template <class T>
std::optional<T> parse(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

std::string exact_text(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  if (std::isnan(value) && bits != std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN()))
    return fmt::format("{}{:016x}", kOtherNan, bits);
  return fmt::format("{}", value);
}

std::optional<double> exact_double(std::string_view text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text.starts_with(kOtherNan)) {
    text.remove_prefix(kOtherNan.size());
    std::uint64_t bits = 0;
    const char* end = text.data() + text.size();
    if (text.size() != 16 || std::from_chars(text.data(), end, bits, 16).ptr != end) return std::nullopt;
    const auto value = std::bit_cast<double>(bits);
    return std::isnan(value) ? std::optional(value) : std::nullopt;
  }
  const std::optional<double> value = parse<double>(text);
  return value && std::isnan(*value) ? std::nullopt : value;
}

std::optional<std::int64_t> exact_integer(std::string_view text) { return parse<std::int64_t>(text); }

}  // namespace symopt
