// markup.cpp — escaping for HTML, LaTeX, Markdown and JSON; Base64 (RFC 4648).
#include "plots/page/markup.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "core/text.hpp"

namespace symopt {

namespace {

// What put(result, c) makes of every byte of the printable text.
template <class Put>
std::string escape(std::string_view text, const Put& put) {
  std::string result;
  for (const char c : printable(text)) put(result, c);
  return result;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

std::string html_text(std::string_view text) {
  return escape(text, [](std::string& result, char c) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  });
}

std::string latex_text(std::string_view text) {
  std::string result = escape(text, [](std::string& escaped, char c) {
    switch (c) {
      case '\\':
        escaped += "\\textbackslash{}";
        break;
      case '~':
        escaped += "\\textasciitilde{}";
        break;
      case '^':
        escaped += "\\textasciicircum{}";
        break;
      case '<':
        escaped += "\\textless{}";
        break;
      case '>':
        escaped += "\\textgreater{}";
        break;
      case '|':
        escaped += "\\textbar{}";
        break;
      case '"':
        escaped += "''";
        break;
      case '`':
        escaped += "\\`{}";
        break;
      case '[':  // after \\\\ it would open an argument
        escaped += "{[}";
        break;
      case '#':
      case '$':
      case '%':
      case '&':
      case '_':
      case '{':
      case '}':
        escaped += '\\', escaped += c;
        break;
      default:
        escaped += c;
    }
  });
  // The signs that the tables themselves use; of others only pdflatex's own engine would know nothing.
  for (const auto& [sign, command] :
       {std::pair("±", "$\\pm$"), std::pair("–", "--"), std::pair("∞", "$\\infty$"), std::pair("−", "$-$"),
        std::pair("²", "$^2$"), std::pair("×", "$\\times$")})
    replace_all(result, sign, command);
  std::string ascii;
  for (const char c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 128)
      ascii += c;
    else if (byte >= 0xC0)
      ascii += '?';  // one for each character
  }
  return ascii;
}

std::string markdown_text(std::string_view text) {
  return escape(text, [](std::string& result, char c) {
    static constexpr std::string_view kSpecial = "\\`*_{}[]<>#|~&!";
    if (kSpecial.find(c) != std::string_view::npos) result += '\\';
    result += c;
  });
}

std::string json_text(std::string_view text) {
  return '"' +
         escape(text,
                [](std::string& result, char c) {
                  if (c == '"' || c == '\\')
                    result += '\\', result += c;
                  else if (c == '<' || c == '>' || c == '&')  // "</script>" would end the script
                    result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
                  else
                    result += c;
                }) +
         '"';
}

std::string json_number(double value, int digits) {
  return std::isfinite(value) ? fmt::format("{:.{}g}", value, digits) : "null";
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned value = 0;
    for (std::size_t k = 0; k < 3; ++k)
      value = value << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (int k = 0; k < 4; ++k)
      text += i + static_cast<std::size_t>(k) > bytes.size() ? '=' : kDigits[value >> (18 - 6 * k) & 63];
  }
  return text;
}

}  // namespace symopt
